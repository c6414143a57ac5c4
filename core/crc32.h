// CRC-32 for noise on a wire and torn files; identity is the business of signatures and
// MACs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace torpor {

// CRC-32/ISO-HDLC (reflected 0x04C11DB7, initial and final inversion); "123456789" gives
// 0xCBF43926. `seed` continues: Crc32(b, Crc32(a)) == Crc32(a followed by b).
// Source: ISO/IEC 13239; the same polynomial as zlib and Ethernet.
std::uint32_t Crc32(std::span<const std::byte> bytes, std::uint32_t seed = 0);

}  // namespace torpor
