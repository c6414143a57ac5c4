// The host as a board: what firmware/core/port.h asks for, made of a world, a file and
// simulated sensors.
#pragma once

#include "core/bytes.h"
#include "firmware/port/host/flash_file.h"
#include "firmware/port/host/sensors.h"
#include "firmware/port/host/world.h"

namespace torpor::firmware::host {

// While provisioning there is only the flash.
struct Board {
  FlashFile* flash = nullptr;
  World* world = nullptr;
  Sensors* sensors = nullptr;
  Digest program{};
};

// The functions of the port serve this board from here on; it must outlive them.
void Use(Board& used);

}  // namespace torpor::firmware::host
