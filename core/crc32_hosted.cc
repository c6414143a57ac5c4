// Crc32() where eight kilobytes of tables are nothing: eight bytes at a time, which does
// not wait for one byte's look-up before the next. A microcontroller has crc32.cc.
#include <array>

#include "core/crc32.h"

namespace torpor {
namespace {

constexpr std::size_t kSlices = 8;

// [k][b]: what byte b does to the checksum when k zero bytes follow it.
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, kSlices> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
    tables[0][i] = c;
  }
  for (std::size_t k = 1; k < kSlices; ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[k - 1][i];
      tables[k][i] = tables[0][before & 0xFFU] ^ (before >> 8);
    }
  }
  return tables;
}();

std::uint32_t FourFrom(const std::byte* bytes) {
  return std::to_integer<std::uint32_t>(bytes[0]) |
         std::to_integer<std::uint32_t>(bytes[1]) << 8 |
         std::to_integer<std::uint32_t>(bytes[2]) << 16 |
         std::to_integer<std::uint32_t>(bytes[3]) << 24;
}

}  // namespace

// Source: Kounavis and Berry 2005, "A Systematic Approach to Building High Performance
// Software-based CRC Generators" (slicing-by-8).
std::uint32_t Crc32(std::span<const std::byte> bytes, std::uint32_t seed) {
  std::uint32_t c = ~seed;
  for (; bytes.size() >= kSlices; bytes = bytes.subspan(kSlices)) {
    const std::uint32_t low = c ^ FourFrom(bytes.data());
    const std::uint32_t high = FourFrom(bytes.data() + 4);
    c = kTables[7][low & 0xFFU] ^ kTables[6][low >> 8 & 0xFFU] ^
        kTables[5][low >> 16 & 0xFFU] ^ kTables[4][low >> 24] ^ kTables[3][high & 0xFFU] ^
        kTables[2][high >> 8 & 0xFFU] ^ kTables[1][high >> 16 & 0xFFU] ^
        kTables[0][high >> 24];
  }
  for (const std::byte b : bytes) {
    c = kTables[0][(c ^ std::to_integer<std::uint32_t>(b)) & 0xFFU] ^ (c >> 8);
  }
  return ~c;
}

}  // namespace torpor
