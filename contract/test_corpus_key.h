// The keys under which the conformance corpus is signed.
#pragma once

#include "contract/sign/sign.h"
#include "core/hex.h"

namespace torpor::contract {

// The keys of RFC 8032, section 7.1, tests 1 and 2. A verifier trusts the first,
// in a list of keys: a keyring of version 1.
inline sign::PrivateKey CorpusKey(int which = 1) {
  const auto seed = ReadHex<32>(
      which == 1 ? "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
                 : "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  return sign::PrivateKey::FromSeed(*seed);
}

}  // namespace torpor::contract
