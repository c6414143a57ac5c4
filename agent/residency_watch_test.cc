#include "agent/residency_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/robot_under_test.h"
#include "power/test_trees.h"

namespace torpor::agent {
namespace {

using contract::Residency::kChildExited;
using contract::Residency::kContextKept;
using contract::Residency::kHot;
using power::TestTree;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using telemetry::CycleRecord;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<Status> Reasons(const CycleRecord& record) {
  std::vector<Status> reasons;
  for (const auto& deviation : record.deviations) reasons.push_back(deviation.what);
  return reasons;
}

class ResidencyWatchTest : public testing::Test {
 protected:
  ResidencyWatchTest() { tree_.JetPack6(); }

  // One sleep of a minute; `meanwhile` is called in it.
  template <class Meanwhile>
  CycleRecord Sleep(Meanwhile meanwhile, contract::Residency allowed = kChildExited) {
    watch_.BeforeSleep();
    meanwhile();
    clocks_.boot += 60s;
    clocks_.monotonic += 60s;
    watch_.AfterSleep();
    CycleRecord record;
    stayed_up_ = watch_.Tell(allowed, record);
    return record;
  }
  void Rest() { tree_.Spend(59'500ms, 500ms); }
  void StayUp() {
    tree_.Spend(0ms, 60s);
    tree_.State("active", "no");
  }

  TestTree tree_;
  power::Clocks clocks_{FromMicroseconds(1'000'000'000), 900s};
  power::OwnAccount own_;
  ResidencyWatch watch_{tree_.tree, [this] { return clocks_; }, [this] { return own_; }};
  std::optional<contract::Residency> stayed_up_;
};

TEST_F(ResidencyWatchTest, AGoodSleepIsProvedAndRecorded) {
  const CycleRecord record = Sleep([&] {
    Rest();
    tree_.IdleTimes(1'000'000, 50'000'000 + 57'000'000);
    tree_.Wakeup("wakeup3", "alarmtimer.0.auto", 5);
    tree_.Interrupts(4'120, 7);
  });
  EXPECT_THAT(record.deviations, IsEmpty());
  EXPECT_NEAR(record.slept.value(), 59.5 / 60, 1e-9);
  ASSERT_TRUE(record.sleep);
  telemetry::SleepProof expected;
  expected.gpu_before = expected.gpu_after = "suspended";
  expected.suspended_ms = 59'500;
  expected.railgated = true;
  expected.idle_share = 0.95;
  expected.because = "suspended for 59.5 s of 60.0 s";
  expected.active_sources = "alarmtimer.0.auto 1";
  expected.interrupts = 127;
  expected.busiest_interrupts = "arch_timer 120, ttyTHS1 7";
  EXPECT_EQ(*record.sleep, expected);
  EXPECT_EQ(stayed_up_, kChildExited);
  EXPECT_FALSE(watch_.spun());
}

TEST_F(ResidencyWatchTest, NothingIsKnownBeforeTheFirstSleep) {
  watch_.AfterSleep();
  CycleRecord record;
  EXPECT_EQ(watch_.Tell(kChildExited, record), std::nullopt);
  EXPECT_EQ(record.sleep, std::nullopt);
  EXPECT_EQ(record.slept, std::nullopt);
  Sleep([&] { StayUp(); });
  watch_.AfterSleep();  // of which nobody saw the beginning
  EXPECT_EQ(watch_.Tell(kChildExited, record), std::nullopt);
  EXPECT_THAT(record.deviations, IsEmpty());
}

TEST_F(ResidencyWatchTest, ABacklogIsNamed) {
  own_ = {.answer_outstanding = true, .child = 77};
  const CycleRecord record = Sleep([&] {
    own_ = {};  // what is known when the sleep begins counts
    StayUp();
  });
  EXPECT_THAT(Reasons(record), ElementsAre(Status::kGpuBacklog));
  EXPECT_EQ(record.sleep->causes, "backlog");
  EXPECT_THAT(record.deviations[0].detail,
              HasSubstr("backlog: 17000000.gpu active for 60.0 s of 60.0 s"));
  EXPECT_EQ(stayed_up_, kHot);
  EXPECT_DOUBLE_EQ(record.slept.value(), 0);
}

TEST_F(ResidencyWatchTest, AGpuThatCameUpWithTheMachineIsNotBlamed) {
  watch_.BeforeSleep();
  tree_.Spend(58'800ms, 1'200ms);
  clocks_.boot += 60s;
  clocks_.monotonic += 60s;
  watch_.AfterSleep(1);
  CycleRecord record;
  EXPECT_EQ(watch_.Tell(kChildExited, record), std::nullopt);
  EXPECT_THAT(record.deviations, IsEmpty());
  EXPECT_TRUE(watch_.unknown());
}

TEST_F(ResidencyWatchTest, AnOpenChannelIsNamedWithItsHolder) {
  tree_.Process(812, "camera", {"/dev/nvgpu/igpu0/channel"});
  const CycleRecord record = Sleep([&] { StayUp(); });
  EXPECT_THAT(Reasons(record), ElementsAre(Status::kGpuChannelOpen));
  EXPECT_THAT(record.deviations[0].detail, HasSubstr("camera (pid 812) holds 1"));
  EXPECT_EQ(stayed_up_, kContextKept);
}

TEST_F(ResidencyWatchTest, APinIsNamedWithItsNode) {
  tree_.Control("on");
  const CycleRecord record = Sleep([&] { StayUp(); });
  EXPECT_THAT(Reasons(record), ElementsAre(Status::kGpuClocksPinned));
  EXPECT_THAT(record.deviations[0].detail, HasSubstr("power/control = on"));
  EXPECT_TRUE(record.sleep->pinned);
}

TEST_F(ResidencyWatchTest, ASpinOfOursIsTellableFromAHotGpu) {
  const CycleRecord record = Sleep([&] {
    Rest();
    tree_.Ran("self", 59s);
    tree_.Interrupts(64'000, 0);
  });
  EXPECT_THAT(Reasons(record), ElementsAre(Status::kCpuSpun));
  EXPECT_THAT(record.deviations[0].detail,
              HasSubstr("; interrupts meanwhile: arch_timer 60000"));
  EXPECT_TRUE(watch_.spun());
  EXPECT_EQ(record.sleep->causes, "spin");
  EXPECT_EQ(stayed_up_, kChildExited) << "the GPU slept";
  EXPECT_NEAR(record.slept.value(), 59.5 / 60, 1e-9);
}

TEST_F(ResidencyWatchTest, InterruptsThatTheKernelDoesNotShowAreNotZero) {
  std::filesystem::remove(tree_.folder / "proc/interrupts");
  const CycleRecord record = Sleep([&] { Rest(); });
  ASSERT_TRUE(record.sleep);
  EXPECT_EQ(record.sleep->interrupts, std::nullopt);
}

TEST_F(ResidencyWatchTest, TheSpinOfAChildIsSeenToo) {
  own_.child = 77;
  own_.parked = kContextKept;
  tree_.Ran("77", 10ms);
  const CycleRecord record = Sleep([&] {
    Rest();
    tree_.Ran("77", 10ms + 55s);
  });
  EXPECT_THAT(Reasons(record), ElementsAre(Status::kCpuSpun));
  EXPECT_THAT(record.deviations[0].detail, HasSubstr("the accelerator's child 55.0 s"));
}

TEST_F(ResidencyWatchTest, TwoCausesAtOnceAreBothNamedTheStrongestFirst) {
  tree_.Clocks(1'020'000'000, 1'020'000'000);
  tree_.Process(812, "camera", {"/dev/nvhost-gpu"});
  const CycleRecord record = Sleep([&] { StayUp(); });
  EXPECT_THAT(Reasons(record),
              ElementsAre(Status::kGpuChannelOpen, Status::kGpuClocksPinned));
  EXPECT_EQ(record.sleep->causes, "channel, clocks");
  EXPECT_EQ(stayed_up_, kHot) << "the worst of both";
}

TEST_F(ResidencyWatchTest, WhatTheContractAllowsIsRecordedButNoDeviation) {
  own_ = {.child = 77, .parked = kContextKept};
  tree_.Process(77, "torpor-gpu", {"/dev/nvhost-gpu"});
  CycleRecord record = Sleep([&] { StayUp(); }, kContextKept);
  EXPECT_THAT(record.deviations, IsEmpty());
  EXPECT_EQ(record.sleep->causes, "channel");
  EXPECT_EQ(stayed_up_, kContextKept);
  record = Sleep([&] { StayUp(); }, contract::Residency::kMemoryFreed);
  EXPECT_THAT(Reasons(record), ElementsAre(Status::kGpuChannelOpen));
  tree_.Ran("self", 10s);
  record = Sleep([&] { tree_.Ran("self", 69s); }, kHot);
  EXPECT_THAT(Reasons(record), ElementsAre(Status::kCpuSpun)) << "no rung allows to spin";
}

TEST_F(ResidencyWatchTest, WhoHoldsTheDeviceIsLookedUpOnlyWhenItWasHot) {
  tree_.Process(812, "camera", {"/dev/nvhost-gpu"});
  const auto looked = [this] {
    return std::ranges::any_of(
        tree_.seen, [](const auto& one) { return one.first.starts_with("proc/812"); });
  };
  Sleep([&] { Rest(); });
  EXPECT_FALSE(looked());
  Sleep([&] { StayUp(); });
  EXPECT_TRUE(looked());
}

TEST_F(ResidencyWatchTest, WhatIsNotProvedSaysSo) {
  std::filesystem::remove(tree_.folder / tree_.gpu / "power/runtime_suspended_time");
  const CycleRecord record = Sleep([&] {});
  std::filesystem::remove(tree_.folder / tree_.gpu / "power/runtime_suspended_time");
  EXPECT_THAT(record.deviations, IsEmpty());
  EXPECT_EQ(record.slept, std::nullopt);
  EXPECT_EQ(record.sleep->suspended_ms, std::nullopt);
  EXPECT_EQ(record.sleep->because, "its account is not whole");
  EXPECT_EQ(stayed_up_, std::nullopt);
}

TEST_F(ResidencyWatchTest, WithoutAGpuTheProcessorsSpeak) {
  std::filesystem::remove_all(tree_.folder / "sys/class/devfreq");
  std::filesystem::remove_all(tree_.folder / "sys/devices/platform");
  const CycleRecord record =
      Sleep([&] { tree_.IdleTimes(1'000'000, 50'000'000 + 30'000'000); });
  EXPECT_EQ(record.sleep->gpu_after, "none");
  EXPECT_DOUBLE_EQ(record.slept.value(), 0.5);
  EXPECT_EQ(stayed_up_, std::nullopt);
}

TEST_F(ResidencyWatchTest, AGpuThatComesIsFoundWithinEightWakings) {
  std::filesystem::remove_all(tree_.folder / "sys/class/devfreq");
  std::filesystem::remove_all(tree_.folder / "sys/devices/platform");
  EXPECT_EQ(Sleep([] {}).sleep->gpu_after, "none");
  tree_.Discrete();
  int wakings = 1;
  while (wakings < 100 && Sleep([] {}).sleep->gpu_after == "none") ++wakings;
  EXPECT_LE(wakings, 8);
  // Between two that look, no folder is listed.
  tree_.seen.clear();
  (void)Sleep([] {});
  for (const auto& [path, access] : tree_.seen) {
    EXPECT_EQ(access, power::SysTree::Access::kRead) << path;
  }
}

TEST(ResidencyWatch, ReadsTheMachineThatItRunsOn) {
  const power::SysTree machine;
  ResidencyWatch watch(machine, MachineClocks);
  watch.BeforeSleep();
  watch.AfterSleep();
  CycleRecord record;
  (void)watch.Tell(kChildExited, record);
  ASSERT_TRUE(record.sleep);
  EXPECT_FALSE(watch.spun());
}

// A whole robot, whose machine is a tree.
class RobotsSleep : public RobotTest {
 protected:
  RobotsSleep() {
    tree_.JetPack7();
    residency_ = &watch_;
    world_.asleep = [this](Microseconds length) {
      const auto ms = std::chrono::duration_cast<Milliseconds>(length);
      if (++sleeps_ == hot_sleep_) {
        tree_.Spend(0ms, ms);
        tree_.State("active", "no");
      } else {
        tree_.Spend(ms, 0ms);
        tree_.State("suspended", "yes");
      }
    };
  }

  TestTree tree_;
  ResidencyWatch watch_{tree_.tree, [this] {
                          return power::Clocks{world_.now, world_.now.time_since_epoch()};
                        }};
  int sleeps_ = 0, hot_sleep_ = 2;
};

TEST_F(RobotsSleep, AGpuThatTurnsHotIsInTheRecordTheJournalAndTheMetrics) {
  tree_.Process(812, "camera", {"/dev/nvgpu/igpu0/channel"});
  const auto cycles = Run(4);
  ASSERT_EQ(cycles.size(), 4U);
  EXPECT_EQ(cycles[0].sleep, std::nullopt) << "it had not slept yet";
  EXPECT_THAT(cycles[1].deviations, IsEmpty());
  EXPECT_NEAR(cycles[1].slept.value(), 1, 0.01);
  ASSERT_THAT(Reasons(cycles[2]), ElementsAre(Status::kGpuChannelOpen));
  EXPECT_THAT(cycles[2].deviations[0].detail, HasSubstr("camera (pid 812)"));
  EXPECT_NEAR(cycles[2].slept.value(), 0, 0.01);
  EXPECT_THAT(cycles[3].deviations, IsEmpty());

  const auto journal = telemetry::JournalReader::Open(folder_ / "journal.sqlite");
  ASSERT_TRUE(journal.ok());
  const auto rows = journal->Cycles(3, 1);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->at(0).sleep, cycles[2].sleep);
  EXPECT_EQ(rows->at(0).slept, cycles[2].slept);
  EXPECT_EQ(rows->at(0).sleep->causes, "channel");
  EXPECT_EQ(rows->at(0).deviations.at(0).detail, cycles[2].deviations[0].detail);

  ASSERT_EQ(gateway_.pages().size(), 4U);
  EXPECT_THAT(gateway_.pages()[0].body,
              Not(HasSubstr("\ntorpor_sleep_residency_ratio ")));
  EXPECT_THAT(gateway_.pages()[2].body,
              AllOf(HasSubstr("\ntorpor_gpu_hot_cycles_total{cause=\"channel\"} 1\n"),
                    HasSubstr("\ntorpor_gpu_hot_cycles_total{cause=\"backlog\"} 0\n"),
                    HasSubstr("_breach_cycles{clause=\"gpu_residency\"} 1\n"),
                    HasSubstr("\ntorpor_contract_breaches_total 1\n")));
  EXPECT_THAT(gateway_.pages()[3].body,
              AllOf(HasSubstr("\ntorpor_gpu_hot_cycles_total{cause=\"channel\"} 1\n"),
                    HasSubstr("_breach_cycles{clause=\"gpu_residency\"} 0\n"),
                    HasSubstr("\ntorpor_contract_breaches_total 1\n"),
                    HasSubstr("\ntorpor_sleep_residency_ratio ")));
}

TEST_F(RobotsSleep, AGpuThatCameUpWithTheMachineIsNoDeviation) {
  std::uint32_t early = 0;
  world_.sleeper = [&](Instant deadline) {
    const auto length = std::chrono::duration_cast<Milliseconds>(deadline - world_.now);
    tree_.Spend(length - 1200ms, 1200ms);
    world_.now = deadline;
    World::Sleep sleep{Woke::kDeadline, 0};
    (early++ == 0 ? sleep.woken_by_others : sleep.woken_by_unknown) = 1;
    return sleep;
  };
  const auto cycles = Run(3);
  EXPECT_THAT(cycles[1].deviations, IsEmpty());
  EXPECT_THAT(cycles[2].deviations, IsEmpty());
  EXPECT_THAT(cycles[2].sleep->because, HasSubstr("early resumes excuse: 1"));
}

TEST_F(RobotsSleep, OpensNoForbiddenNodeOverTheWholeCycle) {
  tree_.Discrete();
  tree_.Process(812, "camera", {"/dev/nvidia0"});
  Run(4);
  EXPECT_GT(tree_.seen.size(), 100U);
  EXPECT_THAT(tree_.Forbidden(), IsEmpty());
}

TEST_F(RobotsSleep, ASpinBreaksTheClauseOfWakeups) {
  hot_sleep_ = 0;
  const auto cycles = Run(2, [this](std::size_t) { tree_.Ran("self", 9s); });
  EXPECT_THAT(cycles[1].deviations, IsEmpty()) << "that was while it was awake";
  const auto rest = world_.asleep;
  world_.asleep = [&](Microseconds length) {
    rest(length);
    tree_.Ran("self", 18s);
  };
  world_.now += 60s;
  const auto spun = Run(2);
  EXPECT_THAT(Reasons(spun[1]), ElementsAre(Status::kCpuSpun));
  EXPECT_THAT(gateway_.pages().back().body,
              AllOf(HasSubstr("_breach_cycles{clause=\"wakeups\"} 1\n"),
                    HasSubstr("_breach_cycles{clause=\"gpu_residency\"} 0\n")));
}

TEST_F(RobotsSleep, LookingIsPartOfTheAwakeTime) {
  // Each look takes 20 ms here: one before the sleep, one after it.
  ResidencyWatch slow(tree_.tree, [this] {
    world_.now += 20ms;
    return power::Clocks{world_.now, world_.now.time_since_epoch()};
  });
  const auto quick = Run(3);
  residency_ = &slow;
  world_.now += 60s;
  const auto watched = Run(3);
  const auto took = [](const CycleRecord& cycle, telemetry::Phase phase) {
    return cycle.phases[static_cast<std::size_t>(phase)];
  };
  EXPECT_EQ(took(watched[2], telemetry::Phase::kCollect),
            took(quick[2], telemetry::Phase::kCollect) + 20ms);
  EXPECT_GE(took(watched[2], telemetry::Phase::kReport), 20ms);
}

}  // namespace
}  // namespace torpor::agent
