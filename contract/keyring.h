// The public keys a robot trusts: installed with it, never learnt from a contract.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "contract/digest.h"
#include "contract/terms.h"
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
  static constexpr std::size_t kMaxRoots = 3;
  static constexpr std::uint32_t kMaxVersion = 65'535;

  // What may follow this keyring. A list of keys without roots is version 1 for ever.
  struct Lineage {
    Name fleet;                   // empty: of any
    std::uint32_t version = 1;    // 1 to kMaxVersion
    std::uint32_t threshold = 0;  // roots that must sign what follows; 0: nothing may
    std::uint64_t issued_at_s = 0;
  };

  // Whether a key is to be looked at closely, which costs as much as a signature.
  enum class Screening : std::uint8_t { kNeeded, kDoneBefore };

  // Screens and adds a key that may sign contracts; one that is there is not added again.
  //   kWeakKey          not the canonical encoding of a point of the prime-order group,
  //                     with which verifiers would disagree
  //   kKeyringFull      kMaxKeys are there
  //   kKeyWithTwoRoles  it is a root
  [[nodiscard]] Status Add(const PublicKey& key,
                           Screening screening = Screening::kNeeded);
  // The same for a root, which signs keyrings and nothing else.
  [[nodiscard]] Status AddRoot(const PublicKey& key,
                               Screening screening = Screening::kNeeded);

  [[nodiscard]] std::span<const TrustedKey> keys() const {
    return std::span(keys_).first(count_);
  }
  [[nodiscard]] std::span<const PublicKey> roots() const {
    return std::span(roots_).first(root_count_);
  }
  [[nodiscard]] bool Trusts(const ShortHex& key_id) const;
  [[nodiscard]] bool Holds(const PublicKey& key) const;  // in either role

  Lineage lineage;

 private:
  std::array<TrustedKey, kMaxKeys> keys_{};
  std::size_t count_ = 0;
  std::array<PublicKey, kMaxRoots> roots_{};
  std::size_t root_count_ = 0;
};

}  // namespace torpor::contract
