#include "view/cycle_words.h"

#include <algorithm>
#include <cmath>

#include "core/status_table.h"

namespace torpor::view {

using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::Verdict;

Microseconds TimeOf(const CycleRecord& record) {
  Microseconds sum{};
  for (const Microseconds phase : record.phases) sum += phase;
  return sum;
}

Microseconds PhaseOf(const CycleRecord& record, Phase phase) {
  return record.phases[static_cast<std::size_t>(phase)];
}

std::optional<double> ScoreOf(const CycleRecord& record) {
  if (record.verdict == Verdict::kAbstain || !std::isfinite(record.score)) return {};
  return record.score;
}

std::optional<double> IntervalOf(const CycleRecord& record) {
  if (!record.inferred || record.since_last_inference.count() <= 0) return {};
  return static_cast<double>(record.since_last_inference.count()) / 1e6;
}

std::optional<double> JoulesOf(const CycleRecord& record) {
  if (record.energy.value <= 0) return {};
  return static_cast<double>(record.energy.value) / 1e6;
}

std::uint64_t DroppedOf(const CycleRecord& record) {
  return std::uint64_t{record.dropped_overrun} + record.dropped_stale +
         record.dropped_corrupt + record.dropped_gap;
}

bool OverBudget(const CycleRecord& record, const contract::Terms* terms) {
  return terms != nullptr && record.energy > terms->cycle_budget;
}

std::string VerdictInWords(const CycleRecord& record) {
  switch (record.verdict) {
    case Verdict::kNormal:
      return "normal";
    case Verdict::kAnomaly:
      return "ANOMALY";
    case Verdict::kAbstain:
      break;
  }
  if (record.why_abstained == Status::kOk) return "abstains, it is not known why";
  const StatusInfo& why = Info(record.why_abstained);
  return "abstains: " + std::string(why.meaning) + " (" + std::string(why.name) + ")";
}

Tone ToneOf(Verdict verdict) {
  if (verdict == Verdict::kNormal) return Tone::kGood;
  return verdict == Verdict::kAnomaly ? Tone::kBad : Tone::kOdd;
}

std::vector<Deviated> Deviations(std::span<const CycleRecord> cycles, std::size_t most) {
  std::vector<Deviated> found;
  for (auto record = cycles.rbegin(); record != cycles.rend(); ++record) {
    for (const telemetry::Deviation& deviation : record->deviations) {
      const auto again = std::ranges::find_if(found, [&](const Deviated& one) {
        return one.what == deviation.what && one.first <= record->cycle + 1;
      });
      if (again != found.end()) {
        again->first = record->cycle;
      } else if (found.size() < most) {
        found.push_back({record->cycle, record->cycle, record->wall_us, deviation.what,
                         deviation.detail});
      }
    }
  }
  return found;
}

std::string InWords(const Deviated& deviated) {
  const StatusInfo& info = Info(deviated.what);
  std::string words = std::string(info.name) + " (" +
                      std::to_string(static_cast<int>(deviated.what)) +
                      "): " + std::string(info.meaning);
  if (!deviated.detail.empty()) words += ": " + Safe(deviated.detail);
  return words;
}

std::vector<std::string> Wrapped(const std::string& text, std::size_t columns,
                                 std::size_t most) {
  std::vector<std::string> lines;
  std::string rest = text;
  columns = std::max<std::size_t>(columns, 1);
  while (!rest.empty() && lines.size() + 1 < most && rest.size() > columns) {
    std::size_t cut = rest.rfind(' ', columns);
    if (cut == std::string::npos || cut == 0) cut = columns;
    lines.push_back(rest.substr(0, cut));
    rest.erase(0, cut);
    rest.erase(0, rest.find_first_not_of(' '));
  }
  if (!rest.empty()) lines.push_back(FitText(rest, columns));
  return lines;
}

}  // namespace torpor::view
