// Trees for tests, as the kernels of JetPack 5, 6 and 7 and of a PC lay them out: with
// their links, and with the files that nobody may read.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/test_folder.h"
#include "power/sys_tree.h"

namespace torpor::power {

class TestTree {
 public:
  TestTree() {
    tree.ObserveWith([this](std::string_view path, SysTree::Access access) {
      seen.emplace_back(path, access);
    });
    Ran("self", std::chrono::milliseconds(10));
    Put("sys/bus/pci/devices/0000:00:00.0/class", "0x060400");
    Put("sys/bus/pci/devices/0000:00:00.0/vendor", "0x10de");
    for (const std::string cpu : {"cpu0", "cpu1"}) {
      Put("sys/devices/system/cpu/" + cpu + "/cpuidle/state0/name", "WFI");
      Put("sys/devices/system/cpu/" + cpu + "/cpuidle/state1/name", "c7");
    }
    IdleTimes(1'000'000, 50'000'000);
    Wakeup("wakeup3", "alarmtimer.0.auto", 4);
    Wakeup("wakeup7", "ttyTHS1", 0);
    Interrupts(4'000, 0);
  }

  // Since boot, of the timer and of the serial line.
  void Interrupts(int timer, int serial) const {
    Put("proc/interrupts", "      CPU0  CPU1\n 11: " + std::to_string(timer) +
                               " 0  GICv3  30 Level  arch_timer\n 57: 0 " +
                               std::to_string(serial) + "  GICv3 144 Level  ttyTHS1\n");
  }

  void Put(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories((folder / path).parent_path());
    folder.Write(path, text);
  }
  void Link(const std::string& path, const std::string& target) const {
    std::filesystem::create_directories((folder / path).parent_path());
    std::filesystem::create_symlink(target, folder / path);
  }

  // An Orin's GPU, asleep, at `device` ("sys/devices/17000000.ga10b").
  void Jetson(const std::string& device, const std::string& node) {
    gpu = device;
    name = std::filesystem::path(device).filename();
    devfreq = device + "/devfreq/" + name;
    Put("sys/firmware/devicetree/base/" + name + "/name", node + std::string(1, '\0'));
    std::filesystem::create_directories(folder / devfreq);
    std::filesystem::create_symlink(folder / "sys/firmware/devicetree/base" / name,
                                    folder / device / "of_node");
    std::filesystem::create_symlink(folder / device, folder / devfreq / "device");
    Link("sys/class/devfreq/" + name, folder / devfreq);
    Put(device + "/load", "0");
    Put(device + "/power/autosuspend_delay_ms", "500");
    Put(devfreq + "/governor", "nvhost_podgov");
    Put(devfreq + "/available_frequencies", "306000000 408000000 612000000 1020000000 ");
    Clocks(306'000'000, 1'020'000'000);
    State("suspended", "yes");
    Control("auto");
    Times();
  }
  void JetPack5() {
    Jetson("sys/devices/17000000.ga10b", "ga10b");
    Link("sys/devices/gpu.0", "17000000.ga10b");
  }
  void JetPack6() { Jetson("sys/devices/platform/17000000.gpu", "gpu"); }
  void JetPack7() { Jetson("sys/devices/platform/bus@0/17000000.gpu", "gpu"); }

  // A discrete GPU, asleep.
  void Discrete() {
    name = "0000:01:00.0";
    gpu = "sys/bus/pci/devices/" + name;
    Put(gpu + "/class", "0x030200");
    Put(gpu + "/vendor", "0x10de");
    Put(gpu + "/config", "registers");
    PowerState("D3cold");
    Put(gpu + "/power/runtime_status", "suspended");
    Control("auto");
    Times();
  }

  void State(std::string_view status, std::string_view railgated) const {
    Put(gpu + "/power/runtime_status", std::string(status) + "\n");
    Put(gpu + "/is_railgated", std::string(railgated) + "\n");
  }
  void PowerState(std::string_view state) const { Put(gpu + "/power_state", state); }
  void Control(std::string_view control) const { Put(gpu + "/power/control", control); }
  void Clocks(std::int64_t min_hz, std::int64_t max_hz) const {
    Put(devfreq + "/min_freq", std::to_string(min_hz));
    Put(devfreq + "/max_freq", std::to_string(max_hz));
    Put(devfreq + "/cur_freq", std::to_string(max_hz));
  }
  // So much more time was spent suspended, and active.
  void Spend(std::chrono::milliseconds suspended, std::chrono::milliseconds active) {
    suspended_ms += suspended.count();
    active_ms += active.count();
    Times();
  }
  // In microseconds, of either of two processors.
  void IdleTimes(std::uint64_t shallow, std::uint64_t deep) const {
    for (const std::string cpu : {"cpu0", "cpu1"}) {
      const std::string idle = "sys/devices/system/cpu/" + cpu + "/cpuidle/";
      Put(idle + "state0/time", std::to_string(shallow));
      Put(idle + "state1/time", std::to_string(deep));
    }
  }
  void Wakeup(const std::string& number, std::string_view source, int active) const {
    Put("sys/class/wakeup/" + number + "/name", source);
    Put("sys/class/wakeup/" + number + "/active_count", std::to_string(active));
    Put("sys/class/wakeup/" + number + "/wakeup_count", "0");
  }
  void Process(int pid, std::string_view comm,
               const std::vector<std::string>& opened) const {
    const std::string process = "proc/" + std::to_string(pid);
    Put(process + "/comm", std::string(comm) + "\n");
    Put(process + "/cmdline", comm);
    std::filesystem::create_directories(folder / process / "fd");
    for (std::size_t i = 0; i < opened.size(); ++i) {
      Link(process + "/fd/" + std::to_string(i), opened[i]);
    }
  }
  // On a processor since it began.
  void Ran(const std::string& pid, std::chrono::milliseconds time) const {
    const std::int64_t ticks = time.count() * ::sysconf(_SC_CLK_TCK) / 1000;
    Put("proc/" + pid + "/stat",
        pid + " (x) S 1 2 3 4 5 6 7 8 9 10 " + std::to_string(ticks) + " 0 0 0 20 0 1");
  }

  // Paths that were refused, or end in a name that wakes.
  [[nodiscard]] std::vector<std::string> Forbidden() const {
    std::vector<std::string> found;
    for (const auto& [path, access] : seen) {
      if (access == SysTree::Access::kRefused || SysTree::Forbids(path)) {
        found.push_back(path);
      }
    }
    return found;
  }

  TestFolder folder{TestFolder::InMemory()};
  SysTree tree{folder.path()};
  std::vector<std::pair<std::string, SysTree::Access>> seen;
  std::string gpu, devfreq, name;
  std::int64_t suspended_ms = 900'000, active_ms = 100'000;

 private:
  void Times() const {
    Put(gpu + "/power/runtime_suspended_time", std::to_string(suspended_ms));
    Put(gpu + "/power/runtime_active_time", std::to_string(active_ms));
  }
};

}  // namespace torpor::power
