// torpor doctor: whether a robot is fit to be deployed, and what its machine lets torpor
// see of its own sleep.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/doctor_checks.h"
#include "core/json_hosted.h"
#include "power/cpu_time.h"
#include "power/device_holders.h"
#include "power/hot_gpu.h"
#include "power/residency.h"
#include "power/sys_tree.h"

namespace torpor::cli {
namespace {

struct Options {
  bool sleep = false;
  bool json = false;
  std::string root = "/";
  RobotFiles files;
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
  const power::HeldUp held = power::WhatHoldsUp(gpu);
  Line("may suspend", held.kept_on.empty() ? YesNo(gpu.kept_on, "no", "yes")
                                           : "no: " + held.kept_on.front());
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

void PrintChecks(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    std::printf("%-8s %-22s %s\n", std::string(Name(check.health)).c_str(),
                check.what.c_str(), check.found.c_str());
    if (!check.why.empty())
      std::printf("%31s why it matters: %s\n", "", check.why.c_str());
    if (!check.mend.empty()) std::printf("%31s to mend it: %s\n", "", check.mend.c_str());
  }
}

void PrintChecksAsJson(const std::vector<Check>& checks, bool fit) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    list.push_back({{"what", check.what},
                    {"health", std::string(Name(check.health))},
                    {"found", check.found},
                    {"why", check.why},
                    {"mend", check.mend}});
  }
  const nlohmann::ordered_json all = {{"fit", fit}, {"checks", list}};
  std::printf("%s\n",
              all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

// Fit: nothing is bad. What is unknown may be so for good, as on a machine without
// meters.
bool Examine(const Options& options) {
  std::optional<contract::Terms> terms;
  std::vector<Check> checks = CheckRobot(options.files, terms);
  const auto machine =
      CheckMachine(power::SysTree(options.root),
                   terms ? std::optional(terms->sleep_mode) : std::nullopt);
  checks.insert(checks.end(), machine.begin(), machine.end());
  const bool fit = std::ranges::none_of(
      checks, [](const Check& check) { return check.health == Health::kBad; });
  if (options.json) {
    PrintChecksAsJson(checks, fit);
  } else {
    PrintChecks(checks);
    std::printf("\n%s\n", fit ? "fit to be deployed, as far as this was looked at"
                              : "not fit to be deployed");
  }
  return fit;
}

}  // namespace

void AddDoctor(const Command& app, Outcome& outcome) {
  const Command doctor = app.Add(
      "doctor", "Say whether this robot is fit to be deployed, and how to mend it");
  doctor.Footer(R"(Nothing is read whose reading wakes a device, and nothing is pushed.
Exit code: 0 fit, 78 when a check is bad; unknown is neither.

Examples:
  torpor doctor
  torpor doctor --contract site.dsse --keyring keys/ --pairing robot.pair \
                --robot-id amr-17 --link /dev/ttyTHS1 --state /var/lib/torpord
  torpor doctor --json
  torpor doctor --sleep       what proves that this machine sleeps)");
  auto options = std::make_shared<Options>();
  doctor.Flag("--sleep", options->sleep, "Only what proves that it sleeps");
  doctor.Flag("--json", options->json, "The checks as JSON");
  const Option contract =
      doctor.Value("--contract", options->files.contract, "The signed contract");
  const Option keyring =
      doctor.Value("--keyring", options->files.keyring, "Its keyring, as torpord has it");
  contract.Needs(keyring);
  doctor.Value("--robot-id", options->files.robot,
               "Also: is the contract for this robot, and valid now?");
  doctor.Value("--group", options->files.groups, "Group of that robot");
  doctor.Value("--pairing", options->files.pairing, "The key shared with the firmware");
  doctor.Value("--link", options->files.link, "The firmware's serial device");
  doctor.Value("--state", options->files.state, "torpord's state folder");
  doctor
      .Value("--root", options->root,
             "A folder that holds sys and proc of the machine, instead of /")
      .ExistingFolder();
  doctor.Run([options, &outcome] {
    if (options->sleep) {
      PrintSleep(power::SysTree(options->root));
    } else if (!Examine(*options)) {
      outcome.exit_code = 78;  // EX_CONFIG
    }
  });
}

}  // namespace torpor::cli
