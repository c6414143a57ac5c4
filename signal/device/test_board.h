// What the machines have to offer on which tokens are compared.
#pragma once

#include <cstdint>

namespace torpor::signal {

void Write(const char* text);
// Executed so far, where the machine can tell; a difference of two is at most 2^32.
std::uint32_t Instructions();

}  // namespace torpor::signal
