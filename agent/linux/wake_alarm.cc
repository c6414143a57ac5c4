#include "agent/linux/wake_alarm.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>

namespace torpor::agent {
namespace {

constexpr std::string_view kClocks = "sys/class/rtc";
constexpr unsigned kCapWakeAlarm = 35;  // linux/capability.h

std::string Path(std::string_view clock, std::string_view name) {
  return std::string(kClocks) + "/" + std::string(clock) + "/" + std::string(name);
}

std::optional<std::int64_t> ToNumber(const std::optional<std::string>& text) {
  if (!text || text->empty()) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

// proc(5): a line "CapEff:", hexadecimal.
bool MayWakeTheMachine(const power::SysTree& tree) {
  constexpr std::string_view kField = "CapEff:";
  const std::string status = tree.Read("proc/self/status").value_or("");
  std::size_t at = status.find(kField);
  if (at == std::string::npos) return false;
  at = status.find_first_not_of(" \t", at + kField.size());
  if (at == std::string::npos) return false;
  std::uint64_t capabilities = 0;
  std::from_chars(status.data() + at, status.data() + status.size(), capabilities, 16);
  return (capabilities >> kCapWakeAlarm & 1) != 0;
}

// Anybody may forbid it at any time, and then the machine would not wake: what does not
// say that it may is taken not to.
bool WakesTheMachine(const KernelFiles& files, std::string_view clock) {
  return files.tree().Read(Path(clock, "device/power/wakeup")) == "enabled";
}

// Why this clock's alarm cannot be set, or cannot wake the machine.
std::optional<std::string> WhyNot(const KernelFiles& files, std::string_view clock) {
  if (!ToNumber(files.tree().Read(Path(clock, "since_epoch")))) {
    return "/" + Path(clock, "since_epoch") +
           " tells no time (set the clock: hwclock -w)";
  }
  if (!WakesTheMachine(files, clock)) {
    return "/" + Path(clock, "device/power/wakeup") +
           " is not enabled (write enabled to it)";
  }
  if (const int error = files.WhyNotWritable(Path(clock, "wakealarm")); error != 0) {
    return "/" + Path(clock, "wakealarm") + ": " + std::strerror(error);
  }
  return std::nullopt;
}

}  // namespace

std::variant<WakeAlarm, std::string> WakeAlarm::Find(const KernelFiles& files) {
  WakeAlarm alarm;
  std::string missing;
  for (const std::string& clock : files.tree().List(kClocks)) {
    const auto why = WhyNot(files, clock);
    if (!why) {
      alarm.clock_ = clock;
      alarm.uses_clock_ = true;
      break;
    }
    missing += (missing.empty() ? "" : ", ") + *why;
  }
  // The timer can be made without any clock behind it, and would never wake anybody: its
  // clock has it as a child.
  const auto timers = files.tree().Match("sys/class/rtc/*/alarmtimer.*");
  if (!timers.empty() && MayWakeTheMachine(files.tree())) {
    alarm.uses_timer_ = true;
    const std::string rest = timers[0].substr(kClocks.size() + 1);
    alarm.timer_clock_ = rest.substr(0, rest.find('/'));
    if (!alarm.uses_clock_) alarm.clock_ = alarm.timer_clock_;
  }
  if (alarm.uses_clock_ || alarm.uses_timer_) return alarm;
  if (missing.empty()) return "/" + std::string(kClocks) + " has no real-time clock";
  return timers.empty() ? missing : missing + ", and no CAP_WAKE_ALARM";
}

Microseconds WakeAlarm::shortest() const {
  return uses_clock_ ? power::kShortestSuspend : power::kShortestByTimer;
}

std::optional<std::string> WakeAlarm::Set(Machine& machine, Microseconds in) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(in);
  std::string why = "no timer of CLOCK_BOOTTIME_ALARM";
  if (uses_clock_) {
    const auto trouble = SetClock(machine, whole);
    if (!trouble) return std::nullopt;
    why = *trouble;
  }
  // The timer serves where the clock does not. Both at once would ring a second apart,
  // and the earlier would look like somebody else's. The kernel rounds its time up to a
  // second of the real-time clock.
  if (uses_timer_ && whole >= power::kShortestByTimer &&
      machine.SetAlarmTimer(machine.Now() + whole - power::kAlarmResolution)) {
    return std::nullopt;
  }
  Clear(machine);
  return why;
}

std::optional<std::string> WakeAlarm::SetClock(Machine& machine,
                                               std::chrono::seconds whole) {
  KernelFiles& files = machine.files();
  if (!WakesTheMachine(files, clock_))
    return clock_ + " may not wake the machine any more";
  const auto now = Seconds(files);
  if (!now) return clock_ + " tells no time";
  due_ = *now + whole.count();
  const std::string at = std::to_string(*due_);
  const std::string path = Path(clock_, "wakealarm");
  files.Write(path, "0");  // one that stands is not replaced otherwise
  const int error = files.Write(path, at);
  // An alarm in the past is taken without a word, and never comes.
  if (error == 0 && files.tree().Read(path) == at) return std::nullopt;
  files.Write(path, "0");
  due_.reset();
  return clock_ + " does not take the alarm" +
         (error != 0 ? std::string(": ") + std::strerror(error) : "");
}

bool WakeAlarm::IsToCome(const KernelFiles& files) const {
  const auto now = due_ ? Seconds(files) : std::nullopt;
  return now && *now < *due_;
}

void WakeAlarm::Clear(Machine& machine) {
  due_.reset();
  if (uses_timer_) machine.SetAlarmTimer(std::nullopt);
  if (uses_clock_) machine.files().Write(Path(clock_, "wakealarm"), "0");
}

std::optional<std::int64_t> WakeAlarm::Seconds(const KernelFiles& files) const {
  return ToNumber(files.tree().Read(Path(clock_, "since_epoch")));
}

bool WakeAlarm::Owns(const power::WakeSource& source, const KernelFiles& files) const {
  if (source.name.starts_with("alarmtimer")) return true;
  for (const std::string& clock : {clock_, timer_clock_}) {
    if (clock.empty()) continue;
    const auto own = files.tree().List(Path(clock, "device/wakeup"));
    if (std::ranges::find(own, source.id) != own.end()) return true;
  }
  return false;
}

}  // namespace torpor::agent
