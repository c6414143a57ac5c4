// The digest at the end of a model file: SHA-512 of everything before it, cut to 256
// bits.
#pragma once

#include <cstddef>
#include <span>

#include "core/bytes.h"

namespace torpor::model {

[[nodiscard]] Digest DigestOfNetwork(std::span<const std::byte> before);

}  // namespace torpor::model
