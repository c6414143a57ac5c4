// Making bundles: the only place that holds a private key. Host only.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "contract/keyring.h"
#include "contract/terms.h"
#include "core/result.h"

namespace torpor::contract::sign {

using Seed = std::array<std::byte, 32>;

// An Ed25519 key pair whose secret is wiped when it goes. Not copied, never printed.
class PrivateKey {
 public:
  // Source: RFC 8032, section 5.1.5.
  static PrivateKey FromSeed(const Seed& seed);
  // From the operating system's random numbers.
  static PrivateKey Generate();

  PrivateKey(PrivateKey&& other) noexcept;
  PrivateKey& operator=(PrivateKey&& other) noexcept;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  ~PrivateKey();

  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  [[nodiscard]] Seed seed() const;  // only to be written to a key file

 private:
  friend std::vector<std::byte> SignPayload(std::span<const std::byte> payload,
                                            const PrivateKey& key,
                                            std::string_view payload_type);
  PrivateKey() = default;

  std::array<std::byte, 64> secret_{};
  PublicKey public_{};
};

// The bundle of these terms: linted, encoded, signed, and verified once more with the
// key's own public half.
//   what Lint(), EncodePayload() and Verify() refuse
Result<std::vector<std::byte>> Sign(const Terms& terms, const PrivateKey& key);

// Signs any bytes as any type, without a look at them: for tests and vectors only, as
// robots refuse what Sign() would not make.
std::vector<std::byte> SignPayload(std::span<const std::byte> payload,
                                   const PrivateKey& key, std::string_view payload_type);

}  // namespace torpor::contract::sign
