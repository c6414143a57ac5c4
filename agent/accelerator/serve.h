// The life of the accelerator's process: open, answer, and end or park.
#pragma once

#include "agent/accelerator/back_ends.h"

namespace torpor::agent {

// Serves requests from kSocketInChild until one is to be the last, torpord hangs up, or
// something fails. Returns the program's exit code: 0 also when a request failed and the
// answer says so, 70 when there is nobody to answer or what was asked made no sense.
[[nodiscard]] int Serve(const BackEndWish& wish);

}  // namespace torpor::agent
