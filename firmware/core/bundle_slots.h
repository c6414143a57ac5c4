// Slots in flash for what came over the link: 1 and 2 for contracts, 3 and 4 for
// keyrings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"

namespace torpor::firmware {

// Writes a signed bundle or keyring into slot `place` and reads it back. No record may
// name the slot meanwhile.
//   kBundleTooLarge  above kMaxEnvelopeBytes
//   kFlashIo         the flash refuses, or does not hold what was written
[[nodiscard]] Status WriteSlot(std::uint32_t place, std::span<const std::byte> bundle);

// What is in it, as a view of `into`, which has room for the largest.
//   kFlashIo         the flash refuses to be read
//   kFlashMalformed  the slot holds none, or a changed byte
[[nodiscard]] Result<std::span<const std::byte>> ReadSlot(std::uint32_t place,
                                                          std::span<std::byte> into);

}  // namespace torpor::firmware
