#include <cstdio>

#include "signal/device/test_board.h"

namespace torpor::signal {

void Write(const char* text) { std::fputs(text, stdout); }
std::uint32_t Instructions() { return 0; }

}  // namespace torpor::signal
