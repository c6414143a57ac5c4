// Two slots in flash for contracts that came over the link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"

namespace torpor::firmware {

// Writes a signed bundle into slot `place` (1 or 2) and reads it back. No record may name
// the slot meanwhile.
//   kBundleTooLarge  above kMaxEnvelopeBytes
//   kFlashIo         the flash refuses, or does not hold what was written
[[nodiscard]] Status WriteSlot(std::uint32_t place, std::span<const std::byte> bundle);

// The bundle, as a view of `into`, which has room for kMaxEnvelopeBytes.
//   kFlashIo         the flash refuses to be read
//   kFlashMalformed  the slot holds none, or a changed byte
[[nodiscard]] Result<std::span<const std::byte>> ReadSlot(std::uint32_t place,
                                                          std::span<std::byte> into);

}  // namespace torpor::firmware
