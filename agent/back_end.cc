#include "agent/back_end.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "agent/accelerator/choice.h"
#include "power/nvml.h"

namespace torpor::agent {
namespace {

namespace fs = std::filesystem;

constexpr int kPeriodsForTheCheck = 10;
// A driver that hangs at boot must not keep a robot of long periods awake for hours.
constexpr Microseconds kMostForTheCheck = std::chrono::minutes(5);
// Nobody's battery is at stake there; only a process that hangs is to be found.
constexpr Microseconds kPatienceCompressed = std::chrono::minutes(1);

fs::path PlanFolder(const Options& options) { return options.state / "accelerator"; }

}  // namespace

ChildSetting SettingOfChild(const Options& options, const contract::Terms& terms,
                            World& world) {
  ChildSetting setting;
  setting.program = AcceleratorProgram();
  setting.cache = PlanFolder(options);
  setting.residency_max = terms.residency_max;
  setting.after_kill = terms.release;
  // A broker's time has no joules.
  const bool metered = options.meters == power::MeterChoice::kAuto &&
                       options.link_kind == LinkKind::kDevice;
  if (IsOnADevice(options.backend) && metered) {
    setting.device_meter = power::Nvml::kLibrary;
  }
  setting.now = [&world] { return world.Now(); };
  if (options.link_kind == LinkKind::kBroker) setting.at_least = kPatienceCompressed;
  return setting;
}

std::optional<Refusal> CheckBackEnd(ChildNetwork& accelerator, const Options& options,
                                    const contract::Terms& terms) {
  std::error_code error;
  const fs::path plans = PlanFolder(options);
  fs::create_directories(plans, error);
  if (!error) fs::permissions(plans, fs::perms::owner_all, error);
  if (error) return Because(Status::kIo, plans.string() + ": " + error.message());
  std::string problem;
  const Microseconds within =
      std::min(kPeriodsForTheCheck * Microseconds(terms.period), kMostForTheCheck);
  const Status status = accelerator.Check(within, problem);
  if (status == Status::kOk) return std::nullopt;
  return Because(status, problem);
}

power::OwnAccount OwnAccountOf(const ChildNetwork* accelerator) {
  power::OwnAccount own;
  if (accelerator == nullptr) return own;
  own.answer_outstanding = accelerator->at_work();
  if (const auto pid = accelerator->pid()) own.child = *pid;
  own.parked = accelerator->residency();
  own.last_inference_worked = accelerator->last_run_worked();
  return own;
}

}  // namespace torpor::agent
