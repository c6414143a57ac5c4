// Crc32() for a microcontroller: one kilobyte of table. A host has crc32_hosted.cc.
#include "core/crc32.h"

#include <array>

namespace torpor {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}();

}  // namespace

std::uint32_t Crc32(std::span<const std::byte> bytes, std::uint32_t seed) {
  std::uint32_t c = ~seed;
  for (const std::byte b : bytes) {
    c = kTable[(c ^ std::to_integer<std::uint32_t>(b)) & 0xFFU] ^ (c >> 8);
  }
  return ~c;
}

}  // namespace torpor
