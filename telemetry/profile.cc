#include "telemetry/profile.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/status_table.h"

namespace torpor::telemetry {
namespace {

// A record ends with a commit and an interval with an inference: so far they may differ.
constexpr Microseconds kSameMoment = std::chrono::seconds(1);

void AddOnce(std::vector<std::string>& causes, std::string cause) {
  if (std::ranges::find(causes, cause) == causes.end()) {
    causes.push_back(std::move(cause));
  }
}

}  // namespace

std::optional<Between> Profiler::Add(const CycleRecord& record) {
  next_.cycles = begun_ ? next_.cycles + 1 : 1;
  begun_ = true;
  for (std::size_t i = 0; i < kPhases; ++i) next_.filled[i] += record.phases[i];
  next_.dropped += std::uint64_t{record.dropped_overrun} + record.dropped_stale +
                   record.dropped_corrupt + record.dropped_gap;
  for (const Deviation& deviation : record.deviations) {
    AddOnce(next_.causes, std::string(Info(deviation.what).name));
  }
  if (!record.inferred) return std::nullopt;
  next_.cycle = record.cycle;
  next_.wall_us = record.wall_us;
  next_.batch_age = record.batch_age;
  if (record.since_last_inference.count() > 0) next_.since = record.since_last_inference;
  if (next_.since && !first_) {
    Microseconds missing = *next_.since;
    for (const Microseconds phase : next_.filled) missing -= phase;
    if (missing > kSameMoment) next_.unrecorded = missing;
  }
  begun_ = first_ = false;
  return std::exchange(next_, {});
}

ProfileSummary Summarise(std::span<const Between> betweens,
                         const std::optional<Rhythm>& rhythm) {
  ProfileSummary summary;
  std::vector<Microseconds> known;
  std::array<Microseconds, kPhases> filled{};
  Microseconds all{};
  for (const Between& between : betweens) {
    ++summary.inferences;
    summary.dropped += between.dropped;
    for (std::size_t i = 0; i < kPhases; ++i) {
      filled[i] += between.filled[i];
      all += between.filled[i];
    }
    if (!between.since) continue;
    known.push_back(*between.since);
    if (!rhythm) continue;
    if (*between.since < rhythm->period - rhythm->guard) ++summary.too_soon;
    if (*between.since > 2 * rhythm->period) ++summary.too_late;
  }
  for (std::size_t i = 0; i < kPhases && all.count() > 0; ++i) {
    summary.share[i] =
        static_cast<double>(filled[i].count()) / static_cast<double>(all.count());
  }
  if (known.empty()) return summary;
  std::ranges::sort(known);
  summary.least = known.front();
  summary.median = known[known.size() / 2];
  summary.most = known.back();
  return summary;
}

}  // namespace torpor::telemetry
