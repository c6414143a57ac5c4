#include "report/summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace torpor::report {
namespace {

using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::RailJoules;
using telemetry::Verdict;

// A period is so many bins wide, and the histogram so many periods.
constexpr int kBinsPerPeriod = 20;
constexpr std::size_t kPeriods = 3;

void AddRail(const RailJoules& rail, bool inferred, RailSummary& sum) {
  ++sum.cycles_by_how[static_cast<std::size_t>(rail.how)];
  if (const auto total = rail.total()) {
    ++sum.whole;
    sum.total += *total;
    sum.worst = std::max(sum.worst, *total);
  }
  if (const auto inference = rail.inference(); inference && inferred) {
    ++sum.inferences;
    sum.inference += *inference;
  }
  if (!rail.why.empty()) ++sum.why[rail.why];
}

void AddSleep(const CycleRecord& record, Summary& sum) {
  sum.wakeups_asleep += record.wakeups_asleep;
  sum.wakeups_awake += record.wakeups_awake;
  if (record.wakeups_asleep > 0) ++sum.cycles_woken;
  if (!record.sleep) {
    ++sum.sleep_unseen;
    return;
  }
  if (record.slept) {
    ++sum.sleep_proved;
    sum.least_proved = std::min(sum.least_proved.value_or(*record.slept), *record.slept);
  } else {
    ++sum.sleep_unproved;
  }
  if (!record.sleep->causes.empty()) ++sum.hot_causes[record.sleep->causes];
  if (!record.sleep->because.empty()) ++sum.sleep_because[record.sleep->because];
}

void AddVerdict(const CycleRecord& record, Summary& sum) {
  ++sum.verdicts[static_cast<std::size_t>(record.verdict)];
  if (record.verdict == Verdict::kAbstain) {
    ++sum.abstained[record.why_abstained];
  } else if (!std::isfinite(record.score)) {
    ++sum.not_a_number;
  } else {
    sum.highest_score = std::max(sum.highest_score.value_or(record.score), record.score);
  }
}

void AddDeviations(const CycleRecord& record, Summary& sum) {
  if (record.deviations.empty()) ++sum.without_deviation;
  for (const telemetry::Deviation& deviation : record.deviations) {
    Cause& cause = sum.deviations[deviation.what];
    ++cause.times;
    if (cause.cycles == 0) cause.first = record.cycle;
    if (cause.cycles == 0 || cause.last != record.cycle) ++cause.cycles;
    cause.last = record.cycle;
  }
}

void AddCycle(const CycleRecord& record, Summary& sum,
              std::map<std::string, RailSummary>& rails) {
  for (std::size_t i = 0; i < telemetry::kPhases; ++i) sum.phases[i] += record.phases[i];
  AddDeviations(record, sum);
  sum.inferences += record.inferred ? 1 : 0;
  sum.with_batch += record.batch_sequence != 0 ? 1 : 0;
  if (record.inferred) sum.oldest_judged = std::max(sum.oldest_judged, record.batch_age);
  sum.dropped[0] += record.dropped_overrun;
  sum.dropped[1] += record.dropped_stale;
  sum.dropped[2] += record.dropped_corrupt;
  sum.dropped[3] += record.dropped_gap;
  AddVerdict(record, sum);
  const std::size_t metered = record.metered ? 1 : 0;
  ++sum.cycles_by_energy[metered];
  sum.energy[metered] += record.energy;
  sum.worst = std::max(sum.worst, record.energy);
  for (const RailJoules& rail : record.rails) {
    RailSummary& row = rails[rail.rail];
    row.name = rail.rail;
    AddRail(rail, record.inferred, row);
  }
  AddSleep(record, sum);
}

// Without a contract, the rhythm is the one that most intervals have.
Histogram CountBetween(std::span<const telemetry::Between> betweens,
                       std::optional<Microseconds> period) {
  Histogram histogram;
  if (!period || period->count() <= 0) return histogram;
  histogram.width = std::max(*period / kBinsPerPeriod, Microseconds(1));
  histogram.counts.resize(kPeriods * kBinsPerPeriod + 1);
  for (const telemetry::Between& between : betweens) {
    if (!between.since) continue;
    const auto bin = static_cast<std::size_t>((*between.since + histogram.width / 2) /
                                              histogram.width);
    if (bin < histogram.counts.size()) {
      ++histogram.counts[bin];
    } else {
      ++histogram.longer;
    }
  }
  return histogram;
}

}  // namespace

Microseconds Summary::elapsed() const {
  return std::accumulate(phases.begin(), phases.end(), Microseconds{});
}

Microseconds Summary::asleep() const {
  return phases[static_cast<std::size_t>(Phase::kSleep)];
}

const contract::Terms* MainTerms(const Collected& collected) {
  const InForce* main = nullptr;
  for (const InForce& contract : collected.contracts) {
    if (contract.terms && (main == nullptr || contract.cycles > main->cycles)) {
      main = &contract;
    }
  }
  return main == nullptr ? nullptr : &*main->terms;
}

Summary Summarise(const Collected& collected) {
  Summary sum;
  std::map<std::string, RailSummary> rails;
  telemetry::Profiler profiler;
  std::vector<telemetry::Between> betweens;
  for (const CycleRecord& record : collected.cycles) {
    AddCycle(record, sum, rails);
    if (auto between = profiler.Add(record)) betweens.push_back(*std::move(between));
  }
  for (auto& [name, rail] : rails) sum.rails.push_back(std::move(rail));
  std::optional<telemetry::Rhythm> rhythm;
  if (const contract::Terms* terms = MainTerms(collected)) {
    rhythm = {terms->period, terms->mcu_guard};
  }
  sum.between = telemetry::Summarise(betweens, rhythm);
  sum.histogram =
      CountBetween(betweens, rhythm ? std::optional<Microseconds>(rhythm->period)
                                    : sum.between.median);
  return sum;
}

}  // namespace torpor::report
