#include "link/cobs.h"

#include <cstdint>
#include <cstring>

namespace torpor::link {

std::size_t CobsEncode(std::span<const std::byte> raw, std::span<std::byte> out) {
  if (out.size() < CobsSize(raw.size())) return 0;
  std::size_t code_at = 0;  // where the length of the current run is written
  std::size_t end = 1;
  std::uint8_t run = 1;  // the code: bytes of the run, itself included
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != std::byte{0}) {
      out[end++] = raw[i];
      ++run;
    }
    // A full run stands for 254 bytes and *no* zero, so it ends without one; at the very
    // end of the data there is nothing left to begin a new run for.
    const bool full = run == 0xFF;
    if (raw[i] == std::byte{0} || (full && i + 1 < raw.size())) {
      out[code_at] = std::byte{run};
      code_at = end++;
      run = 1;
    }
  }
  out[code_at] = std::byte{run};
  return end;
}

std::optional<std::size_t> CobsDecode(std::span<std::byte> bytes) {
  if (!bytes.empty() && std::memchr(bytes.data(), 0, bytes.size()) != nullptr) {
    return std::nullopt;
  }
  std::size_t from = 0;
  std::size_t to = 0;
  while (from < bytes.size()) {
    const auto code = std::to_integer<std::size_t>(bytes[from++]);
    if (bytes.size() - from < code - 1) return std::nullopt;
    const std::size_t run = code - 1;
    if (run > 0) std::memmove(&bytes[to], &bytes[from], run);
    from += run;
    to += run;
    if (code != 0xFF && from < bytes.size()) bytes[to++] = std::byte{0};
  }
  return to;
}

}  // namespace torpor::link
