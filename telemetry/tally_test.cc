#include "telemetry/tally.h"

#include <gtest/gtest.h>

#include <chrono>

#include "core/test_folder.h"
#include "telemetry/metric_set.h"

namespace torpor::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

CycleRecord GoodCycle(std::uint64_t number) {
  CycleRecord record;
  record.cycle = number;
  record.inferred = true;
  record.verdict = Verdict::kNormal;
  record.score = 0.5;
  record.phases[static_cast<std::size_t>(Phase::kInfer)] = seconds(3);
  record.phases[static_cast<std::size_t>(Phase::kSleep)] = seconds(57);
  return record;
}

TEST(Tally, BeginsAtZeroWithoutAJournal) {
  const MetricSet nothing = Tally().Metrics();
  EXPECT_EQ(nothing.inferences, 0U);
  EXPECT_EQ(nothing.batches, 0U);
  EXPECT_EQ(nothing.duty_cycle[0], 0);
}

TEST(Tally, SumsCyclesAndSharesTheirTime) {
  Tally tally;
  CycleExtras extras;
  extras.inference_time = milliseconds(50);
  extras.batch_offered = true;
  tally.Add(GoodCycle(1), extras);
  CycleRecord bad = GoodCycle(2);
  bad.deviations.push_back({Status::kInferLate, {}});
  bad.dropped_overrun = 2;
  extras.in_breach = true;
  tally.Add(bad, extras);
  const MetricSet metrics = tally.Metrics();
  EXPECT_EQ(metrics.cycles, (std::array<std::uint64_t, 2>{1, 1}));
  EXPECT_EQ(metrics.breaches, 1U);
  EXPECT_EQ(metrics.inferences, 2U);
  EXPECT_EQ(metrics.inference_time, milliseconds(100));
  EXPECT_EQ(metrics.batches, 4U) << "two were inferred and two dropped";
  EXPECT_DOUBLE_EQ(metrics.duty_cycle[0], 0.05);
}

TEST(Tally, CountsASleepOnceForEachThingThatKeptItHot) {
  constexpr std::array kAll = {Status::kGpuBacklog, Status::kGpuChannelOpen,
                               Status::kGpuClocksPinned, Status::kCpuSpun,
                               Status::kGpuHot};
  Tally tally;
  std::uint64_t cycle = 0;
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    for (std::size_t times = 0; times <= i; ++times) {
      CycleRecord record = GoodCycle(++cycle);
      record.deviations.push_back({kAll[i], {}});
      record.deviations.push_back({Status::kWokeLate, {}});
      tally.Add(record, {});
    }
  }
  // In the order of the metric's label: backlog, channel, clocks, spin, unknown.
  EXPECT_EQ(tally.Metrics().hot_cycles, (std::array<std::uint64_t, 5>{1, 2, 3, 4, 5}));
}

TEST(Tally, GoesOnWhereTheJournalEnds) {
  const TestFolder folder;
  auto journal = Journal::Open(folder / "journal.sqlite", {});
  ASSERT_TRUE(journal.ok());
  Tally before(*journal);
  CycleRecord record = GoodCycle(1);
  record.rails.push_back(
      {.rail = "VDD_IN", .how = Metered::kCounted, .phases = {}, .why = {}});
  for (auto& phase : record.rails[0].phases) phase = Microjoules{10};
  before.Add(record, {});
  CycleCommit commit;
  commit.record = record;
  commit.counters = before.Counters();
  ASSERT_EQ(journal->Commit(std::move(commit)), Status::kOk);

  Tally after(*journal);
  record.cycle = 2;
  after.Add(record, {});
  const MetricSet metrics = after.Metrics();
  EXPECT_EQ(metrics.inferences, 2U);
  ASSERT_EQ(metrics.rails.size(), 1U);
  EXPECT_EQ(metrics.rails[0].energy.value, 140);
}

}  // namespace
}  // namespace torpor::telemetry
