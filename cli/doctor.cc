// torpor doctor: what this machine lets torpor see of its own sleep.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "power/cpu_time.h"
#include "power/device_holders.h"
#include "power/residency.h"
#include "power/sys_tree.h"

namespace torpor::cli {
namespace {

struct Options {
  bool sleep = false;
  std::string root = "/";
};

void Line(const char* what, const std::string& text) {
  std::printf("  %-18s %s\n", what, text.c_str());
}

std::string Known(const std::optional<Milliseconds>& time) {
  return time ? std::to_string(time->count()) + " ms since boot" : "unknown";
}

std::string Hertz(const std::optional<std::int64_t>& hz) {
  return hz ? std::to_string(*hz / 1'000'000) + " MHz" : "unknown";
}

std::string YesNo(const std::optional<bool>& flag, const char* yes, const char* no) {
  return !flag ? "unknown" : *flag ? yes : no;
}

void PrintGpu(const power::GpuReading& gpu) {
  std::printf("GPU %s, %s\n", gpu.name.c_str(), gpu.discrete ? "discrete" : "integrated");
  Line("runtime status", gpu.status ? std::string(power::Name(*gpu.status)) : "unknown");
  Line("suspended", Known(gpu.suspended));
  Line("active", Known(gpu.active));
  const bool never = gpu.autosuspend_delay && gpu.autosuspend_delay->count() < 0;
  Line("may suspend", never ? "no: power/autosuspend_delay_ms is below 0"
                            : YesNo(gpu.kept_on, "no: power/control is on", "yes"));
  if (gpu.discrete) {
    Line("power state", gpu.power_state.value_or("unknown"));
    return;
  }
  Line("rail gated", YesNo(gpu.railgated, "yes", "no"));
  Line("clock", Hertz(gpu.min_hz) + " to " + Hertz(gpu.max_hz) +
                    (gpu.governor.empty() ? "" : ", " + gpu.governor));
}

void PrintHolders(const power::SysTree& tree) {
  const power::Holders holders = power::FindHolders(tree);
  for (const power::Holder& holder : holders.found) {
    Line("held open by", holder.comm + " (pid " + std::to_string(holder.pid) +
                             "), descriptors: " + std::to_string(holder.count) +
                             ", one is " + holder.device);
  }
  if (holders.found.empty()) Line("held open by", "nobody that is seen");
  if (holders.closed > 0) {
    Line("", std::to_string(holders.closed) +
                 " processes may not be looked at (CAP_SYS_PTRACE)");
  }
  if (holders.cut) Line("", "there are more processes than are looked at");
}

void PrintSleep(const power::SysTree& tree) {
  const power::Residency read = power::ReadResidency(tree, {});
  for (const power::GpuReading& gpu : read.gpus) PrintGpu(gpu);
  if (!read.gpus.empty()) PrintHolders(tree);
  if (read.gpus.empty()) {
    std::puts(read.looked_for_gpu
                  ? "GPU: none found"
                  : "GPU: unknown, neither devfreq nor PCI can be listed");
  }
  std::string states = "unknown: the kernel tells no idle states";
  if (read.idle) {
    states = std::to_string(read.idle->cpus) + " processors,";
    for (const power::IdleState& state : read.idle->states) states += " " + state.name;
  }
  std::printf("idle states: %s\n", states.c_str());
  std::printf("wakeup sources: %s\n", read.sources.empty()
                                          ? "unknown: none are listed"
                                          : std::to_string(read.sources.size()).c_str());
  std::printf("processor time of a process: %s\n",
              power::ReadCpuTime(tree) ? "counted" : "unknown");
  std::printf("one reading asks for %zu files%s\n", read.reads,
              read.cut ? ", and leaves some out: there are too many" : "");
}

}  // namespace

void AddDoctor(CLI::App& app, Outcome& outcome) {
  auto* doctor = app.add_subcommand(
      "doctor", "Say what this machine lets torpor see of its own sleep");
  doctor->footer(
      "Nothing is read whose reading wakes a device.\n\n  torpor doctor --sleep");
  auto options = std::make_shared<Options>();
  doctor->add_flag("--sleep", options->sleep, "What proves that it sleeps")->required();
  doctor
      ->add_option("--root", options->root,
                   "A folder that holds sys and proc of the machine, instead of /")
      ->check(CLI::ExistingDirectory);
  doctor->callback([options, &outcome] {
    PrintSleep(power::SysTree(options->root));
    outcome.exit_code = 0;
  });
}

}  // namespace torpor::cli
