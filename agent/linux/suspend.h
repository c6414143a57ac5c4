// Sleep mode "suspend": the whole machine is suspended until shortly before the deadline
// and proves afterwards that it was. Whatever stands in the way, the robot sleeps all
// the same, with the machine up (Machine::Idle), and the record says why.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "agent/linux/machine.h"
#include "agent/linux/wake_alarm.h"
#include "agent/refusal.h"
#include "contract/terms.h"
#include "core/time.h"

namespace torpor::agent {

// Why this machine cannot do what the contract's sleep mode asks, all that is missing at
// once: kSuspendUnavailable. Reads a few files and writes none.
std::optional<Refusal> RefuseSleepMode(const contract::Terms& terms,
                                       const KernelFiles& files);

class Suspend {
 public:
  // Bounds of one sleep, so that no trouble costs more than idling would. They are no
  // terms: no contract can want them otherwise, since what lies beyond is idle sleep.
  static constexpr int kMaxTries = 3;  // that were refused or came to nothing
  static constexpr int kMaxEarlyWakings = 10;

  // `resume` is what a resume may take, the contract's wake time: the alarm is set so
  // much before the deadline, and rests grow from it. The machine outlives this.
  // In words what is missing, as RefuseSleepMode tells it.
  static std::variant<Suspend, std::string> Prepare(Machine& machine,
                                                    Microseconds resume);

  // Sleeps until `deadline` or a request to stop; one that comes while the machine is
  // suspended is seen at its next waking. Its deviations:
  //   kSuspendRefused  the kernel or a driver did not suspend: after so many tries idle
  //   kDidNotSuspend   it said that it had, and clocks or counters say otherwise: idle
  //   kWokeEarly       somebody else woke it; it went back to sleep
  World::Sleep SleepUntil(Instant deadline);

 private:
  // What one sleep has come to so far.
  struct Course {
    World::Sleep sleep;
    bool counted = true;  // every part of it could be counted
    int tries = 0, refusals = 0;
    std::string refused;  // the last time: by whom
    int early = 0;
    Microseconds earliest{};  // the most that was left when it woke
    std::map<std::string, int> wakers;
    std::string unproved;
  };
  enum class Outcome : std::uint8_t {
    kInTime,
    kTooShort,  // what is left is not worth it
    kEarly,
    kHindered,  // not suspended; another try may do better
    kUnproved,
  };

  Suspend(Machine& machine, WakeAlarm alarm, std::string state, bool clock_runs,
          Microseconds resume)
      : machine_(&machine),
        alarm_(std::move(alarm)),
        state_(std::move(state)),
        clock_runs_(clock_runs),
        resume_(resume) {}

  Outcome Once(Instant deadline, Microseconds patience, Course& course);
  Outcome Hindered(std::string by_whom, Course& course);
  void NameWaker(const std::vector<power::WakeSource>& before, Course& course);
  [[nodiscard]] std::string WhoKeepsItAwake() const;
  // Sleeps with the machine up; false when somebody asked to stop.
  bool Idle(Instant deadline, Course& course);
  World::Sleep Tell(Course& course) const;

  Machine* machine_;
  WakeAlarm alarm_;
  std::string state_;  // what is written to sys/power/state
  bool clock_runs_;    // suspend-to-idle: CLOCK_MONOTONIC may go on
  Microseconds resume_;
};

}  // namespace torpor::agent
