#include "telemetry/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torpor::telemetry {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A cycle of a minute, of which it slept 59 s.
CycleRecord Cycle(std::uint64_t number, bool inferred) {
  CycleRecord record;
  record.cycle = number;
  record.inferred = inferred;
  record.phases[static_cast<std::size_t>(Phase::kCollect)] = 1s;
  record.phases[static_cast<std::size_t>(Phase::kSleep)] = 59s;
  if (inferred) record.since_last_inference = 60s;
  return record;
}

TEST(Profiler, GivesEachInferenceTheTimeSinceTheOneBefore) {
  Profiler profiler;
  CycleRecord first = Cycle(7, true);
  first.since_last_inference = {};
  const auto begun = profiler.Add(first);
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->since, std::nullopt) << "of the first one nobody knows";
  CycleRecord second = Cycle(8, true);
  second.batch_age = 250ms;
  second.wall_us = 5;
  const auto next = profiler.Add(second);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->cycle, 8U);
  EXPECT_EQ(next->wall_us, 5);
  EXPECT_EQ(next->since, 60s);
  EXPECT_EQ(next->cycles, 1U);
  EXPECT_EQ(next->batch_age, 250ms);
  EXPECT_EQ(next->filled[static_cast<std::size_t>(Phase::kSleep)], 59s);
  EXPECT_EQ(next->dropped, 0U);
  EXPECT_THAT(next->causes, IsEmpty());
}

TEST(Profiler, AddsUpTheCyclesThatDidNotInferAndWhatWasOddInThem) {
  Profiler profiler;
  ASSERT_TRUE(profiler.Add(Cycle(1, true)));
  for (const std::uint64_t number : {2U, 3U}) {
    CycleRecord down = Cycle(number, false);
    down.dropped_gap = 1;
    down.deviations = {{Status::kLinkDown, ""}, {Status::kCollectLate, ""}};
    EXPECT_EQ(profiler.Add(down), std::nullopt);
  }
  CycleRecord again = Cycle(4, true);
  again.since_last_inference = 180s;
  again.dropped_overrun = 2;
  again.dropped_stale = 3;
  again.dropped_corrupt = 4;
  again.dropped_gap = 5;
  again.deviations = {{Status::kLinkDown, ""}};
  const auto found = profiler.Add(again);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->cycles, 3U);
  EXPECT_EQ(found->since, 180s);
  EXPECT_EQ(found->filled[static_cast<std::size_t>(Phase::kSleep)], 177s);
  EXPECT_EQ(found->filled[static_cast<std::size_t>(Phase::kCollect)], 3s);
  EXPECT_EQ(found->dropped, 16U);
  EXPECT_THAT(found->causes, ElementsAre("link-down", "collect-late"));
  EXPECT_EQ(profiler.Add(Cycle(5, true))->cycles, 1U) << "and begins anew";
}

// What is cut off where the reading begins is not missing.
TEST(Profiler, SaysHowMuchTimeNoRecordHas) {
  Profiler profiler;
  CycleRecord first = Cycle(1, true);
  first.since_last_inference = 600s;
  EXPECT_EQ(profiler.Add(first)->unrecorded, 0s);
  CycleRecord second = Cycle(2, true);
  second.since_last_inference = 61s;
  EXPECT_EQ(profiler.Add(second)->unrecorded, 0s) << "within the cycle's own length";
  CycleRecord restarted = Cycle(3, true);
  restarted.since_last_inference = 90s;
  EXPECT_EQ(profiler.Add(restarted)->unrecorded, 30s);
}

TEST(Summarise, TellsTheRhythmAndWhatFilledTheTime) {
  std::vector<Between> betweens(5);
  const std::array<Microseconds, 4> since = {60s, 121s, 58s, 61s};
  for (std::size_t i = 0; i < since.size(); ++i) betweens[i + 1].since = since[i];
  for (Between& between : betweens) {
    between.filled[static_cast<std::size_t>(Phase::kInfer)] = 1s;
    between.filled[static_cast<std::size_t>(Phase::kSleep)] = 3s;
    between.dropped = 2;
  }
  const auto summary = Summarise(betweens, Rhythm{60s, 1s});
  EXPECT_EQ(summary.inferences, 5U);
  EXPECT_EQ(summary.least, 58s);
  EXPECT_EQ(summary.median, 61s);
  EXPECT_EQ(summary.most, 121s);
  EXPECT_EQ(summary.too_soon, 1U);
  EXPECT_EQ(summary.too_late, 1U);
  EXPECT_DOUBLE_EQ(summary.share[static_cast<std::size_t>(Phase::kSleep)], 0.75);
  EXPECT_DOUBLE_EQ(summary.share[static_cast<std::size_t>(Phase::kInfer)], 0.25);
  EXPECT_EQ(summary.dropped, 10U);
}

TEST(Summarise, OfNothingIsNothing) {
  const auto summary = Summarise({}, std::nullopt);
  EXPECT_EQ(summary.inferences, 0U);
  EXPECT_EQ(summary.median, std::nullopt);
  EXPECT_DOUBLE_EQ(summary.share[0], 0);
  const std::vector<Between> one(1);
  EXPECT_EQ(Summarise(one, Rhythm{60s, 1s}).least, std::nullopt);
}

}  // namespace
}  // namespace torpor::telemetry
