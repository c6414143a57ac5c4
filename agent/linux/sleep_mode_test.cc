// What a machine must have before a contract that asks for suspend is obeyed on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "agent/linux/fake_machine_test.h"
#include "agent/linux/suspend.h"
#include "agent/stint.h"
#include "contract/test_terms.h"
#include "link/ends_under_test.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::HasSubstr;

class SleepModeTest : public testing::Test {
 protected:
  SleepModeTest() { terms_.sleep_mode = contract::SleepMode::kSuspend; }
  // Where the refusal points; "none".
  std::string Missing() {
    const auto refusal = RefuseSleepMode(terms_, machine_.files());
    if (!refusal) return "none";
    EXPECT_EQ(refusal->status, Status::kSuspendUnavailable);
    EXPECT_EQ(ExitCode(*refusal), 78);
    return refusal->where;
  }
  void GiveAlarmTimer() {
    machine_.Put("proc/self/status", "CapEff:\t000001ffffffffff\n");
    machine_.Put("sys/class/rtc/rtc0/alarmtimer.0.auto/uevent", "");
  }

  contract::Terms terms_ = contract::GoodTerms();
  Instant now_{1000s};
  FakeMachine machine_{now_};
};

TEST_F(SleepModeTest, AMachineWithEverythingIsNotRefused) {
  EXPECT_EQ(Missing(), "none");
  machine_.Put("sys/power/state", "freeze");
  EXPECT_EQ(Missing(), "none");
}

TEST_F(SleepModeTest, IdleAsksForNothing) {
  terms_.sleep_mode = contract::SleepMode::kIdle;
  machine_.Remove("sys/power");
  machine_.Remove("sys/class/rtc");
  EXPECT_EQ(Missing(), "none");
}

TEST_F(SleepModeTest, EachThingThatIsMissingIsNamed) {
  machine_.MakeUnwritable("sys/power/state", EROFS);
  EXPECT_EQ(Missing(), "sleep_mode suspend: /sys/power/state: Read-only file system");
  machine_.MakeUnwritable("sys/power/wakeup_count", EACCES);
  EXPECT_THAT(Missing(), HasSubstr("; /sys/power/wakeup_count: Permission denied"));
}

TEST_F(SleepModeTest, AKernelThatOffersNoStateIsNamed) {
  machine_.Put("sys/power/state", "");  // as in a virtual machine
  EXPECT_THAT(Missing(), HasSubstr("/sys/power/state offers neither mem nor freeze"));
  machine_.Put("sys/power/state", "disk memory");
  EXPECT_THAT(Missing(), HasSubstr("/sys/power/state offers neither mem nor freeze"));
}

TEST_F(SleepModeTest, WithoutARealTimeClockNothingWouldWakeIt) {
  machine_.Remove("sys/class/rtc/rtc0");
  EXPECT_THAT(Missing(), HasSubstr("/sys/class/rtc has no real-time clock"));
  machine_.Put("proc/self/status", "CapEff:\t000001ffffffffff\n");
  EXPECT_THAT(Missing(), HasSubstr("no real-time clock")) << "the capability alone";
}

TEST_F(SleepModeTest, AClockThatCannotWakeTheMachineIsNamed) {
  machine_.Put("sys/class/rtc/rtc0/device/power/wakeup", "disabled");
  EXPECT_THAT(Missing(), HasSubstr("rtc0/device/power/wakeup is not enabled"));
  machine_.Put("sys/class/rtc/rtc0/device/power/wakeup", "");
  EXPECT_THAT(Missing(), HasSubstr("rtc0/device/power/wakeup is not enabled"))
      << "what does not say that it may wake us is not trusted";
  machine_.Put("sys/class/rtc/rtc0/device/power/wakeup", "enabled");
  machine_.Put("sys/class/rtc/rtc0/since_epoch", "");
  EXPECT_THAT(Missing(), HasSubstr("rtc0/since_epoch tells no time"));
}

TEST_F(SleepModeTest, ASecondClockServesWhereTheFirstDoesNot) {
  machine_.MakeUnwritable("sys/class/rtc/rtc0/wakealarm", ENOENT);
  EXPECT_THAT(Missing(), HasSubstr("/sys/class/rtc/rtc0/wakealarm: No such file"));
  machine_.Put("sys/class/rtc/rtc1/since_epoch", "12");  // it is 1970 there
  machine_.Put("sys/class/rtc/rtc1/wakealarm", "");
  machine_.Put("sys/class/rtc/rtc1/device/power/wakeup", "enabled");
  EXPECT_EQ(Missing(), "none");
  EXPECT_EQ(std::get<WakeAlarm>(WakeAlarm::Find(machine_.files())).clock(), "rtc1");
}

TEST_F(SleepModeTest, TheAlarmTimerServesWithItsCapabilityOnly) {
  machine_.MakeUnwritable("sys/class/rtc/rtc0/wakealarm", EACCES);
  GiveAlarmTimer();
  EXPECT_EQ(Missing(), "none");
  machine_.Put("proc/self/status", "CapEff:\t000001f7ffffffff\n");
  EXPECT_THAT(Missing(),
              HasSubstr("wakealarm: Permission denied, and no CAP_WAKE_ALARM"));
}

// A contract that is to take over is held to the same.
TEST_F(SleepModeTest, ARobotCouldNotWorkUnderItWhereItIsMissing) {
  const link::Held held(terms_);
  Options options;
  options.system_root = machine_.root();
  options.baseline = machine_.root() / "none";
  const auto why = [&] { return CouldWorkUnder(held.verified, options)->status; };
  EXPECT_EQ(why(), Status::kBaselineMissing) << "what is looked for next";
  machine_.Put("sys/power/state", "");
  EXPECT_EQ(why(), Status::kSuspendUnavailable);
  options.link_kind = LinkKind::kBroker;  // in compressed time every machine can
  EXPECT_EQ(why(), Status::kBaselineMissing);
}

TEST(KernelFiles, WritesAndReadsBelowItsRoot) {
  const TestFolder folder;
  folder.Write("state", "mem\n");
  KernelFiles files(folder.path());
  EXPECT_EQ(files.WhyNotWritable("state"), 0);
  EXPECT_EQ(files.Write("state", "freeze"), 0);
  EXPECT_EQ(folder.Slurp("state"), "freeze");
  EXPECT_EQ(files.Write("nothing", "1"), ENOENT) << "it makes no file";
  EXPECT_EQ(files.WhyNotWritable("nothing"), ENOENT);
  EXPECT_EQ(files.Write("", "1"), EISDIR);
  EXPECT_EQ(files.ReadPatiently("state", 10s), "freeze");
  EXPECT_EQ(files.ReadPatiently("nothing", 10s), std::nullopt);
}

TEST(KernelFiles, AFileThatKeepsItsReaderWaitingIsGivenUp) {
  const TestFolder folder;
  ASSERT_EQ(::mkfifo((folder / "wakeup_count").c_str(), 0600), 0);
  KernelFiles files(folder.path());
  EXPECT_EQ(files.ReadPatiently("wakeup_count", 20ms), std::nullopt);  // or never ends
}

TEST(KernelFiles, WhatTheKernelDoesNotTakeHasAnErrno) {
  KernelFiles files("/");
  EXPECT_EQ(files.Write("dev/full", "1"), ENOSPC);
}

}  // namespace
}  // namespace torpor::agent
