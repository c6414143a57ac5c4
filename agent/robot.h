// One robot's life under its contract: sleep, wake, collect, infer once, release, judge,
// journal, report, sleep. cycle/ decides what follows what; this does it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/accelerator/child_network.h"
#include "agent/breach_alarms.h"
#include "agent/collector.h"
#include "agent/cycle_trace.h"
#include "agent/known_time.h"
#include "agent/metering.h"
#include "agent/residency_watch.h"
#include "agent/sink.h"
#include "agent/world.h"
#include "contract/verify.h"
#include "cycle/breaches.h"
#include "cycle/duty_cycle.h"
#include "detect/detector.h"
#include "detect/explanation.h"
#include "model/engine.h"
#include "power/lease.h"
#include "power/wake_lock.h"
#include "telemetry/alarm_delivery.h"
#include "telemetry/journal.h"
#include "telemetry/push.h"
#include "telemetry/tally.h"

namespace torpor::agent {

// What the cycle works with; all of it outlives the Robot.
struct RobotParts {
  World& world;
  const contract::VerifiedTerms& contract;
  Collector& collector;
  model::Engine& engine;
  detect::Detector& detector;
  telemetry::Journal& journal;
  power::LeaseBook& leases;  // of everybody in this process; revoked before sleep
  KnownTime& time;
  Metering* metering = nullptr;         // none: every joule is the contract's model
  ResidencyWatch* residency = nullptr;  // none: nobody looks at the machine's rest
  ChildNetwork* accelerator = nullptr;  // the engine's, where its network runs elsewhere
  telemetry::AlarmDelivery* alarms = nullptr;  // none: alarms stay in the journal
  CycleTrace* trace = nullptr;                 // none: nobody keeps one
};

struct RobotSettings {
  std::string robot_id;
  std::string model_digest;
  SinkOptions sink;
  Microseconds phase{};  // of this robot's wakings (cycle/phase.h)
  std::string boot_id;   // of the machine: a boot clock means nothing after another boot
  std::uint64_t cycles = 0;  // end after so many; 0: never
  bool end_when_link_down = false;
  std::optional<detect::BearingGeometry> bearing;   // of the machine, if it is known
  std::vector<telemetry::Deviation> found_at_boot;  // deviations of the first cycle
  // Once in scrub_cycles: sets the accelerator's rung anew, and says why it is cold now.
  std::function<std::optional<telemetry::Deviation>()> rung_again;
  // Where the kernel takes wake locks; empty: nobody suspends this machine.
  std::filesystem::path wake_locks;
  bool cpu_boost = false;  // the full clock while the network runs
  std::function<void(const telemetry::CycleRecord&)> on_cycle;
  std::function<void()> on_judged;  // a batch was inferred, its verdict journalled
  // The firmware may still come to obey a newer contract than one that has expired.
  std::function<bool()> newer_at_hand;
  std::function<void(std::uint64_t)> remember_time;  // Unix seconds; once in a while
};

struct Ending {
  enum class Kind : std::uint8_t {
    kStopped,
    kCyclesDone,
    kRefused,
    kLinkDown,
    kOther,
    kTermsChanged,  // in memory, since they were verified
    kNotValid,      // `why`: the dates of the contract do not allow it, or no more
  };
  Kind kind = Kind::kStopped;
  link::Refusal refusal{};
  Digest go_on_under{};   // kOther
  bool on_trial = false;  // kOther: the firmware tries that one
  Status why = Status::kOk;
  std::uint64_t cycles = 0;  // that were run
};

class Robot {
 public:
  Robot(const RobotParts& parts, RobotSettings settings);

  // Runs cycles until somebody stops it, the firmware disagrees or enough were run.
  Ending Run();

 private:
  // Nobody else may suspend the machine in the middle of a cycle.
  [[nodiscard]] std::optional<power::WakeLock> StayAwake();
  // Nothing when the robot goes on.
  std::optional<Ending> RunCycle(Instant scheduled, const World::Sleep& slept);
  // False when nothing may be inferred; the record then says why.
  bool TakeBatch(const Collected& collected);
  void Infer();
  void Release(Instant deadline);
  // Of a cycle that the dates did not allow: whether the next one is to be tried.
  [[nodiscard]] bool MayComeToANewer();
  void Judge();
  void Journal();
  cycle::Event Report();  // what has come of it
  void SendAlarms();
  // Of the step that reports, for what has to be over by its end.
  [[nodiscard]] Milliseconds LeftToReport();
  void RevokeLeases();
  // What the accelerator itself has counted, as a rail that is unmetered but there.
  void AddDeviceRail();
  void CountDeviations(Instant scheduled, const cycle::Account& account,
                       const World::Sleep& slept);
  void Deviate(Status what, std::string detail = {});
  [[nodiscard]] World::Sleep Sleep(Instant until);
  void Post(cycle::Event event);
  [[nodiscard]] Instant Now() { return parts_.world.Now(); }
  [[nodiscard]] const contract::Terms& terms() const { return parts_.contract.terms(); }
  [[nodiscard]] telemetry::MetricSet Metrics();

  RobotParts parts_;
  RobotSettings settings_;
  cycle::DutyCycle duty_;
  cycle::Breaches breaches_;
  BreachAlarms breach_alarms_;
  telemetry::Tally tally_;
  std::uint64_t cycle_ = 0;
  std::optional<Instant> last_inference_;
  std::optional<std::int64_t>
      wall_offset_us_;  // wall minus boot clock, at the last waking

  bool agreed_before_ = false;
  bool told_of_no_lock_ = false;
  bool shifted_ = false;  // the waking to come, by the phase
  std::uint32_t cycles_past_end_ = 0;

  // Found after the commit: the next record, which begins there, tells of it.
  std::vector<telemetry::Deviation> carried_;

  // Of the cycle under way.
  contract::TimeKnowledge time_;  // at its waking
  Status dates_ = Status::kOk;    // whether they allow it
  telemetry::CycleRecord record_;
  telemetry::CycleExtras extras_;
  model::Output output_;
  detect::Explanation explanation_;  // of the alarm, if this cycle raises one
  std::vector<cycle::Opened> breaches_begun_;
  std::uint32_t speed_millirpm_ = signal::kSpeedUnknown;  // of the batch in hand
  Status nothing_to_judge_ = Status::kOk;                 // why there is no output
  std::optional<Microseconds> ready_in_;
  Instant next_waking_{};
  Microseconds push_took_{};
};

}  // namespace torpor::agent
