#include "agent/linux/suspend.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "power/suspend_bounds.h"
#include "power/wake_sources.h"
#include "power/words.h"

namespace torpor::agent {
namespace {

constexpr std::string_view kState = "sys/power/state";
constexpr std::string_view kWakeupCount = "sys/power/wakeup_count";
constexpr std::string_view kStats = "sys/power/suspend_stats/";

// Every clock that is compared here may be a second off.
constexpr Microseconds kClockSlack = 2 * power::kAlarmResolution;

std::optional<std::int64_t> Count(const power::SysTree& tree, std::string_view name) {
  const auto text = tree.Read(std::string(kStats) + std::string(name));
  if (!text) return std::nullopt;
  std::int64_t count = 0;
  std::from_chars(text->data(), text->data() + text->size(), count);
  return count;
}

// "mem" before "freeze": of the two the deeper. Empty when there is neither.
std::string StateToWrite(const power::SysTree& tree) {
  const std::string offered = " " + tree.Read(kState).value_or("") + " ";
  for (const char* state : {"mem", "freeze"}) {
    if (offered.find(" " + std::string(state) + " ") != std::string::npos) return state;
  }
  return {};
}

// What one knows at an instant that tells whether the machine slept since another one.
struct Evidence {
  Instant now{};
  Microseconds running{};
  std::optional<std::int64_t> clock;  // of the alarm, in seconds
  std::optional<std::int64_t> successes, failures;
};

Evidence Look(Machine& machine, const WakeAlarm& alarm) {
  const power::SysTree& tree = machine.files().tree();
  return {machine.Now(), machine.Running(), alarm.Seconds(machine.files()),
          Count(tree, "success"), Count(tree, "fail")};
}

struct Slept {
  Microseconds passed{};     // by the boot clock
  Microseconds suspended{};  // as far as it shows
  std::optional<std::int64_t> successes, failures, clock_seconds;
};

Slept Between(const Evidence& before, const Evidence& after) {
  const auto minus = [](const auto& a, const auto& b) {
    return a && b ? std::optional(*a - *b) : std::nullopt;
  };
  Slept slept;
  slept.passed = after.now - before.now;
  slept.suspended = slept.passed - (after.running - before.running);
  slept.successes = minus(after.successes, before.successes);
  slept.failures = minus(after.failures, before.failures);
  slept.clock_seconds = minus(after.clock, before.clock);
  return slept;
}

// Clocks and counters must agree. A sleep too short for clocks is left to the counters.
bool IsProved(const Slept& slept, bool clock_runs) {
  if (slept.successes && *slept.successes < 1) return false;
  // A boot clock that stood still would have us sleep this long again.
  if (slept.clock_seconds &&
      std::chrono::seconds(*slept.clock_seconds) > slept.passed + kClockSlack)
    return false;
  if (slept.successes && (clock_runs || slept.passed < kClockSlack)) return true;
  return slept.suspended.count() > 0 && 2 * slept.suspended >= slept.passed;
}

std::string Numbers(const Slept& slept) {
  std::string text = Print("%.1f s passed, %.1f s of them suspended",
                           Seconds(slept.passed), Seconds(slept.suspended));
  const auto add = [&text](const char* name, const std::optional<std::int64_t>& count) {
    if (count) text += Print(", %s %+lld", name, static_cast<long long>(*count));
  };
  add("success", slept.successes);
  add("fail", slept.failures);
  add("clock", slept.clock_seconds);
  return text;
}

// Whom the kernel names when a suspend has failed; empty when nobody.
std::string FailedDevice(const power::SysTree& tree) {
  const auto last = [&tree](const char* name) {
    return tree.Read(std::string(kStats) + name).value_or("");
  };
  const std::string device = last("last_failed_dev");
  const std::string step = last("last_failed_step");
  if (device.empty() && step.empty()) return {};
  return " (" + (device.empty() ? std::string("no device") : device) +
         (step.empty() ? "" : " at " + step) + ")";
}

}  // namespace

std::optional<Refusal> RefuseSleepMode(const contract::Terms& terms,
                                       const KernelFiles& files) {
  if (terms.sleep_mode != contract::SleepMode::kSuspend) return std::nullopt;
  std::string missing;
  const auto lacks = [&missing](const std::string& what) {
    missing += (missing.empty() ? "" : "; ") + what;
  };
  if (StateToWrite(files.tree()).empty()) {
    lacks("/" + std::string(kState) + " offers neither mem nor freeze");
  }
  for (const std::string_view path : {kState, kWakeupCount}) {
    if (const int error = files.WhyNotWritable(path); error != 0) {
      lacks("/" + std::string(path) + ": " + std::strerror(error));
    }
  }
  const auto alarm = WakeAlarm::Find(files);
  if (const auto* what = std::get_if<std::string>(&alarm)) lacks(*what);
  if (missing.empty()) return std::nullopt;
  return Because(Status::kSuspendUnavailable, "sleep_mode suspend: " + missing);
}

std::variant<Suspend, std::string> Suspend::Prepare(Machine& machine,
                                                    Microseconds resume) {
  auto alarm = WakeAlarm::Find(machine.files());
  if (auto* const missing = std::get_if<std::string>(&alarm)) return *missing;
  const power::SysTree& tree = machine.files().tree();
  std::string state = StateToWrite(tree);
  const bool to_idle =
      state == "freeze" ||
      tree.Read("sys/power/mem_sleep").value_or("").find("[s2idle]") != std::string::npos;
  return Suspend(machine, std::get<WakeAlarm>(std::move(alarm)), std::move(state),
                 to_idle, resume);
}

World::Sleep Suspend::SleepUntil(Instant deadline) {
  Course course;
  Microseconds rest = resume_;
  for (bool again = true; again;) {
    if (!Idle(machine_->Now(), course)) return Tell(course);
    switch (Once(deadline, rest, course)) {
      case Outcome::kInTime:
      case Outcome::kTooShort:
      case Outcome::kUnproved:
        again = false;
        break;
      case Outcome::kEarly:
        again = course.early < kMaxEarlyWakings;
        break;
      case Outcome::kHindered:
        again = course.tries < kMaxTries;
        if (again && !Idle(std::min(deadline, machine_->Now() + rest), course))
          return Tell(course);
        rest *= 2;
        break;
    }
  }
  Idle(deadline, course);
  return Tell(course);
}

Suspend::Outcome Suspend::Once(Instant deadline, Microseconds patience, Course& course) {
  const Microseconds in = deadline - machine_->Now() - resume_ - patience;
  if (in < alarm_.shortest()) return Outcome::kTooShort;
  KernelFiles& files = machine_->files();
  // From here on a wake-up that comes in between is not slept through: the kernel then
  // refuses one of the two writes. It answers only when nobody keeps the machine awake.
  const auto count = files.ReadPatiently(kWakeupCount, patience);
  if (!count || count->empty()) return Hindered(WhoKeepsItAwake(), course);

  const Microseconds left = deadline - machine_->Now() - resume_;
  if (left < alarm_.shortest()) return Outcome::kTooShort;
  if (const auto why = alarm_.Set(*machine_, left)) return Hindered(*why, course);
  const auto sources = power::ReadWakeSources(files.tree());
  if (const int error = files.Write(kWakeupCount, *count); error != 0) {
    alarm_.Clear(*machine_);
    return Hindered(Print("a wake-up came in between: %s", std::strerror(error)), course);
  }
  const Evidence before = Look(*machine_, alarm_);
  const int error = files.Write(kState, state_);
  const Evidence after = Look(*machine_, alarm_);
  const bool to_come = alarm_.IsToCome(files);
  alarm_.Clear(*machine_);
  const Slept slept = Between(before, after);
  course.sleep.maybe_suspended = course.sleep.maybe_suspended || error == 0;
  if (error != 0) {
    ++course.refusals;
    const bool failed = slept.failures.value_or(0) > 0;
    return Hindered(
        Print("%s after %.1f s", std::strerror(error), Seconds(slept.passed)) +
            (failed ? FailedDevice(files.tree()) : ""),
        course);
  }
  if (!IsProved(slept, clock_runs_)) {
    const bool failed = slept.failures.value_or(0) > 0;
    course.unproved = Numbers(slept) + (failed ? FailedDevice(files.tree()) : "");
    return Outcome::kUnproved;
  }
  course.sleep.suspended += clock_runs_ ? slept.passed : slept.suspended;
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  if (!to_come && slept.passed >= whole - kClockSlack) return Outcome::kInTime;
  ++course.early;
  course.earliest = std::max(course.earliest, whole - slept.passed);
  NameWaker(sources, course);
  return Outcome::kEarly;
}

Suspend::Outcome Suspend::Hindered(std::string by_whom, Course& course) {
  ++course.tries;
  course.refused = std::move(by_whom);
  return Outcome::kHindered;
}

void Suspend::NameWaker(const std::vector<power::WakeSource>& before, Course& course) {
  const KernelFiles& files = machine_->files();
  auto woken = power::WokenBetween(before, power::ReadWakeSources(files.tree()));
  const bool ours = std::erase_if(woken, [&](const power::WakeSource& source) {
                      return alarm_.Owns(source, files);
                    }) > 0;
  std::string name;
  for (const power::WakeSource& source : woken) {
    name += (name.empty() ? "" : " or ") + source.name;
  }
  if (name.empty() && ours) name = "an alarm of another program";
  if (name.empty()) name = power::WakingInterrupt(files.tree()).value_or("");
  if (name.empty()) {
    ++course.sleep.woken_by_unknown;
    name = "unknown";
  } else {
    ++course.sleep.woken_by_others;
  }
  ++course.wakers[name];
}

std::string Suspend::WhoKeepsItAwake() const {
  std::string names;
  for (const auto& source : power::ReadWakeSources(machine_->files().tree())) {
    if (source.active) names += (names.empty() ? "" : ", ") + source.name;
  }
  return names.empty() ? "wake-up events are under way" : "kept awake by " + names;
}

bool Suspend::Idle(Instant deadline, Course& course) {
  const World::Sleep idle = machine_->Idle(deadline);
  course.sleep.woke = idle.woke;
  course.counted = course.counted && idle.wakeups.has_value();
  course.sleep.wakeups =
      course.counted
          ? std::optional(course.sleep.wakeups.value_or(0) + idle.wakeups.value_or(0))
          : std::nullopt;
  if (!idle.scheduled.empty()) course.sleep.scheduled = idle.scheduled;
  return idle.woke != Woke::kStop;
}

World::Sleep Suspend::Tell(Course& course) const {
  auto& deviations = course.sleep.deviations;
  const bool gave_up = course.tries >= kMaxTries;
  // Tries that were hindered before the kernel was asked are told only when they were
  // the last: somebody's wake-up at that moment is nobody's fault.
  if (course.refusals > 0 || gave_up) {
    deviations.push_back(
        {Status::kSuspendRefused, Print("%d of %d tries%s: ", course.tries, kMaxTries,
                                        gave_up ? ", idle then" : "") +
                                      course.refused});
  }
  if (!course.unproved.empty()) {
    deviations.push_back({Status::kDidNotSuspend, course.unproved});
  }
  if (course.early > 0) {
    std::string detail = Print("%d times, up to %.1f s too early:", course.early,
                               Seconds(course.earliest));
    for (const auto& [name, times] : course.wakers) {
      detail += Print(" %s (%d)", name.c_str(), times);
    }
    if (course.early >= kMaxEarlyWakings) detail += ", idle then";
    deviations.push_back({Status::kWokeEarly, std::move(detail)});
  }
  return std::move(course.sleep);
}

}  // namespace torpor::agent
