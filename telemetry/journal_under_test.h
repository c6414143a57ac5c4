// A journal in a folder of its own, and cycles to put into it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/test_folder.h"
#include "telemetry/journal.h"

namespace torpor::telemetry {

class JournalFiles : public ::testing::Test {
 protected:
  Journal MustOpen(JournalLimits limits = {}) const {
    Result<Journal> journal = Journal::Open(path_, limits);
    if (!journal.ok()) {
      throw std::runtime_error("status " +
                               std::to_string(static_cast<int>(journal.status())));
    }
    return *std::move(journal);
  }

  TestFolder folder_{TestFolder::InMemory()};  // thousands of commits
  const std::filesystem::path path_ = folder_ / "journal.sqlite";
};

inline CycleRecord Full(std::uint64_t number) {
  CycleRecord r;
  r.cycle = number;
  r.woke = FromMicroseconds(60'000'000 * static_cast<std::int64_t>(number));
  r.wall_us = 1'790'000'000'000'000;
  std::int64_t us = 1;
  for (Microseconds& phase : r.phases) phase = Microseconds(us++);
  r.inferred = true;
  r.batch_sequence = 17;
  r.batch_age = Microseconds(1234);
  r.since_last_inference = Microseconds(60'000'000);
  r.dropped_overrun = 1;
  r.dropped_stale = 2;
  r.dropped_corrupt = 3;
  r.dropped_gap = 4;
  r.verdict = Verdict::kAnomaly;
  r.why_abstained = Status::kStandstill;
  r.score = 1.5;
  r.alarm = true;
  r.energy = Microjoules{74'000'000};
  r.metered = true;
  r.wakeups_awake = 5;
  r.wakeups_asleep = 6;
  r.contract = "0123456789abcdef";
  r.deviations = {{Status::kInferLate, "infer took 512 ms of 400 ms"},
                  {Status::kLeaseRevoked, "radio"}};
  return r;
}

inline CycleCommit Plain(std::uint64_t number) {
  CycleCommit commit;
  commit.record.cycle = number;
  return commit;
}

// A journal with one sink, which has this alarm now.
inline Status Confirm(Journal& journal, const std::string& alarm) {
  journal.DeliverTo({"sink"});
  return journal.Note({{alarm, "sink", true}});
}

}  // namespace torpor::telemetry
