// Crc32() of a host: zlib's, which takes several words at a time. A microcontroller has
// crc32.cc.
#include <zlib.h>

#include "core/crc32.h"

namespace torpor {

std::uint32_t Crc32(std::span<const std::byte> bytes, std::uint32_t seed) {
  if (bytes.empty()) return seed;  // a null pointer would ask zlib for its first value
  return static_cast<std::uint32_t>(::crc32_z(
      seed, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));  // NOLINT
}

}  // namespace torpor
