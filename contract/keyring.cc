#include "contract/keyring.h"

#include <sodium/crypto_core_ed25519.h>

#include <algorithm>

namespace torpor::contract {
namespace {

bool IsStrong(const PublicKey& key) {
  return crypto_core_ed25519_is_valid_point(
             reinterpret_cast<const unsigned char*>(key.data())) == 1;
}

}  // namespace

ShortHex KeyIdOf(const PublicKey& key) { return Hex(ShortOf(DigestOf(key))); }

Status Keyring::Add(const PublicKey& key, Screening screening) {
  if (std::ranges::find(keys(), key, &TrustedKey::key) != keys().end()) {
    return Status::kOk;
  }
  if (screening == Screening::kNeeded && !IsStrong(key)) return Status::kWeakKey;
  if (std::ranges::find(roots(), key) != roots().end()) return Status::kKeyWithTwoRoles;
  if (count_ == kMaxKeys) return Status::kKeyringFull;
  keys_[count_++] = {key, KeyIdOf(key)};
  return Status::kOk;
}

Status Keyring::AddRoot(const PublicKey& key, Screening screening) {
  if (std::ranges::find(roots(), key) != roots().end()) return Status::kOk;
  if (screening == Screening::kNeeded && !IsStrong(key)) return Status::kWeakKey;
  if (std::ranges::find(keys(), key, &TrustedKey::key) != keys().end()) {
    return Status::kKeyWithTwoRoles;
  }
  if (root_count_ == kMaxRoots) return Status::kKeyringFull;
  roots_[root_count_++] = key;
  return Status::kOk;
}

bool Keyring::Holds(const PublicKey& key) const {
  return std::ranges::find(roots(), key) != roots().end() ||
         std::ranges::find(keys(), key, &TrustedKey::key) != keys().end();
}

bool Keyring::Trusts(const ShortHex& key_id) const {
  return std::ranges::find(keys(), key_id, &TrustedKey::id) != keys().end();
}

}  // namespace torpor::contract
