// The one digest of torpor: SHA-512 cut to 256 bits, because Ed25519 links SHA-512
// anyway.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/bytes.h"

namespace torpor::contract {

// The first 32 bytes of SHA-512. A contract's id is that of its payload.
Digest DigestOf(std::span<const std::byte> bytes);

// What a batch carries, and people read: the first 8 bytes.
ShortDigest ShortOf(const Digest& digest);

// 16 lower-case hex digits of a short digest.
struct ShortHex {
  std::array<char, 16> digits{};
  [[nodiscard]] constexpr std::string_view view() const {
    return {digits.data(), digits.size()};
  }
  friend constexpr bool operator==(const ShortHex&, const ShortHex&) = default;
};
ShortHex Hex(const ShortDigest& digest);

}  // namespace torpor::contract
