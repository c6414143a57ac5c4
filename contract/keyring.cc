#include "contract/keyring.h"

#include <sodium/crypto_core_ed25519.h>

#include <algorithm>

namespace torpor::contract {

ShortHex KeyIdOf(const PublicKey& key) { return Hex(ShortOf(DigestOf(key))); }

Status Keyring::Add(const PublicKey& key) {
  if (std::ranges::find(keys(), key, &TrustedKey::key) != keys().end()) {
    return Status::kOk;
  }
  if (crypto_core_ed25519_is_valid_point(
          reinterpret_cast<const unsigned char*>(key.data())) != 1) {
    return Status::kWeakKey;
  }
  if (count_ == kMaxKeys) return Status::kKeyringFull;
  keys_[count_++] = {key, KeyIdOf(key)};
  return Status::kOk;
}

}  // namespace torpor::contract
