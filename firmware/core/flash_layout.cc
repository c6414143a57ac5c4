#include "firmware/core/flash_layout.h"

#include <algorithm>
#include <array>

namespace torpor::firmware {

bool ReadsBack(std::uint32_t address, std::span<const std::byte> bytes) {
  std::array<std::byte, 64> back{};
  for (std::size_t at = 0; at < bytes.size(); at += back.size()) {
    const auto wanted = bytes.subspan(at, std::min(back.size(), bytes.size() - at));
    const auto read = std::span(back).first(wanted.size());
    if (!port::FlashRead(address + static_cast<std::uint32_t>(at), read)) return false;
    if (!std::ranges::equal(read, wanted)) return false;
  }
  return true;
}

}  // namespace torpor::firmware
