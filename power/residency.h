// What the kernel says of the machine's rest: which state its GPU is in and for how long
// it was suspended, what pins its clocks, how long the processors idled, and which wakeup
// source spoke. Two readings, one before and one after a sleep, are the proof of it
// (power/hot_gpu.h). Reading wakes nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "power/sys_tree.h"

namespace torpor::power {

// Both at one moment. Their difference grows by the time the machine is suspended.
struct Clocks {
  Instant boot{};            // CLOCK_BOOTTIME
  Microseconds monotonic{};  // CLOCK_MONOTONIC, which stands still meanwhile
};

// Of runtime power management, as the kernel names it.
enum class RuntimeStatus : std::uint8_t {
  kActive,
  kSuspended,
  kSuspending,
  kResuming,
  kError,
  kUnsupported  // nobody manages its power
};
std::string_view Name(RuntimeStatus status);

// What is absent could not be read, or was no value that the kernel writes there.
struct GpuReading {
  std::string name;  // of its folder: "17000000.gpu", "0000:01:00.0"
  bool discrete = false;
  std::optional<RuntimeStatus> status;
  // Since boot, on the monotonic clock.
  std::optional<Milliseconds> active, suspended;
  // Below 0 it is never suspended. Only drivers that use the delay have one.
  std::optional<Milliseconds> autosuspend_delay;
  // On Orin this is the runtime status in other words, and proves no more than that.
  // Source: nvgpu l4t-r36.2, platform_ga10b_tegra.c, ga10b_tegra_is_railgated.
  std::optional<bool> railgated;
  std::optional<bool> kept_on;             // power/control: `on` forbids to suspend it
  std::optional<std::string> power_state;  // of PCI: D0, D3hot, D3cold, ...
  std::optional<std::int64_t> now_hz, min_hz, max_hz;
  std::vector<std::int64_t> steps_hz;  // that its clock can take, ascending
  std::string governor;
};

struct IdleState {
  std::string name;     // of the first processor that has it
  Microseconds time{};  // in it, of all processors together, since boot
};

struct CpuIdle {
  std::uint32_t cpus = 0;         // whose states could be read
  Microseconds deepest{};         // in the deepest state of each, together
  std::vector<IdleState> states;  // shallow ones first
};

struct WakeupSource {
  std::string name;
  std::uint64_t active = 0, wakeups = 0;  // how often it was active, and woke the machine
};

struct Residency {
  Clocks at;
  bool looked_for_gpu = false;  // false: neither devfreq nor PCI could be listed
  std::vector<GpuReading> gpus;
  std::optional<CpuIdle> idle;
  std::vector<WakeupSource> sources;
  bool cut = false;       // there is more than is read in one reading
  std::size_t reads = 0;  // files that were asked for
};

// However much a machine lists, one reading asks for no more files than this, the GPU's
// first: some milliseconds of the awake time.
inline constexpr std::size_t kMostReads = 1536;
inline constexpr std::size_t kMostGpus = 4;
inline constexpr std::size_t kMostCpus = 64;
inline constexpr std::size_t kMostIdleStates = 8;
inline constexpr std::size_t kMostPciDevices = 256;
inline constexpr std::size_t kMostWakeupSources = 128;

// What a machine keeps until it boots anew, remembered from one reading to the next, so
// that it is not asked for twice a cycle: which addresses of its PCI bus hold no GPU, and
// what the idle states are called.
struct KnownMachine {
  std::size_t readings = 0;      // since all of it was asked for
  std::vector<std::string> pci;  // all of them, in order; others: look again
  std::vector<std::string> not_gpus;
  std::vector<std::string> idle_names;
  // What is there, by folder, and where no GPU was: as the last reading that looked found
  // it.
  std::map<std::string, std::vector<std::string>, std::less<>> listed;
  std::vector<std::string_view> no_gpu_in;
  std::size_t idle_states = 0;  // of the processor that has most
};

// Whether a reading looks for devices, processors and wakeup sources, or takes those that
// the one before it found.
enum class Devices : bool { kLookedFor, kAsKnown };

// Then all is asked for again: about once an hour, of a robot that wakes once a minute.
inline constexpr std::size_t kReadingsRemembered = 128;

// `at` is the time just before the call. With `known`, which it fills in, it asks for
// less and finds the same; of devices that are as known, which is for a reading shortly
// after another, it finds what has come since in the next reading that looks.
// Sources: Linux Documentation/ABI/testing sysfs-devices-power, sysfs-class-devfreq,
// sysfs-devices-system-cpu, sysfs-class-wakeup, sysfs-bus-pci.
[[nodiscard]] Residency ReadResidency(const SysTree& tree, Clocks at,
                                      KnownMachine* known = nullptr,
                                      Devices devices = Devices::kLookedFor);

// "alarmtimer 1, ttyTHS1 3": whoever was active between two readings, at most four by
// name; empty when nobody was.
[[nodiscard]] std::string ActiveBetween(const Residency& before, const Residency& after);

}  // namespace torpor::power
