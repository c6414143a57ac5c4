// The kernel's files with anything in them: meters, residency, wake sources, interrupts
// and the identity of the machine are read, and what is absurd is no reading. The input
// is the contents of kNodes, one after the other, separated by bytes of 0.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "core/test_folder.h"
#include "fuzz/target.h"
#include "power/calibration.h"
#include "power/find_meters.h"
#include "power/hot_gpu.h"
#include "power/interrupts.h"
#include "power/residency.h"
#include "power/wake_sources.h"

namespace torpor::fuzz {
namespace {

constexpr std::array kNodes = {
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/in1_label",
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/in1_input",
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/curr1_input",
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/update_interval",
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/samples",
    "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/name",
    "sys/class/powercap/intel-rapl:0/name",
    "sys/class/powercap/intel-rapl:0/energy_uj",
    "sys/class/powercap/intel-rapl:0/max_energy_range_uj",
    "sys/class/devfreq/17000000.gpu/device/of_node/name",
    "sys/class/devfreq/17000000.gpu/device/power/runtime_status",
    "sys/class/devfreq/17000000.gpu/device/power/runtime_suspended_time",
    "sys/class/devfreq/17000000.gpu/device/power/runtime_active_time",
    "sys/class/devfreq/17000000.gpu/device/power/control",
    "sys/class/devfreq/17000000.gpu/device/is_railgated",
    "sys/class/devfreq/17000000.gpu/min_freq",
    "sys/class/devfreq/17000000.gpu/max_freq",
    "sys/class/devfreq/17000000.gpu/cur_freq",
    "sys/class/devfreq/17000000.gpu/available_frequencies",
    "sys/class/devfreq/17000000.gpu/governor",
    "sys/devices/system/cpu/cpu0/cpuidle/state0/name",
    "sys/devices/system/cpu/cpu0/cpuidle/state0/time",
    "sys/class/wakeup/wakeup0/name",
    "sys/class/wakeup/wakeup0/active_count",
    "sys/class/wakeup/wakeup0/wakeup_count",
    "sys/power/pm_wakeup_irq",
    "var/lib/nvpmodel/status",
    "proc/device-tree/model",
    "proc/interrupts",
};

// Made once; each input overwrites what it has words for and empties the rest.
class Machine {
 public:
  Machine() {
    for (const char* node : kNodes) {
      std::filesystem::create_directories((folder_ / node).parent_path());
    }
  }
  void Fill(std::string_view text) const {
    for (const char* node : kNodes) {
      const std::size_t end = std::min(text.find('\0'), text.size());
      folder_.Write(node, text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  [[nodiscard]] const power::SysTree& tree() const { return tree_; }

 private:
  TestFolder folder_{TestFolder::InMemory()};
  power::SysTree tree_{folder_.path()};
};

void ReadMeters(const power::SysTree& tree) {
  power::Meters meters;
  (void)power::FindMeters(tree, power::MeterChoice::kAuto, meters);
  for (const auto& meter : meters.found) {
    std::array<power::Reading, power::kMostRails> readings{};
    const auto rails = meter->rails();
    Expect(rails.size() <= readings.size(), "no more rails than a series is kept for");
    meter->Read(std::span(readings).first(rails.size()));
    for (std::size_t i = 0; i < rails.size(); ++i) {
      Expect(!readings[i] || *readings[i] >= 0, "no rail delivers less than nothing");
      Expect(rails[i].name.size() <= power::Rail::kLongestName &&
                 rails[i].name.find_first_of("\"\n\\") == std::string::npos,
             "a rail's name can stand in a label");
    }
  }
}

void Count(const std::optional<std::string>& before,
           const std::optional<std::string>& after) {
  if (!before || !after) return;
  const auto between = power::InterruptsBetween(*before, *after);
  Expect(between == power::InterruptsBetween(power::ParseInterrupts(*before),
                                             power::ParseInterrupts(*after)),
         "rows that did not change say nothing");
  if (!between) return;
  Expect(between->busiest.empty() == (between->times == 0), "who interrupted is named");
  for (const char c : between->busiest) {
    Expect(c >= ' ' && c <= '~' && c != '"' && c != '\\', "and can stand in a row");
  }
}

}  // namespace
}  // namespace torpor::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace torpor;
  static const fuzz::Machine machine;
  machine.Fill(fuzz::Text(data, size));
  const power::SysTree& tree = machine.tree();
  fuzz::ReadMeters(tree);
  const power::Residency before = power::ReadResidency(tree, {});
  fuzz::Expect(before.reads <= power::kMostReads, "a reading is bounded");
  const auto interrupts = power::ReadInterrupts(tree);
  machine.Fill(fuzz::Text(data + size / 2, size - size / 2));  // as another machine
  const power::Residency after = power::ReadResidency(tree, {});
  (void)power::ActiveBetween(before, after);
  (void)power::WokenBetween({}, power::ReadWakeSources(tree));
  (void)power::WakingInterrupt(tree);
  fuzz::Count(interrupts, power::ReadInterrupts(tree));
  power::Calibration calibration;
  calibration.identity = power::ReadMachine(tree);
  calibration.meter = "VDD_IN";
  calibration.rungs.push_back({.rung = power::Rung::kChildExited, .repetitions = 2});
  std::string problem;
  fuzz::Expect(
      power::DecodeCalibration(power::EncodeCalibration(calibration), problem).ok(),
      "whatever a machine calls itself can be written and read back");
  return 0;
}
