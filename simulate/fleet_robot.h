// One robot of a simulated fleet, in virtual time. What decides is the code that a robot
// runs: the duty cycle's table, its deadlines, breaches, counters and page, the
// firmware's three slots, k of n and episodes. What it hears and how long its steps take
// is made up.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "cycle/breaches.h"
#include "cycle/duty_cycle.h"
#include "detect/alarm.h"
#include "simulate/fleet_script.h"
#include "simulate/random.h"
#include "simulate/sampling_firmware.h"
#include "telemetry/push.h"
#include "telemetry/tally.h"

namespace torpor::simulate {

// What all robots of a fleet have in common.
struct FleetScene {
  const contract::Terms& terms;      // outlives the scene
  std::span<const Scripted> script;  // likewise
  std::uint64_t seed = 1;
  std::string contract_id;       // as its pages have it
  bool tells_push_time = false;  // nobody adds the time of a page's arrival
  double step_scale = 1;         // a second of a clock step in the page's seconds
};

// What a robot has lived so far.
struct FleetLife {
  std::uint64_t cycles = 0, inferences = 0, alarms = 0, refusals = 0;
  std::array<std::uint64_t, 3> verdicts{};                // by telemetry::Verdict
  std::array<std::uint64_t, cycle::kClauses> breached{};  // cycles, by cycle::Clause
  std::array<std::uint64_t, cycle::kClauses> most_in_a_row{};
  std::uint64_t dropped = 0, stale = 0;
  Microseconds least_interval = Microseconds::max(), oldest_inferred{};
  std::uint64_t unlisted_steps = 0;  // that the duty cycle's table refused: none, ever
};

class FleetRobot {
 public:
  // `number` from 1 on. It has long been asleep; its firmware begins a window at
  // `begins`.
  FleetRobot(const FleetScene& scene, std::uint32_t number, Instant begins);

  // When it does something next: Act() then. Instant::max(): never again.
  [[nodiscard]] Instant next() const { return next_; }
  // Wakes, and lives up to its report; or reports: true, and Page() is to be pushed. It
  // does nothing more until Reported().
  [[nodiscard]] bool Act();
  // `wall_us` is Unix time as it is; the robot's clock may be set wrong.
  [[nodiscard]] std::string Page(std::int64_t wall_us);
  // The time that pushing may take.
  [[nodiscard]] Milliseconds push_deadline() const { return terms_->report; }
  // What has become of the page: the robot then sleeps.
  void Reported(const telemetry::PushResult& result);

  // Whether the script strikes it now with that.
  [[nodiscard]] const Scripted* Struck(Trouble what) const;
  // Tries of one push that are lost, by chance; the same for the same seed.
  [[nodiscard]] bool LosesATry(double share) { return random_.Uniform(0, 1) < share; }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const FleetLife& life() const { return life_; }
  // Of the last cycle that it lived.
  [[nodiscard]] const telemetry::CycleRecord& record() const { return record_; }
  [[nodiscard]] bool in_breach() const { return extras_.in_breach; }
  [[nodiscard]] Instant wakes_again() const { return waking_; }

 private:
  enum class Doing : std::uint8_t { kSleeping, kReporting, kPushing };

  void Boot(Instant now);
  void Wake();
  [[nodiscard]] bool Hindered();
  std::optional<Microseconds> Collect();
  void Take();
  void Infer();
  void Judge();
  void Finish();
  [[nodiscard]] telemetry::RailJoules Rail() const;
  void Post(cycle::Event event);
  // About as long as `usual`.
  [[nodiscard]] Microseconds About(Microseconds usual);
  [[nodiscard]] telemetry::MetricSet Metrics(std::int64_t wall_us) const;

  const contract::Terms* terms_;
  const FleetScene* scene_;
  std::vector<const Scripted*> script_;  // what of it is this robot's
  std::string name_;
  Microseconds phase_;  // of its wakings
  Random random_;
  SamplingFirmware firmware_;
  cycle::DutyCycle duty_;
  cycle::Breaches breaches_;
  detect::Alarm alarm_;
  telemetry::Tally tally_;
  FleetLife life_;

  Doing doing_ = Doing::kSleeping;
  Instant next_, now_;
  Instant waking_;  // the next one, once the cycle has asked for it
  bool first_ = false, down_ = false, refuses_ = false;
  std::optional<Instant> last_inference_;
  std::uint64_t newest_ = 0;  // batch that has arrived
  Microseconds step_{};       // of the clock, at the last waking
  Microseconds push_took_{};
  std::uint64_t link_errors_ = 0;
  std::vector<telemetry::Deviation> carried_;
  telemetry::CycleRecord record_;
  telemetry::CycleExtras extras_;
};

}  // namespace torpor::simulate
