#include "telemetry/tally.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace torpor::telemetry {
namespace {

// What the journal calls the joules of a rail, before its name.
constexpr const char* kRailCounter = "rail_microjoules_";
constexpr Microseconds kHour = std::chrono::hours(1);
// The deviations that torpor_gpu_hot_cycles_total counts, in the order of its causes.
constexpr std::array kHotCycles = {Status::kGpuBacklog, Status::kGpuChannelOpen,
                                   Status::kGpuClocksPinned, Status::kCpuSpun,
                                   Status::kGpuHot};

template <class Array, class Index>
auto& At(Array& array, Index index) {
  return array[static_cast<std::size_t>(index)];
}

// Calls `visit` with the name and a reference for every number that must survive a
// restart.
template <class Set, class Visit>
void VisitCounters(Set& set, Visit visit) {
  const auto each = [&visit](const char* name, auto& array) {
    for (std::size_t i = 0; i < array.size(); ++i) {
      visit(std::string(name) + "_" + std::to_string(i), array[i]);
    }
  };
  each("cycles", set.cycles);
  each("phase_microseconds", set.phase_time);
  each("sleep_wakeups", set.sleep_wakeups);
  each("batches_dropped", set.batches_dropped);
  each("verdicts", set.verdicts);
  each("hot_cycles", set.hot_cycles);
  each("link_errors", set.link_errors);
  each("push_failures", set.push_failures);
  visit("batches", set.batches);
  visit("breaches", set.breaches);
  visit("inferences", set.inferences);
  visit("inference_microseconds", set.inference_time);
  visit("clock_steps", set.clock_steps);
  visit("leases_revoked", set.leases_revoked);
  visit("accelerator_kills", set.accelerator_kills);
  visit("gpu_resident_microseconds", set.gpu_resident);
}

std::int64_t ToCounter(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::int64_t ToCounter(Microseconds value) { return value.count(); }
void FromCounter(std::int64_t stored, std::uint64_t& value) {
  value = static_cast<std::uint64_t>(std::max<std::int64_t>(stored, 0));
}
void FromCounter(std::int64_t stored, Microseconds& value) {
  value = Microseconds(std::max<std::int64_t>(stored, 0));
}

}  // namespace

Tally::Tally(const JournalReader& journal) : journal_(&journal) {
  VisitCounters(sums_, [&journal](const std::string& name, auto& value) {
    if (const auto stored = journal.Counter(name)) FromCounter(*stored, value);
  });
  link_errors_before_ = At(sums_.link_errors, LinkKind::kSensor);
  accelerator_kills_before_ = sums_.accelerator_kills;
  gpu_resident_before_ = sums_.gpu_resident;
}

void Tally::Add(const CycleRecord& record, const CycleExtras& extras) {
  const bool complete = record.inferred && record.deviations.empty();
  ++sums_.cycles[complete ? 0 : 1];
  for (std::size_t i = 0; i < kPhases; ++i) sums_.phase_time[i] += record.phases[i];
  At(sums_.sleep_wakeups, WakeupSource::kTimer) += 1;
  At(sums_.sleep_wakeups, WakeupSource::kExternal) += extras.woken_by_others;
  At(sums_.sleep_wakeups, WakeupSource::kUnknown) +=
      record.wakeups_asleep - std::min(record.wakeups_asleep, extras.woken_by_others);
  const std::uint64_t dropped = record.dropped_overrun +
                                std::uint64_t{record.dropped_stale} +
                                record.dropped_corrupt + record.dropped_gap;
  sums_.batches += dropped + (extras.batch_offered && record.inferred ? 1 : 0);
  At(sums_.batches_dropped, DropReason::kOverrun) += record.dropped_overrun;
  At(sums_.batches_dropped, DropReason::kStale) += record.dropped_stale;
  At(sums_.batches_dropped, DropReason::kCorrupt) += record.dropped_corrupt;
  At(sums_.batches_dropped, DropReason::kGap) += record.dropped_gap;
  sums_.breaches += extras.in_breach ? 1 : 0;
  ++At(sums_.verdicts, record.verdict);
  At(sums_.link_errors, LinkKind::kSensor) = link_errors_before_ + extras.link_errors;
  sums_.accelerator_kills = accelerator_kills_before_ + extras.accelerator_kills;
  sums_.gpu_resident = gpu_resident_before_ + extras.gpu_resident;
  if (record.inferred) {
    ++sums_.inferences;
    sums_.inference_time += extras.inference_time;
    sums_.last_inference = extras.inference_time;
    sums_.data_age = record.batch_age;
    sums_.inference_interval = record.since_last_inference;
  }
  if (record.verdict != Verdict::kAbstain) sums_.anomaly_score = record.score;
  sums_.abstains = record.why_abstained;
  for (const Deviation& deviation : record.deviations) {
    if (deviation.what == Status::kClockStepped) ++sums_.clock_steps;
    for (std::size_t i = 0; i < kHotCycles.size(); ++i) {
      if (deviation.what == kHotCycles[i]) ++sums_.hot_cycles[i];
    }
  }
  sums_.sleep_residency = record.slept.value_or(std::numeric_limits<double>::quiet_NaN());

  for (const RailJoules& rail : record.rails) AddRail(rail);

  const Microseconds elapsed =
      std::accumulate(record.phases.begin(), record.phases.end(), Microseconds{0});
  const Microseconds awake = elapsed - At(record.phases, Phase::kSleep);
  recent_.push_back({elapsed, awake});
  Microseconds held{0};
  for (const Span& span : recent_) held += span.elapsed;
  while (recent_.size() > 1 && held - recent_.front().elapsed >= kHour) {
    held -= recent_.front().elapsed;
    recent_.pop_front();
  }
  if (elapsed.count() > 0) {
    // uJ / us is W; in uW.
    sums_.power = {record.energy.value * 1'000'000 / elapsed.count()};
  }
  sums_.power_metered = record.metered;
}

void Tally::AddRail(const RailJoules& rail) {
  const auto [entry, fresh] = rails_.try_emplace(rail.rail);
  RailTotal& total = entry->second;
  if (fresh) {
    total.name = rail.rail;
    const auto stored =
        journal_ == nullptr ? std::nullopt : journal_->Counter(kRailCounter + rail.rail);
    total.energy.value = std::max<std::int64_t>(stored.value_or(0), 0);
  }
  const bool bounded = rail.how == Metered::kAtMost;
  total.metered = rail.total().has_value() && !bounded;
  for (std::size_t i = 0; i < kPhases; ++i) {
    // A bound is no measure, and a counter cannot take it back.
    if (bounded && static_cast<Phase>(i) == Phase::kSleep) continue;
    if (rail.phases[i]) total.energy += *rail.phases[i];
  }
}

void Tally::PushFailed(Status why) {
  ++At(sums_.push_failures, PushFailureOf(why));
  ++At(sums_.link_errors, LinkKind::kNetwork);
}

void Tally::SinkFailed() { ++At(sums_.link_errors, LinkKind::kNetwork); }

std::vector<CounterEntry> Tally::Counters() const {
  std::vector<CounterEntry> entries;
  VisitCounters(sums_, [&entries](const std::string& name, const auto& value) {
    entries.push_back({name, ToCounter(value)});
  });
  for (const auto& [name, rail] : rails_) {
    entries.push_back({kRailCounter + name, rail.energy.value});
  }
  return entries;
}

double Tally::AwakeShare(Microseconds window) const {
  Microseconds elapsed{0};
  Microseconds awake{0};
  for (auto span = recent_.rbegin(); span != recent_.rend() && elapsed < window; ++span) {
    elapsed += span->elapsed;
    awake += span->awake;
  }
  return elapsed.count() > 0
             ? static_cast<double>(awake.count()) / static_cast<double>(elapsed.count())
             : 0;
}

MetricSet Tally::Metrics() const {
  MetricSet metrics = sums_;
  for (const auto& [name, rail] : rails_) metrics.rails.push_back(rail);
  metrics.duty_cycle = {AwakeShare(std::chrono::minutes(5)), AwakeShare(kHour)};
  return metrics;
}

}  // namespace torpor::telemetry
