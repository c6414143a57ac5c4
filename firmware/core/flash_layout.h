// Where torpor's flash holds what: the provision, the record's ring, and slots for what
// came over the link, two for contracts and two for keyrings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "contract/envelope.h"
#include "firmware/core/port.h"
#include "firmware/core/provision.h"
#include "firmware/core/record.h"

namespace torpor::firmware {

inline constexpr std::uint32_t kSlots = 4;
inline constexpr std::size_t kSlotHeadBytes = 16;  // magic, size, checksum, reserved
inline constexpr std::size_t kBundleSlotBytes =
    kSlotHeadBytes + contract::kMaxEnvelopeBytes;

// Sectors of a board, in the order that they lie in.
struct FlashLayout {
  std::uint32_t sector_bytes = 0;
  std::uint32_t provision_sectors = 0;
  std::uint32_t slot_sectors = 0;  // of each slot

  [[nodiscard]] constexpr std::uint32_t record() const { return provision_sectors; }
  [[nodiscard]] constexpr std::uint32_t slot(std::uint32_t place) const {  // 1 to 4
    return record() + kRecordSectors + (place - 1) * slot_sectors;
  }
  [[nodiscard]] constexpr std::uint32_t sectors() const { return slot(kSlots + 1); }
};

constexpr FlashLayout LayoutOf(const port::FlashGeometry& flash) {
  const auto sectors = [&](std::size_t bytes) {
    return static_cast<std::uint32_t>((bytes + flash.sector_bytes - 1) /
                                      flash.sector_bytes);
  };
  return {flash.sector_bytes, sectors(kProvisionBytes), sectors(kBundleSlotBytes)};
}

// Whether flash holds exactly these bytes.
[[nodiscard]] bool ReadsBack(std::uint32_t address, std::span<const std::byte> bytes);

}  // namespace torpor::firmware
