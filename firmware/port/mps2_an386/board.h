// The board as firmware/core/port.h asks for it.
#pragma once

#include "firmware/port/mps2_an386/line_to_host.h"

namespace torpor::firmware::mps2 {

// Time, UARTs, flash and sensors, before any function of the port is called.
const Wishes& StartBoard();

// The image's own: what runs after reset. Returns how it ends.
int RunImage();

}  // namespace torpor::firmware::mps2
