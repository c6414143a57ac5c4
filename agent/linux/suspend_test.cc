#include "agent/linux/suspend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/linux/fake_machine_test.h"
#include "contract/test_terms.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;
using testing::HasSubstr;

constexpr const char* kAlarm = "sys/class/rtc/rtc0/wakealarm";

class SuspendTest : public testing::Test {
 protected:
  // As long as a robot sleeps.
  World::Sleep Sleep(Microseconds length = 55s) {
    auto prepared = Suspend::Prepare(machine_, kResume);
    if (const auto* missing = std::get_if<std::string>(&prepared)) {
      ADD_FAILURE() << *missing;
      return {};
    }
    deadline_ = now_ + length;
    return std::get<Suspend>(prepared).SleepUntil(deadline_);
  }
  // Whether it slept to the deadline and not beyond, and left no alarm behind.
  void ExpectInTime(const World::Sleep& sleep) {
    EXPECT_EQ(sleep.woke, Woke::kDeadline);
    EXPECT_EQ(now_, deadline_);
    EXPECT_EQ(machine_.Get(kAlarm), "");
  }
  static std::string Detail(const World::Sleep& sleep, Status what) {
    for (const auto& deviation : sleep.deviations) {
      if (deviation.what == what) return deviation.detail;
    }
    return "none";
  }
  static FakeMachine::Night WokenAfter(Microseconds after, std::string by = "wakeup1") {
    return {.woken_after = after, .by = std::move(by)};
  }
  static FakeMachine::Night Fails(int error, Microseconds after = 0s) {
    return {.woken_after = after, .error = error, .failed_device = "17000000.gpu"};
  }

  static constexpr Microseconds kResume = 500ms;
  Instant now_{1000s};
  FakeMachine machine_{now_};
  Instant deadline_;
};

TEST_F(SuspendTest, SuspendsUntilShortlyBeforeTheDeadlineAndIdlesTheRest) {
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.suspends, 1);
  EXPECT_TRUE(sleep.deviations.empty()) << Detail(sleep, Status::kDidNotSuspend);
  EXPECT_GE(sleep.suspended, 55s - kResume - 2s);
  EXPECT_LE(sleep.suspended, 55s - kResume);
  EXPECT_EQ(sleep.wakeups, 0U);
  EXPECT_EQ(sleep.woken_by_others + sleep.woken_by_unknown, 0U);
}

// Both at once would ring a second apart, and the earlier pass for somebody else's.
TEST_F(SuspendTest, WhereTheClockServesTheAlarmTimerStaysOff) {
  machine_.Put("proc/self/status", "CapEff:\t000001ffffffffff\n");
  machine_.Put("sys/class/rtc/rtc0/alarmtimer.0.auto/uevent", "");
  machine_.on_suspend = [this](const FakeMachine::Night&) {
    EXPECT_FALSE(machine_.alarm_timer_at.has_value());
  };
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.suspends, 1);
  EXPECT_TRUE(sleep.deviations.empty());
  // What the kernel would refuse for the timer alone is no trouble for the clock.
  EXPECT_EQ(Sleep(3500ms).deviations.size(), 0U);
}

TEST_F(SuspendTest, AClockThatIsForbiddenToWakeTheMachineIsNotSleptUnder) {
  auto prepared = Suspend::Prepare(machine_, kResume);
  machine_.Put("sys/class/rtc/rtc0/device/power/wakeup", "disabled");
  const Instant deadline = now_ + 55s;
  const auto sleep = std::get<Suspend>(prepared).SleepUntil(deadline);
  EXPECT_EQ(now_, deadline);
  EXPECT_EQ(machine_.suspends, 0) << "it would never have woken";
  EXPECT_THAT(Detail(sleep, Status::kSuspendRefused),
              HasSubstr("rtc0 may not wake the machine any more"));
}

TEST_F(SuspendTest, TheAlarmIsNeverLateWhateverTheClocksPhaseAndTime) {
  for (const Microseconds phase : {0us, 1us, 500'000us, 999'999us}) {
    for (const std::int64_t offset : {-1'000L, -990L, 3'600L, 1'795'392'000L}) {
      machine_.SetClock(offset, phase);
      ExpectInTime(Sleep());
      ASSERT_FALSE(machine_.idled.empty());
      ASSERT_EQ(machine_.idled.back(), deadline_) << "woken before the deadline";
    }
  }
  EXPECT_EQ(machine_.suspends, 16);
}

TEST_F(SuspendTest, AnAlarmThatSomebodyLeftIsReplaced) {
  machine_.Put(kAlarm, "4000000000");
  ExpectInTime(Sleep());
  EXPECT_EQ(machine_.suspends, 1);
  EXPECT_EQ(machine_.idled.size(), 1U) << "at the first try";
}

TEST_F(SuspendTest, AnAlarmThatTheClockTookAndDoesNotKeepIsNotReliedUpon) {
  machine_.keeps_alarm = false;
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_TRUE(machine_.asked_at.empty());
  EXPECT_THAT(Detail(sleep, Status::kSuspendRefused),
              HasSubstr("rtc0 does not take the alarm"));
}

TEST_F(SuspendTest, ASleepTooShortForAnAlarmIsIdle) {
  const auto sleep = Sleep(2900ms);
  ExpectInTime(sleep);
  EXPECT_TRUE(machine_.asked_at.empty());
  EXPECT_TRUE(sleep.deviations.empty());
  ExpectInTime(Sleep(0s));
}

TEST_F(SuspendTest, WhatIsLeftAfterALongAnswerOfTheKernelMayBeTooShort) {
  machine_.answers_after = 1400ms;
  ExpectInTime(Sleep(3s));
  EXPECT_TRUE(machine_.asked_at.empty());
}

TEST_F(SuspendTest, WokenEarlyItGoesBackToSleepAndNamesWho) {
  machine_.nights = {WokenAfter(10s), WokenAfter(10s, "wakeup2"), WokenAfter(5s)};
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.suspends, 4);
  EXPECT_EQ(sleep.woken_by_others, 3U);
  EXPECT_EQ(sleep.woken_by_unknown, 0U);
  const std::string detail = Detail(sleep, Status::kWokeEarly);
  EXPECT_THAT(detail, HasSubstr("3 times, up to 43.8 s too early: usb1 (2) wlan0 (1)"));
  EXPECT_EQ(sleep.deviations.size(), 1U);
}

