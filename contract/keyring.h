// The public keys a robot trusts: installed with it, never learnt from a bundle.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "contract/digest.h"
#include "core/status.h"

namespace torpor::contract {

using PublicKey = std::array<std::byte, 32>;  // Ed25519

// The short digest of the raw key, in hex: only ever narrows the search for a key.
ShortHex KeyIdOf(const PublicKey& key);

struct TrustedKey {
  PublicKey key{};
  ShortHex id;
};

class Keyring {
 public:
  static constexpr std::size_t kMaxKeys = 4;

  // Screens and adds a key; one that is there already is not added again.
  //   kWeakKey      not the canonical encoding of a point of the prime-order group, with
  //                 which verifiers would disagree
  //   kKeyringFull  kMaxKeys are there
  [[nodiscard]] Status Add(const PublicKey& key);

  [[nodiscard]] std::span<const TrustedKey> keys() const {
    return std::span(keys_).first(count_);
  }

 private:
  std::array<TrustedKey, kMaxKeys> keys_{};
  std::size_t count_ = 0;
};

}  // namespace torpor::contract
