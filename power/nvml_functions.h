// The few functions of NVML that torpor calls, as they are called: the library is opened
// at run time, on machines that have it, and its header is not needed to build. Where the
// header is there, power/nvml_header_test.cc compares the two.
// Source: NVML API reference, nvml.h of CUDA 12.
#pragma once

namespace torpor::power::nvml {

using Return = int;             // nvmlReturn_t, an enum
using Device = struct Handle*;  // nvmlDevice_t, opaque

inline constexpr Return kSuccess = 0;
inline constexpr Return kNotSupported = 3;

using Init = Return();
using Shutdown = Return();
using GetCount = Return(unsigned* count);
using GetHandleByIndex = Return(unsigned index, Device* device);
using GetHandleByPciBusId = Return(const char* bus_id, Device* device);
using GetTotalEnergyConsumption = Return(Device device, unsigned long long* millijoules);
using ErrorString = const char*(Return result);

inline constexpr const char* kInit = "nvmlInit_v2";
inline constexpr const char* kShutdown = "nvmlShutdown";
inline constexpr const char* kGetCount = "nvmlDeviceGetCount_v2";
inline constexpr const char* kGetHandleByIndex = "nvmlDeviceGetHandleByIndex_v2";
inline constexpr const char* kGetHandleByPciBusId = "nvmlDeviceGetHandleByPciBusId_v2";
inline constexpr const char* kGetTotalEnergyConsumption =
    "nvmlDeviceGetTotalEnergyConsumption";
inline constexpr const char* kErrorString = "nvmlErrorString";

}  // namespace torpor::power::nvml