TEST_F(SuspendTest, WhoeverCountsNothingIsUnknownOrKnownByTheInterrupt) {
  machine_.nights = {WokenAfter(10s, "")};
  auto sleep = Sleep();
  EXPECT_EQ(sleep.woken_by_unknown, 1U);
  EXPECT_THAT(Detail(sleep, Status::kWokeEarly), HasSubstr("unknown (1)"));
  machine_.Put("sys/power/pm_wakeup_irq", "57");
  machine_.Put("sys/kernel/irq/57/actions", "gpio-keys");
  machine_.nights = {WokenAfter(10s, "")};
  sleep = Sleep();
  EXPECT_EQ(sleep.woken_by_others, 1U);
  EXPECT_THAT(Detail(sleep, Status::kWokeEarly), HasSubstr("gpio-keys (1)"));
}

TEST_F(SuspendTest, AnAlarmOfSomebodyElseIsNotOurs) {
  machine_.nights = {WokenAfter(20s, "wakeup0")};
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(sleep.woken_by_others, 1U);
  EXPECT_THAT(Detail(sleep, Status::kWokeEarly), HasSubstr("alarm of another program"));
}

TEST_F(SuspendTest, AStormOfWakingsEndsInIdleSleep) {
  for (int i = 0; i < 1000; ++i) machine_.nights.push_back(WokenAfter(50ms));
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.suspends, Suspend::kMaxEarlyWakings);
  EXPECT_EQ(sleep.woken_by_others, 10U);
  EXPECT_EQ(sleep.deviations.size(), 1U);
  EXPECT_THAT(Detail(sleep, Status::kWokeEarly), HasSubstr("usb1 (10), idle then"));
}

TEST_F(SuspendTest, RefusedTwiceItTriesAThirdTimeAfterGrowingRests) {
  machine_.nights = {Fails(EBUSY), Fails(EBUSY)};
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.suspends, 1);
  ASSERT_EQ(machine_.asked_at.size(), 3U);
  EXPECT_EQ(machine_.asked_at[1] - machine_.asked_at[0], kResume);
  EXPECT_EQ(machine_.asked_at[2] - machine_.asked_at[1], 2 * kResume);
  EXPECT_THAT(Detail(sleep, Status::kSuspendRefused),
              HasSubstr("2 of 3 tries: Device or resource busy"));
  EXPECT_GT(sleep.suspended, 45s);
}

TEST_F(SuspendTest, AGpuThatIsStillBusyIsNamedAndTheRobotSleepsIdle) {
  // Each time the driver waits for 2000 ms.
  machine_.nights = {Fails(EINVAL, 2s), Fails(EINVAL, 2s), Fails(EINVAL, 2s)};
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.asked_at.size(), 3U);
  EXPECT_EQ(sleep.suspended, 0s);
  const std::string detail = Detail(sleep, Status::kSuspendRefused);
  EXPECT_THAT(detail, HasSubstr("3 of 3 tries, idle then: Invalid argument after 2.0 s"));
  EXPECT_THAT(detail, HasSubstr("17000000.gpu"));
}

TEST_F(SuspendTest, AWakingThatComesInBetweenIsWaitedOutWithoutADeviation) {
  machine_.handshakes = {EINVAL, EBUSY};
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.suspends, 1);
  EXPECT_TRUE(sleep.deviations.empty());
}

TEST_F(SuspendTest, WakingsThatKeepComingInBetweenEndInIdleSleep) {
  machine_.handshakes = {EINVAL, EINVAL, EINVAL};
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_TRUE(machine_.asked_at.empty()) << "the race was lost, and not run";
  EXPECT_THAT(Detail(sleep, Status::kSuspendRefused), HasSubstr("came in between"));
}

