// A library that behaves as NVML does on machines that we do not have; for nvml_test.
//   FAKE_NVML_FAILS   "init=9": which call fails, and how
//   FAKE_NVML_ENERGY  mJ
//   FAKE_NVML_STEP    mJ more with each question
//   FAKE_NVML_GPUS    how many there are; 1
//   FAKE_NVML_SHUT    a file that nvmlShutdown makes
#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>

#include "power/nvml_functions.h"

namespace torpor::power::nvml {
namespace {

std::string Told(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

Return ResultOf(const std::string& call) {
  const std::string fails = Told("FAKE_NVML_FAILS");
  if (!fails.starts_with(call + "=")) return kSuccess;
  return std::atoi(fails.c_str() + call.size() + 1);
}

Device TheDevice() { return reinterpret_cast<Device>(1); }

}  // namespace

extern "C" {

Return nvmlInit_v2() { return ResultOf("init"); }

Return nvmlShutdown() {
  if (std::FILE* mark = std::fopen(Told("FAKE_NVML_SHUT").c_str(), "w")) {
    std::fclose(mark);
  }
  return kSuccess;
}

Return nvmlDeviceGetCount_v2(unsigned* count) {
  *count = static_cast<unsigned>(std::atoi(Told("FAKE_NVML_GPUS").c_str()));
  if (*count == 0) *count = 1;
  return kSuccess;
}

Return nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  *device = TheDevice();
  return index == 0 ? ResultOf("handle") : 6;
}

Return nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, Device* device) {
  *device = TheDevice();
  return std::string(bus_id) == "00000000:41:00.0" ? kSuccess : 6;
}

Return nvmlDeviceGetTotalEnergyConsumption(Device device,
                                           unsigned long long* millijoules) {
  if (device != TheDevice()) return 2;
  static unsigned long long asked = 0;
  *millijoules = std::strtoull(Told("FAKE_NVML_ENERGY").c_str(), nullptr, 10) +
                 asked++ * std::strtoull(Told("FAKE_NVML_STEP").c_str(), nullptr, 10);
  return ResultOf("energy");
}

const char* nvmlErrorString(Return result) {
  static std::string words;
  words = "fake: " + std::to_string(result);
  return words.c_str();
}

}  // extern "C"

static_assert(std::is_same_v<decltype(nvmlInit_v2), Init>);
static_assert(std::is_same_v<decltype(nvmlShutdown), Shutdown>);
static_assert(std::is_same_v<decltype(nvmlDeviceGetCount_v2), GetCount>);
static_assert(std::is_same_v<decltype(nvmlDeviceGetHandleByIndex_v2), GetHandleByIndex>);
static_assert(
    std::is_same_v<decltype(nvmlDeviceGetHandleByPciBusId_v2), GetHandleByPciBusId>);
static_assert(std::is_same_v<decltype(nvmlDeviceGetTotalEnergyConsumption),
                             GetTotalEnergyConsumption>);
static_assert(std::is_same_v<decltype(nvmlErrorString), ErrorString>);

}  // namespace torpor::power::nvml
