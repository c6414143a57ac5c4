#include "power/residency.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "power/kernel_text.h"

namespace torpor::power {
namespace {

constexpr std::array<std::pair<std::string_view, RuntimeStatus>, 6> kStatusNames = {
    {{"active", RuntimeStatus::kActive},
     {"suspended", RuntimeStatus::kSuspended},
     {"suspending", RuntimeStatus::kSuspending},
     {"resuming", RuntimeStatus::kResuming},
     {"error", RuntimeStatus::kError},
     {"unsupported", RuntimeStatus::kUnsupported}}};

// Of a device tree's node: gp10b is in TX2, gv11b in Xavier, ga10b in Orin (JetPack 5),
// gb10b in Thor; from JetPack 6 on it is called by what it is.
constexpr std::array<std::string_view, 5> kGpuNodes = {"gpu", "ga10b", "gb10b", "gv11b",
                                                       "gp10b"};
// Where JetPack 7, 6 and 5 keep it, for a kernel without devfreq or device tree in sysfs.
constexpr std::array<std::string_view, 5> kGpuFolders = {
    "sys/devices/platform/bus@0/17000000.gpu", "sys/devices/platform/17000000.gpu",
    "sys/devices/platform/gpu.0", "sys/devices/17000000.ga10b", "sys/devices/gpu.0"};

constexpr std::string_view kDevfreq = "sys/class/devfreq";
constexpr std::string_view kPci = "sys/bus/pci/devices";
constexpr std::string_view kCpus = "sys/devices/system/cpu";
constexpr std::string_view kSources = "sys/class/wakeup";
constexpr std::size_t kMostNamed = 4;
// Of microseconds: 285 years. A larger one was never counted, and sums would overflow.
constexpr std::uint64_t kLargestCount = std::uint64_t{1} << 53U;

std::string Join(std::string_view folder, std::string_view name) {
  return std::string(folder) + "/" + std::string(name);
}

// Counts what is asked for, and stops asking.
class Reader {
 public:
  Reader(const SysTree& tree, Residency& into, KnownMachine& known)
      : tree_(tree), into_(into), known_(known) {}

  std::optional<std::string> Text(std::string_view folder, std::string_view name,
                                  int* why = nullptr) {
    if (into_.reads == kMostReads) {
      into_.cut = true;
      return std::nullopt;
    }
    ++into_.reads;
    return tree_.Read(Join(folder, name), why);
  }
  std::optional<std::int64_t> Number(std::string_view folder, std::string_view name) {
    return NumberOf(Text(folder, name));
  }
  std::optional<std::uint64_t> Count(std::string_view folder, std::string_view name) {
    return CountOf(Text(folder, name));
  }
  // The first `most` names, in order.
  std::span<const std::string> Names(std::string_view folder, std::size_t most) {
    auto found = known_.listed.find(folder);
    if (found == known_.listed.end()) {
      found = known_.listed.emplace(folder, tree_.List(folder)).first;
    }
    const std::span<const std::string> names = found->second;
    into_.cut = into_.cut || names.size() > most;
    return names.first(std::min(names.size(), most));
  }
  // Whether a reading before this one looked there and found no GPU.
  [[nodiscard]] bool NoGpuIn(std::string_view folder) const {
    return std::ranges::find(known_.no_gpu_in, folder) != known_.no_gpu_in.end();
  }
  void FoundNoGpuIn(std::string_view folder) { known_.no_gpu_in.push_back(folder); }