TEST_F(SuspendTest, WhoKeepsTheMachineAwakeIsNamed) {
  machine_.keeps_awake = 100;
  machine_.Put("sys/class/wakeup/wakeup2/active_time_ms", "812");
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_TRUE(machine_.asked_at.empty());
  EXPECT_EQ(machine_.keeps_awake, 97);
  EXPECT_THAT(Detail(sleep, Status::kSuspendRefused), HasSubstr("kept awake by wlan0"));
}

TEST_F(SuspendTest, AMachineThatOnlySaysThatItSleptIsFoundOut) {
  machine_.nights = {{.pretended = true}};
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.asked_at.size(), 1U) << "asked once, then idle";
  EXPECT_EQ(sleep.suspended, 0s);
  EXPECT_EQ(Detail(sleep, Status::kDidNotSuspend),
            "0.0 s passed, 0.0 s of them suspended, success +0, fail +0, clock +0");
}

TEST_F(SuspendTest, ASuccessThatTheClocksDenyIsNone) {
  machine_.clock_runs = true;  // and the state is mem, deep
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(sleep.suspended, 0s);
  EXPECT_THAT(Detail(sleep, Status::kDidNotSuspend), HasSubstr("success +1"));
}

TEST_F(SuspendTest, ClocksThatNoCounterConfirmsAreNone) {
  machine_.nights = {{.counted = false}};
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_THAT(Detail(sleep, Status::kDidNotSuspend), HasSubstr("success +0"));
  EXPECT_EQ(sleep.suspended, 0s);
}

TEST_F(SuspendTest, WithoutCountersTheClocksAloneDecide) {
  machine_.Remove("sys/power/suspend_stats");
  EXPECT_GT(Sleep().suspended, 50s);
  machine_.nights = {{.pretended = true}};
  EXPECT_THAT(Detail(Sleep(), Status::kDidNotSuspend), HasSubstr("0.0 s passed"));
}

TEST_F(SuspendTest, SuspendToIdleIsLeftToTheCounterWhereTheClockRuns) {
  machine_.clock_runs = true;
  machine_.Put("sys/power/mem_sleep", "[s2idle] deep");
  auto sleep = Sleep();
  EXPECT_TRUE(sleep.deviations.empty());
  EXPECT_GT(sleep.suspended, 50s);
  machine_.Put("sys/power/state", "freeze disk");
  sleep = Sleep();
  EXPECT_TRUE(sleep.deviations.empty());
  EXPECT_EQ(machine_.suspends, 2);
}

TEST_F(SuspendTest, ABootClockThatDoesNotCountTheSleepIsNotTrustedTwice) {
  machine_.boot_clock_stands = true;
  const auto sleep = Sleep();
  EXPECT_EQ(machine_.suspends, 1) << "by that clock it never gets later";
  EXPECT_THAT(Detail(sleep, Status::kDidNotSuspend), HasSubstr("clock +54"));
}

TEST_F(SuspendTest, WithoutAnAlarmThatStandsNothingIsSuspended) {
  machine_.MakeUnwritable(kAlarm, EIO);
  machine_.Put("proc/self/status", "CapEff:\t0000000800000000\n");
  machine_.Put("sys/class/rtc/rtc0/alarmtimer.0.auto/uevent", "");
  const auto sleep = Sleep();  // there is no such timer after all
  EXPECT_EQ(now_, deadline_);
  EXPECT_TRUE(machine_.asked_at.empty());
  EXPECT_THAT(Detail(sleep, Status::kSuspendRefused), HasSubstr("BOOTTIME_ALARM"));
}

TEST_F(SuspendTest, TheAlarmTimerServesWhereTheClocksOwnMayNotBeWritten) {
  machine_.MakeUnwritable(kAlarm, EACCES);
  machine_.Put("proc/self/status", "CapEff:\t0000000800000000\n");
  machine_.Put("sys/class/rtc/rtc0/alarmtimer.0.auto/uevent", "");
  machine_.alarm_timer = true;
  const auto sleep = Sleep();
  ExpectInTime(sleep);
  EXPECT_EQ(machine_.suspends, 1);
  EXPECT_EQ(machine_.last_alarm_timer, deadline_ - 55s + 54s - power::kAlarmResolution);
  EXPECT_EQ(machine_.alarm_timer_at, std::nullopt) << "disarmed again";
  EXPECT_TRUE(sleep.deviations.empty());
}

TEST_F(SuspendTest, ARequestToStopThatCameWhileAwakeIsSeenBeforeTheSuspend) {
  machine_.stop_after = 0;
  EXPECT_EQ(Sleep().woke, Woke::kStop);
  EXPECT_TRUE(machine_.asked_at.empty());
}

TEST_F(SuspendTest, ARequestToStopThatCameInSuspendIsSeenAtTheNextWaking) {
  machine_.nights = {WokenAfter(10s)};
  machine_.on_suspend = [this](auto&) { machine_.stop_after = 0; };
  const auto sleep = Sleep();
  EXPECT_EQ(sleep.woke, Woke::kStop);
  EXPECT_EQ(machine_.suspends, 1);
  EXPECT_LT(now_, deadline_ - 40s);
  EXPECT_EQ(sleep.woken_by_others, 1U) << "it is told all the same";
}

}  // namespace
}  // namespace torpor::agent
