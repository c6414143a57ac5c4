#include "agent/robot.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "agent/alarm_body.h"
#include "contract/digest.h"
#include "core/status_table.h"
#include "power/cpu_boost.h"
#include "power/words.h"

namespace torpor::agent {
namespace {

using cycle::Event;
using cycle::State;
using telemetry::Phase;
using telemetry::Verdict;

// detect/ may not look at telemetry/, so each has its own enum; they name the same three.
static_assert(static_cast<int>(detect::Verdict::kNormal) ==
              static_cast<int>(Verdict::kNormal));
static_assert(static_cast<int>(detect::Verdict::kAnomaly) ==
              static_cast<int>(Verdict::kAnomaly));
static_assert(static_cast<int>(detect::Verdict::kAbstain) ==
              static_cast<int>(Verdict::kAbstain));

constexpr const char* kDetectorState = "detector";
constexpr const char* kLastInference = "last-inference";

// The record's phases: judging and journalling are one, and waking is the delay before
// collecting.
Phase PhaseOf(State state) {
  switch (state) {
    case State::kAsleep:
      return Phase::kSleep;
    case State::kCollecting:
      return Phase::kCollect;
    case State::kInferring:
      return Phase::kInfer;
    case State::kReleasing:
      return Phase::kRelease;
    case State::kJudging:
    case State::kJournalling:
      return Phase::kJudge;
    case State::kReporting:
      return Phase::kReport;
  }
  return Phase::kSleep;
}

std::array<Microseconds, telemetry::kPhases> Phases(const cycle::StateTimes& times) {
  std::array<Microseconds, telemetry::kPhases> phases{};
  for (std::size_t i = 0; i < times.size(); ++i) {
    phases[static_cast<std::size_t>(PhaseOf(static_cast<State>(i)))] += times[i];
  }
  return phases;
}

std::vector<std::byte> ToBytes(std::string_view text) {
  const auto bytes = AsBytes(text);
  return {bytes.begin(), bytes.end()};
}

// "boot id, microseconds": an instant that is worthless after another boot.
std::optional<Instant> LastInference(const telemetry::JournalReader& journal,
                                     const std::string& boot_id) {
  const auto stored = journal.State(kLastInference);
  if (!stored) return std::nullopt;
  std::string text;
  for (const std::byte b : *stored) text += static_cast<char>(b);
  const auto space = text.find(' ');
  if (space == std::string::npos || text.substr(0, space) != boot_id) return std::nullopt;
  return FromMicroseconds(std::strtoll(text.c_str() + space, nullptr, 10));
}

}  // namespace

Robot::Robot(const RobotParts& parts, RobotSettings settings)
    : parts_(parts),
      settings_(std::move(settings)),
      duty_(parts.contract.terms(), parts.world.Now()),
      breach_alarms_(parts.journal,
                     std::string(contract::Hex(parts.contract.short_id()).view())),
      tally_(parts.journal),
      cycle_(parts.journal.LastCycle()),
      last_inference_(LastInference(parts.journal, settings_.boot_id)) {
  if (const auto saved = parts_.journal.State(kDetectorState)) {
    // Learned on another ground: the first record tells why commissioning begins anew.
    std::string why;
    if (const Status status = parts_.detector.Load(*saved, &why); status != Status::kOk) {
      carried_.push_back({status, "commissioning begins anew: " + why});
    }
  }
}

void Robot::Post(Event event) {
  const Instant now = Now();
  if (parts_.metering != nullptr) parts_.metering->Border(PhaseOf(duty_.state()), now);
  if (parts_.trace != nullptr) parts_.trace->Border(duty_.state(), now);
  [[maybe_unused]] const bool listed = duty_.Post(event, now);
}

void Robot::Deviate(Status what, std::string detail) {
  record_.deviations.push_back({what, std::move(detail)});
}

Ending Robot::Run() {
  Instant scheduled = Now();
  World::Sleep slept;
  for (std::uint64_t done = 1;; ++done) {
    if (auto ending = RunCycle(scheduled, slept)) {
      parts_.world.DisarmWatchdog();  // what follows may take its time
      ending->cycles = done - 1;
      return *ending;
    }
    if (done == settings_.cycles) return {.kind = Ending::Kind::kCyclesDone};
    // Who works by other terms than were signed had better begin anew.
    // The number itself may have become zero.
    if (done % std::max(terms().scrub_cycles, 1U) == 0) {
      if (!contract::StillSigned(parts_.contract)) {
        return {.kind = Ending::Kind::kTermsChanged};
      }
      if (settings_.rung_again) {
        if (auto cold = settings_.rung_again()) carried_.push_back(*std::move(cold));
      }
    }
    scheduled = next_waking_;
    if (parts_.metering != nullptr) parts_.metering->FallsAsleep(Now());
    parts_.world.DisarmWatchdog();
    slept = Sleep(scheduled);
    if (slept.woke == Woke::kStop) return {.kind = Ending::Kind::kStopped};
  }
}

// Whoever stayed on a warmer rung is to sleep as well.
World::Sleep Robot::Sleep(Instant until) {
  if (parts_.accelerator == nullptr) return parts_.world.SleepUntil(until);
  parts_.accelerator->BeginSleep();
  World::Sleep sleep = parts_.world.SleepUntil(until);
  const auto woken = parts_.accelerator->EndSleep();
  sleep.wakeups =
      sleep.wakeups && woken ? std::optional(*sleep.wakeups + *woken) : std::nullopt;
  if (woken.value_or(0) > 0) {
    sleep.scheduled += (sleep.scheduled.empty() ? "" : ", ") +
                       Print("the accelerator's process %u", *woken);
  }
  return sleep;
}

std::optional<power::WakeLock> Robot::StayAwake() {
  if (settings_.wake_locks.empty()) return std::nullopt;
  auto lock = power::WakeLock::Take(parts_.leases, Now(), duty_.cycle_deadline(),
                                    settings_.wake_locks);
  if (lock.ok()) return *std::move(lock);
  if (lock.status() != Status::kFileMissing && !std::exchange(told_of_no_lock_, true)) {
    std::fprintf(stderr,
                 "torpord: no wake lock (CAP_BLOCK_SUSPEND): others can suspend "
                 "this machine in the middle of a cycle\n");
  }
  return std::nullopt;
}

std::optional<Ending> Robot::RunCycle(Instant scheduled, const World::Sleep& slept) {
  parts_.world.ArmWatchdog(2 * terms().awake());
  duty_.Wake(Now(), scheduled);
  if (parts_.trace != nullptr) parts_.trace->Woke(duty_.woke(), scheduled);
  if (parts_.metering != nullptr) {
    // In a suspended machine the meters were off as well.
    const auto passed =
        slept.maybe_suspended ? power::Passed::kSuspended : power::Passed::kAsleep;
    parts_.metering->Woke(duty_.woke(), scheduled, passed);
  }
  if (parts_.residency != nullptr) {
    parts_.residency->AfterSleep(slept.woken_by_others + slept.woken_by_unknown);
  }
  std::optional<power::WakeLock> awake = StayAwake();
  record_ = {};
  record_.deviations = std::exchange(carried_, {});
  extras_ = {};
  record_.cycle = ++cycle_;
  record_.woke = duty_.woke();
  record_.wall_us = parts_.world.WallMicroseconds();
  time_ = parts_.time.Look();
  dates_ = contract::CheckDates(terms(), time_);
  record_.contract = std::string(contract::Hex(parts_.contract.short_id()).view());

  const bool first = !agreed_before_;
  Collected collected;
  {
    const power::Lease lease =
        parts_.leases.Take(power::Consumer::kLink, Now(), duty_.step_deadline(),
                           [this] { parts_.world.CloseLink(); });
    collected = parts_.collector.Collect(lease, duty_.step_deadline());
  }
  if (collected.kind == Collected::Kind::kStop) {
    return Ending{.kind = Ending::Kind::kStopped};
  }
  if (collected.kind == Collected::Kind::kRefused) {
    return Ending{.kind = Ending::Kind::kRefused, .refusal = collected.refusal};
  }
  if (collected.kind == Collected::Kind::kOther) {
    return Ending{.kind = Ending::Kind::kOther,
                  .go_on_under = collected.go_on_under,
                  .on_trial = collected.on_trial};
  }
  agreed_before_ = agreed_before_ || parts_.collector.agreed();
  ready_in_ = collected.ready_in;
  const Milliseconds rest = first ? Milliseconds{0} : terms().computer_sleep;
  // A waking that only follows the last one keeps the shift that one had.
  const bool shifted = std::exchange(shifted_, true) && !ready_in_;
  next_waking_ = cycle::NextWaking(terms(), duty_.woke(), Now(), ready_in_, rest,
                                   shifted ? Microseconds{0} : settings_.phase);

  if (TakeBatch(collected)) {
    Post(Event::kBatch);
    Infer();
  } else {
    Post(Event::kNothingNew);
  }
  Judge();
  const cycle::Account account = duty_.TakeAccount(Now());
  record_.phases = Phases(account.times);
  if (parts_.metering != nullptr) {
    parts_.metering->TakeCycle(Phase::kJudge, Now(), record_);
  }
  AddDeviceRail();
  CountDeviations(scheduled, account, slept);
  if (parts_.trace != nullptr) {
    if (auto lost = parts_.trace->Write(record_)) Deviate(lost->what, lost->detail);
  }
  Journal();
  if (record_.inferred && settings_.on_judged) settings_.on_judged();
  const Event reported = Report();

  if (parts_.accelerator != nullptr) parts_.accelerator->EndCycle(terms().release);
  awake.reset();
  RevokeLeases();
  if (settings_.on_cycle) settings_.on_cycle(record_);
  // To take back, to tell and to look is not to sleep yet.
  if (parts_.residency != nullptr) parts_.residency->BeforeSleep();
  Post(reported);
  const bool link_down = collected.why == Status::kLinkDown ||
                         collected.why == Status::kLinkVanished ||
                         collected.why == Status::kLinkTimeout;
  if (dates_ != Status::kOk && !MayComeToANewer())
    return Ending{.kind = Ending::Kind::kNotValid, .why = dates_};
  if (settings_.end_when_link_down && link_down)
    return Ending{.kind = Ending::Kind::kLinkDown};
  return std::nullopt;
}

// As many cycles as a contract has to earn its place: awake, but nothing is inferred.
bool Robot::MayComeToANewer() {
  return settings_.newer_at_hand && settings_.newer_at_hand() &&
         ++cycles_past_end_ <= terms().trial_cycles;
}

bool Robot::TakeBatch(const Collected& collected) {
  extras_.batch_offered = collected.kind == Collected::Kind::kBatch;
  extras_.link_errors = parts_.collector.link_errors();
  record_.dropped_corrupt = collected.corrupt ? 1 : 0;
  record_.dropped_gap = collected.restarted ? 1 : 0;
  nothing_to_judge_ = collected.why;
  if (collected.kind != Collected::Kind::kBatch) {
    if (collected.why != Status::kNothingNew) Deviate(collected.why);
    return false;
  }
  const link::ComputerEnd& end = parts_.collector.end();
  record_.batch_sequence = end.header().sequence;
  speed_millirpm_ = end.header().speed_millirpm;
  record_.batch_age = end.age(Now());
  record_.dropped_overrun = end.header().dropped;
  if (last_inference_) record_.since_last_inference = Now() - *last_inference_;
  if (dates_ != Status::kOk) {
    ++record_.dropped_overrun;
    nothing_to_judge_ = dates_;
    return false;
  }
  if (record_.batch_age > terms().max_batch_age) {
    record_.dropped_stale = 1;
    nothing_to_judge_ = Status::kBatchStale;
    Deviate(Status::kBatchStale,
            Print("%.1f s of %.1f s allowed", Seconds(record_.batch_age),
                  Seconds(terms().max_batch_age)));
    return false;
  }
  if (!cycle::MayInfer(terms(), last_inference_, Now())) {
    ++record_.dropped_overrun;
    nothing_to_judge_ = Status::kIntervalTooShort;
    Deviate(Status::kIntervalTooShort,
            Print("%.1f s since the last inference, period %.1f s",
                  Seconds(record_.since_last_inference), Seconds(terms().period)));
    return false;
  }
  return true;
}

void Robot::Infer() {
  const Instant begin = Now();
  {
    // Given back within the contract's time or taken, whatever the device does.
    const power::Lease lease =
        parts_.leases.Take(power::Consumer::kAccelerator, begin, duty_.step_deadline(),
                           [this] { Release(Now()); });
    if (parts_.accelerator != nullptr) parts_.accelerator->Allow(duty_.step_deadline());
    std::optional<power::CpuBoost> boost;
    if (settings_.cpu_boost) {
      auto taken = power::CpuBoost::Take(parts_.leases, begin, duty_.step_deadline());
      if (taken.ok()) boost.emplace(*std::move(taken));
    }
    record_.inferred = true;
    last_inference_ = begin;
    const Status status = parts_.engine.Infer(
        parts_.collector.window(), parts_.detector.context(speed_millirpm_), output_);
    extras_.inference_time = Now() - begin;
    Post(Event::kScore);
    nothing_to_judge_ = status;
    Release(duty_.step_deadline());
  }
  Post(Event::kReleased);
}

void Robot::Release(Instant deadline) {
  parts_.engine.Release();
  if (parts_.accelerator != nullptr) parts_.accelerator->Release(deadline);
}

void Robot::Judge() {
  const detect::Judgement judgement =
      nothing_to_judge_ == Status::kOk ? parts_.detector.Judge(output_, speed_millirpm_)
                                       : detect::Detector::Abstain(nothing_to_judge_);
  record_.verdict = static_cast<Verdict>(judgement.verdict);
  record_.why_abstained = judgement.why;
  record_.score = judgement.score;
  record_.alarm = judgement.alarm;
  explanation_ = {};
  if (record_.alarm) {
    explanation_ =
        parts_.detector.Explain(speed_millirpm_, judgement.spoke, settings_.bearing);
    record_.because = detect::InWords(explanation_);
  }
  Post(Event::kVerdict);
}

void Robot::Journal() {
  tally_.Add(record_, extras_);
  telemetry::CycleCommit commit;
  commit.record = record_;
  commit.state.push_back({kDetectorState, parts_.detector.Save()});
  commit.state.push_back(breach_alarms_.Save());
  if (last_inference_) {
    commit.state.push_back(
        {kLastInference,
         ToBytes(settings_.boot_id + " " +
                 std::to_string(SinceBootMicroseconds(*last_inference_)))});
  }
  commit.counters = tally_.Counters();
  if (record_.alarm) {
    commit.alarms.push_back({AlarmId(settings_.robot_id, record_), record_.cycle,
                             AlarmBody(settings_.robot_id, record_, explanation_)});
  }
  for (const cycle::Opened& begun : breaches_begun_) {
    commit.alarms.push_back(BreachAlarm(settings_.robot_id, record_, begun));
  }
  if (const Status status = parts_.journal.Commit(std::move(commit));
      status != Status::kOk) {
    std::fprintf(stderr, "torpord: journal: %s\n",
                 std::string(Info(status).meaning).c_str());
    carried_.push_back({status, Print("%zu cycles wait", parts_.journal.held())});
  }
  if (std::string news = parts_.journal.TakeNews(); !news.empty()) {
    carried_.push_back({Status::kJournalFull, std::move(news)});
  }
  if (const auto passed = parts_.time.DueToRemember(terms().not_after_s);
      passed && settings_.remember_time) {
    settings_.remember_time(*passed);
  }
  Post(Event::kJournalled);
}

}  // namespace torpor::agent
