#include "bench/cycle/journal_account.h"

#include "telemetry/journal_reader.h"

namespace torpor::bench {
namespace {

using telemetry::Phase;

constexpr std::size_t kMostCycles = 100'000;

Microseconds Of(const telemetry::CycleRecord& record, Phase phase) {
  return record.phases[static_cast<std::size_t>(phase)];
}

Microseconds UpToTheVerdict(const telemetry::CycleRecord& record) {
  return Of(record, Phase::kWake) + Of(record, Phase::kCollect) +
         Of(record, Phase::kInfer) + Of(record, Phase::kRelease) +
         Of(record, Phase::kJudge);
}

}  // namespace

Instant VerdictAt(const telemetry::CycleRecord& record) {
  return record.woke + UpToTheVerdict(record);
}

std::vector<OwnCycle> OwnCycles(const std::vector<telemetry::CycleRecord>& records) {
  std::vector<OwnCycle> cycles;
  for (std::size_t i = 0; i + 1 < records.size(); ++i) {
    const telemetry::CycleRecord& record = records[i];
    const Microseconds report = Of(records[i + 1], Phase::kReport);
    cycles.push_back({.cycle = record.cycle,
                      .inferred = record.inferred,
                      .verdict = record.verdict,
                      .report = report,
                      .awake = UpToTheVerdict(record) + report,
                      .dropped = std::uint64_t{record.dropped_overrun} +
                                 record.dropped_stale + record.dropped_corrupt +
                                 record.dropped_gap});
  }
  return cycles;
}

std::vector<telemetry::CycleRecord> ReadCycles(const std::filesystem::path& journal) {
  const auto reader = telemetry::JournalReader::Open(journal);
  if (!reader.ok()) return {};
  auto cycles = reader->Cycles(0, kMostCycles);
  return cycles.ok() ? *std::move(cycles) : std::vector<telemetry::CycleRecord>{};
}

}  // namespace torpor::bench
