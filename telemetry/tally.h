// What adds up over cycles: the counters that operations see, kept in the journal so that
// they survive a restart, and the awake share of the last minutes.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/time.h"
#include "telemetry/journal.h"
#include "telemetry/metric_set.h"

namespace torpor::telemetry {

// What a cycle adds besides its record.
struct CycleExtras {
  Microseconds inference_time{};
  bool batch_offered = false;
  bool in_breach = false;             // of any clause
  std::uint32_t woken_by_others = 0;  // of the record's wakeups_asleep: who is known
  // Since the program began.
  std::uint64_t link_errors = 0;
  std::uint64_t accelerator_kills = 0;
  Microseconds gpu_resident{};
};

class Tally {
 public:
  Tally() = default;
  // Takes the counters up again where the journal, which outlives this, left them.
  explicit Tally(const JournalReader& journal);

  void Add(const CycleRecord& record, const CycleExtras& extras);
  void PushFailed(Status why);
  void SinkFailed();  // of alarms
  void LeaseRevoked() { ++sums_.leases_revoked; }

  // What the journal is to keep.
  [[nodiscard]] std::vector<CounterEntry> Counters() const;

  // A set with everything that adds up filled in; the rest is the caller's.
  [[nodiscard]] MetricSet Metrics() const;

 private:
  struct Span {
    Microseconds elapsed, awake;
  };
  void AddRail(const RailJoules& rail);
  [[nodiscard]] double AwakeShare(Microseconds window) const;

  MetricSet sums_;
  // Of earlier runs of the program.
  std::uint64_t link_errors_before_ = 0;
  std::uint64_t accelerator_kills_before_ = 0;
  Microseconds gpu_resident_before_{};
  std::deque<Span> recent_;                 // newest last, an hour of them
  const JournalReader* journal_ = nullptr;  // none: counters begin at 0
  std::map<std::string, RailTotal> rails_;
};

}  // namespace torpor::telemetry
