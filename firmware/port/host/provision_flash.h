// Installing a robot's MCU, on the host: puts trust, identity, pairing and contract into
// its flash.
#pragma once

#include "firmware/port/host/board.h"
#include "firmware/port/host/flash_file.h"
#include "firmware/port/host/options.h"
#include "simulate/refusal.h"

namespace torpor::firmware::host {

// Uses the flash through the port's functions, so Use() must have been called with it.
// Boot count and version floor are kept: provisioning again is no way back to an older
// contract. The bundle is verified first, so that a robot is not installed to refuse.
//   what reading keys and bundle, and Verify(), refuse
//   kOutOfRange  the robot's name or a group's has no or more than 31 characters, or
//                there are more than 8 groups
//   kFlashIo     the flash cannot be written
simulate::Attempt<contract::Version> ProvisionFlash(FlashFile& flash,
                                                    const ProvisionOptions& options);

// The whole command: uses the board, says what it did, returns the exit code.
int RunProvisioning(Board& board, const ProvisionOptions& options);

}  // namespace torpor::firmware::host
