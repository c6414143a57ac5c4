// The board's PSRAM as NOR flash. It is memory and forgets nothing as long as QEMU keeps
// it in a file; erasing sets bits, programming clears them, and the power can fail in
// between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/core/port.h"

namespace torpor::firmware::mps2 {

inline constexpr port::FlashGeometry kGeometry = {
    .sector_bytes = 4096, .sectors = 10, .granule_bytes = 8};

// What was done to the flash stands behind it in the same file, for whoever runs the
// image and wants to know what a cut has met: the number of erasures and programmings,
// which the image only counts up, and of the last kDiaryEntries, each at its number
// modulo that,
//   address u16, with its lowest bit set for an erasure; granules u16 from bit 16 on
// and behind them what the granule that a cut has met should have become.
inline constexpr std::uint32_t kDiaryAt = kGeometry.sector_bytes * kGeometry.sectors;
inline constexpr std::uint32_t kDiaryEntries = 1024;
inline constexpr std::uint32_t kTornAt = kDiaryAt + 4 + 4 * kDiaryEntries;

// The power fails in the middle of the n-th granule that is written or erased from now
// on: half of its bits have changed. 0: never.
void CutPowerAfter(std::uint32_t granules);

bool ReadFlash(std::uint32_t address, std::span<std::byte> out);
bool EraseFlash(std::uint32_t sector);
bool ProgramFlash(std::uint32_t address, std::span<const std::byte> bytes);

}  // namespace torpor::firmware::mps2
