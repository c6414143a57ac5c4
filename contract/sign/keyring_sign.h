// Making keyring documents: a draft, which then goes from root to root for a signature.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "contract/keyring.h"
#include "contract/sign/sign.h"
#include "core/result.h"

namespace torpor::contract::sign {

// A keyring that nobody has signed.
//   what EncodeKeyring() refuses
Result<std::vector<std::byte>> DraftKeyring(const Keyring& keyring);

// The document with this root's signature added, or made anew. Whose roots matter, those
// of the keyring or of the one before, is up to who verifies it.
//   what ParseDocument() refuses; kBundleTooLarge: six have signed it
//   kWrongPayloadType  it is no keyring
//   kKeyWithTwoRoles   it is one of the keyring's own keys that sign contracts
Result<std::vector<std::byte>> SignKeyring(std::span<const std::byte> document,
                                           const PrivateKey& root);

}  // namespace torpor::contract::sign
