// Bytes as lower-case hex digits, and back.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace torpor {

// Writes two digits per byte; `out` must hold 2 x bytes.size() characters.
constexpr void WriteHex(std::span<const std::byte> bytes, std::span<char> out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kDigits[std::to_integer<std::size_t>(bytes[i] >> 4)];
    out[2 * i + 1] = kDigits[std::to_integer<std::size_t>(bytes[i] & std::byte{0xF})];
  }
}

// Exactly N bytes from 2 N lower-case digits; nothing for any other text.
template <std::size_t N>
constexpr std::optional<std::array<std::byte, N>> ReadHex(std::string_view text) {
  if (text.size() != 2 * N) return std::nullopt;
  std::array<std::byte, N> bytes{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    const auto value = static_cast<unsigned char>(digit ? c - '0' : c - 'a' + 10);
    bytes[i / 2] = (bytes[i / 2] << 4) | std::byte{value};
  }
  return bytes;
}

}  // namespace torpor
