// What every Crc32() has to give: a host's and a microcontroller's are two, and each is
// linked into a test of its own.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/crc32.h"

namespace torpor {

// Bit by bit, as the polynomial says; of every length around the steps in which a host
// goes, wherever it begins, in one go and in two.
inline void ExpectThePolynomials() {
  EXPECT_EQ(Crc32({}), 0U);
  EXPECT_EQ(Crc32({}, 0xCBF43926U), 0xCBF43926U) << "nothing follows";
  std::array<std::byte, 64> bytes{};
  std::uint32_t next = 1;
  for (std::byte& b : bytes)
    b = static_cast<std::byte>((next = next * 1103515245 + 12345) >> 16);
  for (std::size_t from = 0; from < 8; ++from) {
    for (std::size_t size = 0; from + size <= bytes.size(); ++size) {
      const auto part = std::span<const std::byte>(bytes).subspan(from, size);
      std::uint32_t c = ~0U;
      for (const std::byte b : part) {
        c ^= std::to_integer<std::uint32_t>(b);
        for (int bit = 0; bit < 8; ++bit)
          c = (c & 1U) != 0 ? 0xEDB88320U ^ c >> 1 : c >> 1;
      }
      EXPECT_EQ(Crc32(part), ~c) << size << " bytes from " << from;
      EXPECT_EQ(Crc32(part.subspan(size / 3), Crc32(part.first(size / 3))), ~c)
          << size << " bytes from " << from << ", a third of them before";
    }
  }
}

}  // namespace torpor
