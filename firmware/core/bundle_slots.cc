#include "firmware/core/bundle_slots.h"

#include <algorithm>
#include <array>

#include "core/bytes.h"
#include "core/crc32.h"
#include "firmware/core/flash_layout.h"

namespace torpor::firmware {
namespace {

constexpr std::uint32_t kMagic = 0x4C535054;  // "TPSL"
constexpr std::size_t kGranule = 16;          // a whole number of any board's

using Head = std::array<std::byte, kSlotHeadBytes>;

}  // namespace

Status WriteSlot(std::uint32_t place, std::span<const std::byte> bundle) {
  if (bundle.size() > contract::kMaxEnvelopeBytes) return Status::kBundleTooLarge;
  const FlashLayout layout = LayoutOf(port::Flash());
  const std::uint32_t first = layout.slot(place);
  for (std::uint32_t i = 0; i < layout.slot_sectors; ++i) {
    if (!port::FlashErase(first + i)) return Status::kFlashIo;
  }
  const std::uint32_t address = first * layout.sector_bytes;
  const auto begin = address + static_cast<std::uint32_t>(kSlotHeadBytes);
  const std::size_t whole = bundle.size() / kGranule * kGranule;
  if (!port::FlashProgram(begin, bundle.first(whole))) return Status::kFlashIo;
  if (whole < bundle.size()) {
    std::array<std::byte, kGranule> last{};
    std::ranges::copy(bundle.subspan(whole), last.begin());
    if (!port::FlashProgram(begin + static_cast<std::uint32_t>(whole), last)) {
      return Status::kFlashIo;
    }
  }
  Head head{};
  ByteWriter writer(head);
  writer.Write(kMagic);
  writer.Write(static_cast<std::uint32_t>(bundle.size()));
  writer.Write(Crc32(bundle));
  if (!port::FlashProgram(address, head)) return Status::kFlashIo;
  return ReadsBack(address, head) && ReadsBack(begin, bundle) ? Status::kOk
                                                              : Status::kFlashIo;
}

Result<std::span<const std::byte>> ReadSlot(std::uint32_t place,
                                            std::span<std::byte> into) {
  const FlashLayout layout = LayoutOf(port::Flash());
  const std::uint32_t address = layout.slot(place) * layout.sector_bytes;
  Head head{};
  if (!port::FlashRead(address, head)) return Status::kFlashIo;
  ByteReader reader(head);
  const bool ours = reader.Read<std::uint32_t>() == kMagic;
  const auto size = reader.Read<std::uint32_t>();
  const auto crc = reader.Read<std::uint32_t>();
  if (!ours || size > contract::kMaxEnvelopeBytes || size > into.size()) {
    return Status::kFlashMalformed;
  }
  const auto bundle = into.first(size);
  if (!port::FlashRead(address + static_cast<std::uint32_t>(kSlotHeadBytes), bundle)) {
    return Status::kFlashIo;
  }
  if (Crc32(bundle) != crc) return Status::kFlashMalformed;
  return std::span<const std::byte>(bundle);
}

}  // namespace torpor::firmware
