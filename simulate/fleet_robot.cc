#include "simulate/fleet_robot.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/version.h"
#include "cycle/phase.h"

namespace torpor::simulate {
namespace {

using cycle::Event;
using std::chrono::microseconds;
using telemetry::Phase;
using telemetry::Verdict;

constexpr std::uint64_t kLifeDraws = 0x6c69'6665;  // what the numbers are for

// How long the steps of a robot take that is well, with its network on the processor:
// docs/measurements.md has times of a workstation; a robot's computer is slower.
constexpr Microseconds kWake = microseconds(4'000), kInfer = microseconds(60'000),
                       kRelease = microseconds(500), kJudge = microseconds(15'000),
                       kAskInVain = microseconds(20'000);
constexpr std::uint32_t kWakeupsAwake = 150, kWakeupsAsleep = 3;
constexpr const char* kRail = "VDD_IN";
constexpr double kHealthy = 0.45, kFailing = 1.6, kScatter = 0.08, kMostHealthy = 0.95;

Phase PhaseOf(cycle::State state) {
  constexpr std::array<Phase, cycle::kStates> kPhaseOf = {
      Phase::kSleep, Phase::kCollect, Phase::kInfer, Phase::kRelease,
      Phase::kJudge, Phase::kJudge,   Phase::kReport};
  return kPhaseOf[static_cast<std::size_t>(state)];
}

}  // namespace

FleetRobot::FleetRobot(const FleetScene& scene, std::uint32_t number, Instant begins)
    : terms_(&scene.terms),
      scene_(&scene),
      name_(FleetRobotName(number)),
      phase_(cycle::PhaseOf(scene.terms, name_)),
      random_{scene.seed, number, kLifeDraws},
      firmware_(scene.terms, begins),
      duty_(scene.terms, begins),
      alarm_(scene.terms.alarm_k, scene.terms.alarm_n),
      // A robot in the middle of its life: it wakes by its shift when its window is
      // ready.
      next_(begins + scene.terms.sample + scene.terms.mcu_guard + phase_),
      now_(next_),
      waking_(next_) {
  for (const Scripted& line : scene.script) {
    if (std::ranges::binary_search(line.whom, number)) script_.push_back(&line);
  }
}

const Scripted* FleetRobot::Struck(Trouble what) const {
  for (const Scripted* line : script_) {
    if (line->what == what && line->from <= now_ && now_ < line->to) return line;
  }
  return nullptr;
}

Microseconds FleetRobot::About(Microseconds usual) {
  const double factor = random_.Uniform(0.8, 1.3);
  return Microseconds(
      static_cast<std::int64_t>(factor * static_cast<double>(usual.count())));
}

void FleetRobot::Post(Event event) {
  if (!duty_.Post(event, now_)) ++life_.unlisted_steps;
}

bool FleetRobot::Act() {
  now_ = std::max(now_, next_);
  if (doing_ == Doing::kReporting) {
    doing_ = Doing::kPushing;
    return true;
  }
  Wake();
  return false;
}

// A program that begins anew: what the journal keeps is kept, what memory holds is not.
void FleetRobot::Boot(Instant now) {
  duty_ = cycle::DutyCycle(*terms_, now);
  breaches_ = {};
  carried_.clear();
  first_ = true;
}

// Off, or down because it refuses: until the script lets it boot.
bool FleetRobot::Hindered() {
  if (const Scripted* silent = Struck(Trouble::kSilent)) {
    down_ = true;
    next_ = silent->to;
    return true;
  }
  if (const Scripted* other = Struck(Trouble::kWrongContract)) {
    if (std::exchange(refuses_, true)) {
      next_ = other->to;
    } else {
      ++life_.refusals;
      down_ = true;
      doing_ = Doing::kReporting;
      next_ = now_;
    }
    return true;
  }
  refuses_ = false;
  if (std::exchange(down_, false)) Boot(now_);
  return false;
}

void FleetRobot::Wake() {
  if (Hindered()) return;
  const Instant scheduled = next_;
  now_ = scheduled + About(kWake);
  duty_.Wake(now_, scheduled);
  record_ = {};
  extras_ = {};
  record_.deviations = std::exchange(carried_, {});
  record_.cycle = ++life_.cycles;
  record_.woke = now_;
  record_.why_abstained = Status::kNothingNew;

  const Scripted* step = Struck(Trouble::kClockStep);
  const Microseconds wrong = step != nullptr ? step->step : Microseconds{0};
  if (std::exchange(step_, wrong) != wrong) {
    record_.deviations.push_back({Status::kClockStepped, {}});
  }
  const auto ready_in = Collect();
  const bool first = std::exchange(first_, false);
  const Milliseconds rest = first ? Milliseconds{0} : terms_->computer_sleep;
  const Microseconds shift = ready_in || first ? phase_ : Microseconds{0};
  waking_ = cycle::NextWaking(*terms_, duty_.woke(), now_, ready_in, rest, shift);
  if (record_.inferred) Infer();
  Judge();
}

// The newest batch, and when the next one is ready, unless the link is down.
std::optional<Microseconds> FleetRobot::Collect() {
  const Instant give_up = duty_.step_deadline();
  if (Struck(Trouble::kLinkDown) != nullptr) {
    now_ = give_up;
    ++link_errors_;
    record_.why_abstained = Status::kLinkDown;
    record_.deviations.push_back({Status::kLinkDown, {}});
    Post(Event::kNothingNew);
    return std::nullopt;
  }
  firmware_.Until(now_);
  signal::BatchSlots& slots = firmware_.slots();
  if (!slots.PinNewest(newest_)) {
    now_ += About(kAskInVain);
  } else if (now_ + firmware_.wire_time() > give_up) {
    slots.Unpin();
    now_ = give_up;
  } else {
    now_ += firmware_.wire_time();
    Take();
  }
  Post(record_.inferred ? Event::kBatch : Event::kNothingNew);
  return firmware_.ready_in(now_);
}

// A batch has arrived: it is inferred, or it is too old or too soon.
void FleetRobot::Take() {
  const signal::BatchSlots::Pinned pinned = firmware_.slots().pinned();
  newest_ = pinned.info.sequence;
  extras_.batch_offered = true;
  record_.batch_sequence = newest_;
  record_.batch_age = now_ - pinned.info.capture_end;
  record_.dropped_overrun = pinned.dropped;
  firmware_.slots().Delivered();
  firmware_.Until(now_);
  if (last_inference_) record_.since_last_inference = now_ - *last_inference_;
  if (record_.batch_age > terms_->max_batch_age) {
    record_.dropped_stale = 1;
    record_.why_abstained = Status::kBatchStale;
    record_.deviations.push_back({Status::kBatchStale, {}});
  } else if (!cycle::MayInfer(*terms_, last_inference_, now_)) {
    ++record_.dropped_overrun;
    record_.why_abstained = Status::kIntervalTooShort;
    record_.deviations.push_back({Status::kIntervalTooShort, {}});
  } else {
    record_.inferred = true;
    record_.why_abstained = Status::kOk;
  }
}

void FleetRobot::Infer() {
  last_inference_ = now_;
  ++life_.inferences;
  if (record_.since_last_inference.count() > 0) {
    life_.least_interval = std::min(life_.least_interval, record_.since_last_inference);
  }
  life_.oldest_inferred = std::max(life_.oldest_inferred, record_.batch_age);
  extras_.inference_time = About(kInfer);
  now_ += extras_.inference_time;
  Post(Event::kScore);
  now_ += About(kRelease);
  Post(Event::kReleased);
  const bool failing = Struck(Trouble::kFailingBearing) != nullptr;
  const double score = (failing ? kFailing : kHealthy) + kScatter * random_.Normal();
  record_.score = failing ? score : std::clamp(score, 0.0, kMostHealthy);
  const detect::Alarm::Step heard = alarm_.Add(record_.score);
  record_.verdict = heard.anomaly ? Verdict::kAnomaly : Verdict::kNormal;
  record_.alarm = heard.begins;
  life_.alarms += heard.begins ? 1 : 0;
}

void FleetRobot::Judge() {
  now_ += About(kJudge);
  // Held up until there is no time left to sleep.
  if (Struck(Trouble::kNeverSleeps) != nullptr) {
    now_ = std::max(now_, waking_ - terms_->report);
  }
  Post(Event::kVerdict);
  Finish();
  Post(Event::kJournalled);
  doing_ = Doing::kReporting;
  next_ = now_;
}

// What a meter at the computer's input would count, if it drew what its contract expects.
telemetry::RailJoules FleetRobot::Rail() const {
  telemetry::RailJoules rail;
  rail.rail = kRail;
  rail.how = Metered::kCounted;
  const contract::PowerModel& draws = terms_->power;
  for (std::size_t i = 0; i < telemetry::kPhases; ++i) {
    const auto phase = static_cast<Phase>(i);
    const Microwatts power = phase == Phase::kSleep    ? draws.computer_sleep
                             : phase == Phase::kInfer  ? draws.computer_infer
                             : phase == Phase::kReport ? draws.computer_report
                                                       : draws.computer_awake;
    rail.phases[i] = Microjoules{power.value * record_.phases[i].count() / 1'000'000};
  }
  return rail;
}

void FleetRobot::Finish() {
  const cycle::Account account = duty_.TakeAccount(now_);
  for (std::size_t i = 0; i < account.times.size(); ++i) {
    const auto phase = PhaseOf(static_cast<cycle::State>(i));
    record_.phases[static_cast<std::size_t>(phase)] += account.times[i];
  }
  for (std::size_t i = 0; i < account.overrun_count; ++i) {
    record_.deviations.push_back({account.overruns[i].what, {}});
  }
  cycle::Measured measured;
  measured.times = account.times;
  measured.inferred = record_.inferred;
  measured.batch_stale = record_.dropped_stale > 0;
  measured.batch_age = record_.batch_age;
  measured.wakeups_asleep = Struck(Trouble::kWoken) != nullptr ? kWakeupsAsleep : 0;
  measured.wakeups_awake = kWakeupsAwake;
  measured.energy = cycle::ModelledEnergy(*terms_, account.times, true);
  measured.residency = contract::Residency::kChildExited;
  if (record_.inferred && record_.since_last_inference.count() > 0) {
    measured.since_last_inference = record_.since_last_inference;
  }
  record_.slept = 1;
  if (Struck(Trouble::kHotGpu) != nullptr) {
    measured.residency = contract::Residency::kContextKept;
    record_.slept = 0;
    record_.deviations.push_back({Status::kGpuChannelOpen, {}});
  }
  record_.wakeups_asleep = *measured.wakeups_asleep;
  record_.wakeups_awake = kWakeupsAwake;
  if (record_.wakeups_asleep > 0) {
    record_.deviations.push_back({Status::kTooManyWakeups, {}});
  }
  record_.energy = measured.energy;
  record_.rails.push_back(Rail());
  if (record_.energy > terms_->cycle_budget) {
    record_.deviations.push_back({Status::kCycleOverBudget, {}});
  }
  extras_.in_breach = cycle::InBreach(breaches_.Judge(*terms_, measured));
  extras_.link_errors = link_errors_;
  tally_.Add(record_, extras_);

  ++life_.verdicts[static_cast<std::size_t>(record_.verdict)];
  life_.dropped += record_.dropped_overrun;
  life_.stale += record_.dropped_stale;
  for (std::size_t i = 0; i < cycle::kClauses; ++i) {
    const std::uint64_t in_a_row = breaches_.consecutive(static_cast<cycle::Clause>(i));
    life_.breached[i] += in_a_row > 0 ? 1 : 0;
    life_.most_in_a_row[i] = std::max(life_.most_in_a_row[i], in_a_row);
  }
}

telemetry::MetricSet FleetRobot::Metrics(std::int64_t wall_us) const {
  telemetry::MetricSet metrics;
  if (!refuses_) metrics = tally_.Metrics();
  metrics.version = std::string(kVersion);
  metrics.contract_id = scene_->contract_id;
  const double step = static_cast<double>(step_.count()) * scene_->step_scale;
  metrics.robot_time_us = wall_us + static_cast<std::int64_t>(step);
  if (refuses_) {
    metrics.refused = Status::kContractDiffers;
    return metrics;
  }
  metrics.contract_version = std::to_string(terms_->version.epoch) + "." +
                             std::to_string(terms_->version.number);
  metrics.model_digest = "none";
  metrics.contract_agreed = true;
  metrics.contract_remaining = 90 * 86'400;
  metrics.commissioning = 1;
  metrics.push_interval = waking_ - now_ + terms_->awake();
  metrics.contract_duty_cycle = static_cast<double>(terms_->awake().count()) /
                                static_cast<double>(terms_->period.count());
  for (std::size_t i = 0; i < cycle::kClauses; ++i) {
    metrics.breach_cycles[i] = breaches_.consecutive(static_cast<cycle::Clause>(i));
  }
  metrics.power_budget = {terms_->cycle_budget.value * 1000 / terms_->period.count()};
  metrics.push_duration = push_took_;
  return metrics;
}

std::string FleetRobot::Page(std::int64_t wall_us) {
  if (Struck(Trouble::kGarbage) != nullptr)
    return std::string("\x00\xff\xfe{torpor}\n", 12);
  const telemetry::MetricSet metrics = Metrics(wall_us);
  std::string page = telemetry::MetricPage(metrics);
  if (scene_->tells_push_time) page += telemetry::PushTime(metrics);
  if (Struck(Trouble::kWrongType) != nullptr) {
    constexpr std::string_view kRight = "# TYPE torpor_cycles_total counter";
    const auto at = page.find(kRight);
    if (at != std::string::npos) {
      page.replace(at, kRight.size(), "# TYPE torpor_cycles_total gauge");
    }
  }
  return page;
}

void FleetRobot::Reported(const telemetry::PushResult& result) {
  doing_ = Doing::kSleeping;
  now_ += result.took;
  push_took_ = result.took;
  if (refuses_) return;  // Hindered() says until when
  if (result.status != Status::kOk) {
    tally_.PushFailed(result.status);
    carried_.push_back({result.status, {}});
  }
  Post(result.status == Status::kGatewayTimeout ? Event::kDeadline : Event::kReported);
  next_ = std::max(waking_, now_);
}

}  // namespace torpor::simulate