 private:
  const SysTree& tree_;
  Residency& into_;
  KnownMachine& known_;
};

std::optional<Milliseconds> Time(const std::optional<std::uint64_t>& milliseconds) {
  if (!milliseconds || *milliseconds > kLargestCount) return std::nullopt;
  return Milliseconds(static_cast<std::int64_t>(*milliseconds));
}

std::optional<RuntimeStatus> StatusOf(const std::optional<std::string>& text) {
  for (const auto& [name, status] : kStatusNames) {
    if (text == name) return status;
  }
  return std::nullopt;
}

std::optional<bool> Choice(const std::optional<std::string>& text, std::string_view yes,
                           std::string_view no) {
  if (text == yes) return true;
  if (text == no) return false;
  return std::nullopt;
}

void ReadPower(Reader& reader, std::string_view device, GpuReading& gpu) {
  const std::string power = Join(device, "power");
  gpu.status = StatusOf(reader.Text(power, "runtime_status"));
  gpu.suspended = Time(reader.Count(power, "runtime_suspended_time"));
  gpu.active = Time(reader.Count(power, "runtime_active_time"));
  gpu.kept_on = Choice(reader.Text(power, "control"), "on", "auto");
  if (const auto delay = reader.Number(power, "autosuspend_delay_ms");
      delay && *delay <= std::numeric_limits<std::int32_t>::max()) {
    gpu.autosuspend_delay = Milliseconds(std::max<std::int64_t>(*delay, -1));
  }
}

void ReadClocks(Reader& reader, std::string_view devfreq, GpuReading& gpu) {
  gpu.min_hz = reader.Number(devfreq, "min_freq");
  gpu.max_hz = reader.Number(devfreq, "max_freq");
  gpu.now_hz = reader.Number(devfreq, "cur_freq");
  gpu.governor = NameOf(reader.Text(devfreq, "governor").value_or(""));
  std::string steps = reader.Text(devfreq, "available_frequencies").value_or("");
  for (std::size_t at = 0; at < steps.size();) {
    const std::size_t end = std::min(steps.find(' ', at), steps.size());
    if (const auto step = NumberOf(steps.substr(at, end - at)); step && *step > 0) {
      gpu.steps_hz.push_back(*step);
    }
    at = end + 1;
  }
  std::ranges::sort(gpu.steps_hz);
}

void AddIntegrated(Reader& reader, std::string_view device, std::string_view devfreq,
                   std::string_view name, Residency& into) {
  if (into.gpus.size() == kMostGpus) return;
  GpuReading gpu;
  gpu.name = NameOf(name);
  ReadPower(reader, device, gpu);
  gpu.railgated = Choice(reader.Text(device, "is_railgated"), "yes", "no");
  if (!devfreq.empty()) ReadClocks(reader, devfreq, gpu);
  into.gpus.push_back(std::move(gpu));
}

// A device tree ends its strings with a NUL.
bool IsGpuNode(std::string_view name) {
  name = name.substr(0, name.find('\0'));
  return std::ranges::find(kGpuNodes, name) != kGpuNodes.end();
}

void ReadIntegrated(Reader& reader, Residency& into) {
  const auto scaled = reader.Names(kDevfreq, kMostPciDevices);
  into.looked_for_gpu = !scaled.empty();
  for (const std::string& name : scaled) {
    const std::string devfreq = Join(kDevfreq, name);
    const std::string device = Join(devfreq, "device");
    const auto node = reader.Text(device, "of_node/name");
    if (node && IsGpuNode(*node)) AddIntegrated(reader, device, devfreq, name, into);
  }
  if (!into.gpus.empty()) return;
  for (const std::string_view device : kGpuFolders) {
    if (reader.NoGpuIn(device)) continue;
    int why = 0;
    if (!reader.Text(device, "power/runtime_status", &why)) {
      if (why == ENOENT) reader.FoundNoGpuIn(device);
      continue;
    }
    const auto clocks = reader.Names(Join(device, "devfreq"), 1);
    const std::string devfreq =
        clocks.empty() ? "" : Join(Join(device, "devfreq"), clocks.front());
    AddIntegrated(reader, device, devfreq, device.substr(device.rfind('/') + 1), into);
    into.looked_for_gpu = true;
    return;  // JetPack 5 and 6 link one of these to another
  }
}

void ReadDiscrete(Reader& reader, Residency& into, KnownMachine& known) {
  const auto devices = reader.Names(kPci, kMostPciDevices);
  if (!std::ranges::equal(known.pci, devices)) {
    known.not_gpus.clear();  // who came may have another's place
    known.pci.assign(devices.begin(), devices.end());
  }
  into.looked_for_gpu = into.looked_for_gpu || !devices.empty();
  std::vector<std::string> not_gpus;  // that are not known yet
  for (const std::string& name : devices) {
    if (std::ranges::binary_search(known.not_gpus, name)) continue;
    const std::string device = Join(kPci, name);
    const auto kind = reader.Text(device, "class");
    const bool draws =
        kind && (kind->starts_with("0x0300") || kind->starts_with("0x0302"));
    if (kind && !draws) not_gpus.push_back(name);
    if (!draws || reader.Text(device, "vendor") != "0x10de") continue;
    if (into.gpus.size() == kMostGpus) return;
    GpuReading gpu;
    gpu.name = NameOf(name);
    gpu.discrete = true;
    ReadPower(reader, device, gpu);
    gpu.power_state = reader.Text(device, "power_state");
    if (gpu.power_state) gpu.power_state = NameOf(*gpu.power_state);
    into.gpus.push_back(std::move(gpu));
  }
  known.not_gpus.insert(known.not_gpus.end(), not_gpus.begin(), not_gpus.end());
  std::ranges::sort(known.not_gpus);
}

bool IsNumbered(std::string_view name, std::string_view before) {
  return name.size() > before.size() && name.starts_with(before) &&
         name.find_first_not_of("0123456789", before.size()) == std::string_view::npos;
}

std::string IdleFolder(std::string_view cpu, std::size_t state) {
  return Join(kCpus, cpu) + "/cpuidle/state" + std::to_string(state);
}

void ReadIdle(Reader& reader, Residency& into, KnownMachine& known) {
  CpuIdle idle;
  const std::size_t most_states =
      known.idle_states > 0 ? known.idle_states : kMostIdleStates;
  std::size_t looked_at = 0;
  for (const std::string& name : reader.Names(kCpus, SysTree::kMaxNames)) {
    if (!IsNumbered(name, "cpu")) continue;
    if (looked_at++ == kMostCpus) {
      into.cut = true;
      break;
    }
    std::vector<Microseconds> times;
    bool understood = true;
    for (std::size_t i = 0; i < most_states; ++i) {
      const auto text = reader.Text(IdleFolder(name, i), "time");
      if (!text) break;
      const auto time = CountOf(text);
      understood = understood && time && *time <= kLargestCount;
      if (!understood) break;
      times.emplace_back(static_cast<std::int64_t>(*time));
    }
    if (!understood || times.empty()) continue;
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (idle.states.size() == i) {
        if (known.idle_names.size() == i) {
          if (const auto called = reader.Text(IdleFolder(name, i), "name"))
            known.idle_names.push_back(NameOf(*called));
        }
        idle.states.push_back(
            {i < known.idle_names.size() ? known.idle_names[i] : "?", {}});
      }
      idle.states[i].time += times[i];
    }
    idle.deepest += times.back();
    ++idle.cpus;
  }
  known.idle_states = std::max(known.idle_states, idle.states.size());
  if (idle.cpus > 0) into.idle = std::move(idle);
}

void ReadSources(Reader& reader, Residency& into) {
  for (const std::string& folder : reader.Names(kSources, kMostWakeupSources)) {
    const std::string source = Join(kSources, folder);
    const auto active = reader.Count(source, "active_count");
    const auto wakeups = reader.Count(source, "wakeup_count");
    if (!active && !wakeups) continue;
    const auto name = reader.Text(source, "name");
    into.sources.push_back({NameOf(name && !name->empty() ? *name : folder),
                            active.value_or(0), wakeups.value_or(0)});
  }
}

}  // namespace

