#include "firmware/port/mps2_an386/flash.h"

#include <algorithm>

#include "firmware/port/mps2_an386/registers.h"
#include "firmware/port/mps2_an386/semihosting.h"

namespace torpor::firmware::mps2 {
namespace {

// AN386, memory map: 16 MB of PSRAM; torpor's are the first sectors.
constexpr std::uint32_t kBegin = 0x2100'0000;
constexpr std::uint32_t kBytes = kGeometry.sector_bytes * kGeometry.sectors;
constexpr std::uint32_t kGranule = kGeometry.granule_bytes;
constexpr std::byte kErased{0xFF};

std::uint32_t granules_left = 0;

std::span<std::byte> Memory() {
  return {reinterpret_cast<std::byte*>(std::uintptr_t{kBegin}), kBytes};  // NOLINT
}
std::span<std::byte> Torn() {
  return {reinterpret_cast<std::byte*>(std::uintptr_t{kBegin} + kTornAt),  // NOLINT
          kGranule};
}

void Note(std::uint32_t address, std::size_t granules, std::uint32_t erases) {
  constexpr std::uint32_t kDiary = kBegin + kDiaryAt;
  const std::uint32_t n = Register(kDiary);
  Register(kDiary + 4 + 4 * (n % kDiaryEntries)) =
      address | erases | static_cast<std::uint32_t>(granules) << 16U;
  Register(kDiary) = n + 1;
}

// Sets one granule; the half that was written before the power failed stays.
void Set(std::uint32_t address, std::span<const std::byte> bytes) {
  const bool cut = granules_left != 0 && --granules_left == 0;
  std::ranges::copy(bytes.first(cut ? bytes.size() / 2 : bytes.size()),
                    Memory().subspan(address).begin());
  if (!cut) return;
  std::ranges::copy(bytes, Torn().begin());
  End(Exit::kPowerCut);
}

bool Inside(std::uint32_t address, std::size_t size) {
  return address <= kBytes && size <= kBytes - address;
}

}  // namespace

void CutPowerAfter(std::uint32_t granules) { granules_left = granules; }

bool ReadFlash(std::uint32_t address, std::span<std::byte> out) {
  if (!Inside(address, out.size())) return false;
  std::ranges::copy(Memory().subspan(address, out.size()), out.begin());
  return true;
}

bool EraseFlash(std::uint32_t sector) {
  if (sector >= kGeometry.sectors) return false;
  std::array<std::byte, kGranule> ones{};
  ones.fill(kErased);
  const std::uint32_t begin = sector * kGeometry.sector_bytes;
  Note(begin, kGeometry.sector_bytes / kGranule, 1);
  for (std::uint32_t at = 0; at < kGeometry.sector_bytes; at += kGranule) {
    Set(begin + at, ones);
  }
  return true;
}

bool ProgramFlash(std::uint32_t address, std::span<const std::byte> bytes) {
  if (!Inside(address, bytes.size())) return false;
  if (address % kGranule != 0 || bytes.size() % kGranule != 0) return false;
  Note(address, bytes.size() / kGranule, 0);
  for (std::uint32_t at = 0; at < bytes.size(); at += kGranule) {
    std::array<std::byte, kGranule> granule{};
    const auto was = Memory().subspan(address + at, kGranule);
    std::ranges::transform(was, bytes.subspan(at, kGranule), granule.begin(),
                           [](std::byte a, std::byte b) { return a & b; });
    Set(address + at, granule);
  }
  return true;
}

}  // namespace torpor::firmware::mps2
