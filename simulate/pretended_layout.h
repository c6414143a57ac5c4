// What a pretended machine (simulate/pretended_machine.h) and the driver of its GPU
// (simulate/pretended_driver.cc), which is another process's, have to agree on: where
// things are, from the machine's root.
#pragma once

namespace torpor::simulate::pretended {

// Names the machine's root to the driver.
inline constexpr const char* kRootVariable = "TORPOR_PRETENDED_MACHINE";

// As JetPack 6 has an Orin's GPU.
inline constexpr const char* kGpu = "sys/devices/platform/17000000.gpu";
inline constexpr const char* kStatus =
    "sys/devices/platform/17000000.gpu/power/runtime_status";
inline constexpr const char* kRailgated =
    "sys/devices/platform/17000000.gpu/is_railgated";

// A plain file in the place of the device. Whoever holds it open and locked (flock,
// shared) has a channel; each byte that is appended is a piece of work, finished at once.
inline constexpr const char* kDevice = "dev/nvhost-gpu";

// While this file is there, the next session is not closed; it goes when that has
// happened.
inline constexpr const char* kLeaveOpen = "driver/leave-open";
// While this file is there, the next close of a session does not return; likewise.
inline constexpr const char* kHang = "driver/hang";
// A pipe at whose end whoever was left behind ends, too: the machine is gone.
inline constexpr const char* kAlive = "driver/alive";

}  // namespace torpor::simulate::pretended
