// Checks of the computer: what could keep it hot, and what proves that it is not.
#include <sys/prctl.h>

#include <algorithm>

#include "cli/doctor_checks.h"
#include "power/find_meters.h"
#include "power/hot_gpu.h"
#include "power/residency.h"
#include "power/words.h"

namespace torpor::cli {
namespace {

constexpr const char* kPinned =
    "an Orin Nano idles at 3.3 W with free clocks and at 7.3 W with pinned ones";

Check Good(std::string what, std::string found) {
  return {std::move(what), Health::kGood, std::move(found), {}, {}};
}

void CheckGpus(const power::Residency& read, std::vector<Check>& checks) {
  if (!read.looked_for_gpu) {
    checks.push_back({"GPU", Health::kUnknown, "neither devfreq nor PCI can be listed",
                      "a hot GPU would not be seen", "let torpord read /sys"});
  } else if (read.gpus.empty()) {
    checks.push_back(Good("GPU", "none, so none can stay hot"));
  }
  for (const power::GpuReading& gpu : read.gpus) {
    const std::string name = "GPU " + gpu.name;
    const power::HeldUp held = power::WhatHoldsUp(gpu);
    if (!held.kept_on.empty()) {
      checks.push_back({name + ", suspend", Health::kBad, held.kept_on.front(),
                        "it sleeps late or never, used or not: watts for the whole shift",
                        "echo auto > .../power/control; see who sets it at boot"});
    } else if (!gpu.status || !gpu.suspended) {
      checks.push_back({name + ", suspend", Health::kUnknown,
                        "its runtime status or suspended time cannot be read",
                        "its sleep cannot be proved", "a kernel with runtime PM"});
    } else {
      checks.push_back(
          Good(name + ", suspend",
               "allowed; " + std::string(power::Name(*gpu.status)) + " now"));
    }
    if (!held.pins.empty()) {
      checks.push_back({name + ", clocks", Health::kBad, held.pins.front(), kPinned,
                        "jetson_clocks --restore, and disable what pins them at boot"});
    } else if (gpu.min_hz) {
      checks.push_back(Good(name + ", clocks", "free to fall"));
    }
  }
}

void CheckMeters(const power::SysTree& sys, std::vector<Check>& checks) {
  power::Meters meters;
  (void)power::FindMeters(sys, power::MeterChoice::kAuto, meters);
  std::string read, unread;
  bool whole = false;
  for (const auto& meter : meters.found) {
    for (const power::Rail& rail : meter->rails()) {
      std::string& list = rail.unmetered.empty() ? read : unread;
      list += (list.empty() ? "" : ", ") + rail.name;
      if (!rail.unmetered.empty()) list += " (" + rail.unmetered + ")";
      whole = whole || (rail.whole_machine && rail.unmetered.empty());
    }
  }
  const std::string found = (read.empty() ? "no rail can be read" : "reads " + read) +
                            (unread.empty() ? "" : "; not " + unread);
  if (whole) return checks.push_back(Good("meters", found));
  checks.push_back(
      {"meters", Health::kUnknown, found,
       "joules come from the contract's model, and no rung can be calibrated",
       "docs/meters.md says what each meter needs"});
}

void CheckTimers(std::vector<Check>& checks) {
  const int slack = ::prctl(PR_GET_TIMERSLACK);
  if (slack < 0) return;
  const std::string found = Print("%.3f ms", slack / 1e6);
  if (slack <= 1'000'000) return checks.push_back(Good("timer slack", found));
  checks.push_back(
      {"timer slack", Health::kBad, found,
       "each waking comes so much late, within the contract's wake time",
       "start torpord with the slack of a normal process (TimerSlackNSec=)"});
}

void CheckSuspend(const power::SysTree& sys, std::vector<Check>& checks) {
  const std::string states = " " + sys.Read("sys/power/state").value_or("") + " ";
  const bool mem = states.find(" mem ") != std::string::npos ||
                   states.find(" freeze ") != std::string::npos;
  checks.push_back(mem ? Good("suspend", "/sys/power/state offers" + states)
                       : Check{"suspend", Health::kBad,
                               "/sys/power/state offers neither mem nor freeze",
                               "the contract asks for it, and torpord refuses (453)",
                               "docs/suspend.md; or sign sleep.mode = \"idle\""});
  std::string clocks;
  for (const std::string& clock : sys.Match("sys/class/rtc/*")) {
    const bool wakes = sys.Read(clock + "/device/power/wakeup") == "enabled" &&
                       !sys.Read(clock + "/since_epoch").value_or("").empty();
    if (wakes)
      clocks += (clocks.empty() ? "" : ", ") + clock.substr(clock.rfind('/') + 1);
  }
  checks.push_back(
      clocks.empty() ? Check{"RTC", Health::kBad, "no clock may wake the machine",
                             "a suspended robot would never wake; torpord refuses (453)",
                             "echo enabled > /sys/class/rtc/rtc0/device/power/wakeup"}
                     : Good("RTC", clocks + " may wake the machine"));
}

}  // namespace

std::string_view Name(Health health) {
  switch (health) {
    case Health::kGood:
      return "good";
    case Health::kBad:
      return "bad";
    case Health::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::vector<Check> CheckMachine(const power::SysTree& sys,
                                std::optional<contract::SleepMode> sleep_mode) {
  std::vector<Check> checks;
  CheckGpus(power::ReadResidency(sys, {}), checks);
  CheckMeters(sys, checks);
  CheckTimers(checks);
  if (sleep_mode == contract::SleepMode::kSuspend) CheckSuspend(sys, checks);
  return checks;
}

}  // namespace torpor::cli
