// What torpord says of its own cycles, from its journal: the inside beside the outside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "telemetry/cycle_record.h"

namespace torpor::bench {

struct OwnCycle {
  std::uint64_t cycle = 0;
  bool inferred = false;
  telemetry::Verdict verdict{};
  Microseconds report{};
  // From waking to sleep; with the previous commit of the journal, not its own, because
  // that is what its record has.
  Microseconds awake{};
  std::uint64_t dropped = 0;
};

// Of records in a row. The last one has no report yet, and is left out: a record ends
// where the next one's report begins.
[[nodiscard]] std::vector<OwnCycle> OwnCycles(
    const std::vector<telemetry::CycleRecord>& records);

// When the verdict of the first record after a start was reached, before it was written.
[[nodiscard]] Instant VerdictAt(const telemetry::CycleRecord& record);

// Everything in a journal, which may be in use; nothing when there is none.
[[nodiscard]] std::vector<telemetry::CycleRecord> ReadCycles(
    const std::filesystem::path& journal);

}  // namespace torpor::bench
