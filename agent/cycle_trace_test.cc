// What a robot's cycles leave in the trace, of the real Robot in a world that does as it
// is told.
#include "agent/cycle_trace.h"

#include <gtest/gtest.h>

#include <numeric>

#include "agent/robot_under_test.h"
#include "telemetry/trace_reader.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using telemetry::CycleRecord;
using telemetry::LeaseSpan;
using telemetry::TracedCycle;
using telemetry::TraceStep;

class TracedRobot : public RobotTest {
 protected:
  // Runs a robot that keeps a trace.
  std::vector<CycleRecord> RunTraced(std::uint64_t cycles,
                                     std::function<void(std::size_t)> after = nullptr) {
    telemetry::TraceWriter writer(path_, {16, "r-17"});
    CycleTrace trace(world_, leases_, writer, boot_id_);
    trace_ = &trace;
    auto seen = Run(cycles, std::move(after));
    trace_ = nullptr;
    return seen;
  }

  std::vector<TracedCycle> Read() {
    auto reader = telemetry::TraceReader::Open(path_);
    EXPECT_TRUE(reader.ok());
    std::vector<TracedCycle> cycles;
    if (!reader.ok()) return cycles;
    while (auto cycle = reader->Next()) cycles.push_back(*std::move(cycle));
    return cycles;
  }

  const std::filesystem::path path_ = folder_ / telemetry::kTraceFile;
};

std::string StepsOf(const TracedCycle& cycle) {
  std::string steps;
  for (const auto& span : cycle.steps) steps += std::string(Name(span.step)) + " ";
  return steps;
}

TEST_F(TracedRobot, EachStepIsThereOnceAndTheStepsOfAllCyclesHaveNoGap) {
  engine_.takes = 12ms;
  engine_.release_takes = 3ms;
  const auto records = RunTraced(3);
  const auto traced = Read();
  ASSERT_EQ(traced.size(), 3U);
  EXPECT_EQ(StepsOf(traced[0]), "collect infer release judge ");
  EXPECT_EQ(StepsOf(traced[1]), "journal report sleep collect infer release judge ");
  EXPECT_EQ(StepsOf(traced[2]), StepsOf(traced[1]));
  for (std::size_t i = 0; i < traced.size(); ++i) {
    EXPECT_EQ(traced[i].record.cycle, records[i].cycle);
    EXPECT_EQ(traced[i].record.woke, records[i].woke);
    EXPECT_EQ(traced[i].record.phases, records[i].phases) << "as in the journal";
    EXPECT_EQ(traced[i].boot, "boot-1");
    if (i == 0) continue;
    EXPECT_EQ(traced[i].begin(), traced[i - 1].end());
    const auto& sleep = traced[i].steps[2];
    EXPECT_EQ(sleep.end, records[i].woke);
    EXPECT_EQ(traced[i].steps[4].end - traced[i].steps[4].begin, 12ms);
    EXPECT_EQ(traced[i].steps[5].end - traced[i].steps[5].begin, 3ms);
    // From verdict to verdict is a period, and the sleep is nearly all of it.
    EXPECT_EQ(traced[i].end() - traced[i].begin(), records[i].woke - records[i - 1].woke);
  }
}

TEST_F(TracedRobot, LatenessIsSeenFromWhenItWasToWake) {
  world_.oversleep = 250ms;
  RunTraced(2);
  const auto traced = Read();
  ASSERT_EQ(traced.size(), 2U);
  EXPECT_EQ(traced[1].record.woke - traced[1].due, 250ms);
}

TEST_F(TracedRobot, EveryLeaseIsThereWithItsHolderAndItsTimes) {
  engine_.takes = 12ms;
  RunTraced(2);
  const auto traced = Read();
  ASSERT_EQ(traced.size(), 2U);
  ASSERT_EQ(traced[1].leases.size(), 3U);
  const auto& [network, link, accelerator] =
      std::tie(traced[1].leases[0], traced[1].leases[1], traced[1].leases[2]);
  EXPECT_EQ(network.holder, "network") << "of the report that came before the sleep";
  EXPECT_EQ(network.begin, traced[1].steps[1].begin);
  EXPECT_EQ(link.holder, "link");
  EXPECT_EQ(link.begin, traced[1].record.woke);
  EXPECT_EQ(accelerator.holder, "accelerator");
  EXPECT_EQ(accelerator.begin, traced[1].steps[4].begin);
  EXPECT_EQ(accelerator.end, traced[1].steps[5].end);
  for (const LeaseSpan& lease : traced[1].leases) EXPECT_FALSE(lease.revoked);
}

TEST_F(TracedRobot, ALeaseThatIsTakenBackIsMarkedAndItsDeviationIsBeside) {
  std::optional<power::Lease> forgotten;
  engine_.on_infer = [&] {
    forgotten = leases_.Take(power::Consumer::kCpuBoost, world_.now, world_.now + 1s,
                             [this] { world_.now += 5ms; });
  };
  RunTraced(2, [&](std::size_t) { engine_.on_infer = nullptr; });
  const auto traced = Read();
  ASSERT_EQ(traced.size(), 2U);
  const auto boost = std::ranges::find(traced[1].leases, "cpu boost", &LeaseSpan::holder);
  ASSERT_NE(boost, traced[1].leases.end());
  EXPECT_TRUE(boost->revoked);
  EXPECT_EQ(boost->begin, traced[0].steps[1].begin);
  EXPECT_EQ(boost->end, traced[1].steps[1].end) << "it took 5 ms to take it back";
  EXPECT_TRUE(Has(traced[1].record, Status::kLeaseRevoked));
}

TEST_F(TracedRobot, WhatCannotBeTracedHarmsNothingElseAndIsCounted) {
  std::filesystem::create_directory(path_);
  const auto records = RunTraced(3, [&](std::size_t cycles) {
    if (cycles == 2) std::filesystem::remove(path_);
  });
  EXPECT_EQ(engine_.inferences, 3);
  EXPECT_EQ(gateway_.pushes(), 3U);
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(records[i].deviations.size(), 1U);
    EXPECT_EQ(records[i].deviations[0].what, Status::kTraceNotWritten);
    EXPECT_EQ(records[i].deviations[0].detail, "open: Is a directory");
  }
  EXPECT_TRUE(records[2].deviations.empty());
  EXPECT_NE(gateway_.pages().back().body.find("{result=\"incomplete\"} 2"),
            std::string::npos)
      << gateway_.pages().back().body;
  const auto traced = Read();
  ASSERT_EQ(traced.size(), 1U);
  EXPECT_EQ(traced[0].record.cycle, 3U);
  EXPECT_EQ(traced[0].leases.size(), 3U) << "of its own time alone";
  const auto journal = telemetry::JournalReader::Open(folder_ / "journal.sqlite");
  ASSERT_TRUE(journal.ok());
  EXPECT_EQ(journal->CycleCount(), 3U);
}

// The same robot with and without a trace: what it does and journals is the same.
TEST_F(TracedRobot, ATraceChangesNothingThatARobotDoes) {
  const Instant begin = world_.now;
  const auto traced = RunTraced(4);
  const auto seen = world_.heard.size();
  world_.now = begin;
  boot_id_ = "boot-2";
  const auto plain = Run(4);
  ASSERT_EQ(plain.size(), traced.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(plain[i].woke, traced[i].woke);
    EXPECT_EQ(plain[i].phases, traced[i].phases);
    EXPECT_EQ(plain[i].deviations.size(), traced[i].deviations.size()) << i;
  }
  EXPECT_EQ(world_.heard.size() - seen, seen);
}

}  // namespace
}  // namespace torpor::agent