std::string_view Name(RuntimeStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)].first;
}

Residency ReadResidency(const SysTree& tree, Clocks at, KnownMachine* known,
                        Devices devices) {
  KnownMachine nothing;
  KnownMachine& machine = known != nullptr ? *known : nothing;
  // Another device may have come to the address of one that left.
  if (machine.readings == kReadingsRemembered) machine = {};
  ++machine.readings;
  Residency residency;
  residency.at = at;
  if (devices == Devices::kLookedFor) {
    machine.listed.clear();
    machine.no_gpu_in.clear();
    machine.idle_states = 0;
  }
  Reader reader(tree, residency, machine);
  ReadIntegrated(reader, residency);
  ReadDiscrete(reader, residency, machine);
  ReadIdle(reader, residency, machine);
  ReadSources(reader, residency);
  return residency;
}

std::string ActiveBetween(const Residency& before, const Residency& after) {
  // Names are not unique, and their order is; a source that was made in between is new.
  std::vector<std::pair<std::string, std::uint64_t>> active;
  std::vector<bool> taken(before.sources.size());
  for (const WakeupSource& now : after.sources) {
    const WakeupSource* then = nullptr;
    for (std::size_t i = 0; i < taken.size() && then == nullptr; ++i) {
      if (taken[i] || before.sources[i].name != now.name) continue;
      taken[i] = true;
      then = &before.sources[i];
    }
    if (then == nullptr) continue;
    const auto grown = [](std::uint64_t from, std::uint64_t to) {
      return to > from ? to - from : 0;
    };
    const std::uint64_t times =
        std::max(grown(then->active, now.active), grown(then->wakeups, now.wakeups));
    if (times > 0) active.emplace_back(now.name, times);
  }
  std::string text;
  for (std::size_t i = 0; i < active.size() && i < kMostNamed; ++i) {
    if (i > 0) text += ", ";
    text += active[i].first + " " + std::to_string(active[i].second);
  }
  if (active.size() > kMostNamed) {
    text += ", and " + std::to_string(active.size() - kMostNamed) + " more";
  }
  return text;
}

}  // namespace torpor::power
