#include "power/wake_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/test_folder.h"

namespace torpor::power {
namespace {

class WakeSourcesTest : public testing::Test {
 protected:
  void Put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((folder_ / path).parent_path());
    folder_.Write(path, text + "\n");
  }
  void PutSource(const std::string& id, const std::string& name, int wakeups, int events,
                 int actives) {
    const std::string at = "sys/class/wakeup/" + id + "/";
    Put(at + "name", name);
    Put(at + "wakeup_count", std::to_string(wakeups));
    Put(at + "event_count", std::to_string(events));
    Put(at + "active_count", std::to_string(actives));
    Put(at + "active_time_ms", "0");
  }
  // What has woken the machine while `change` was made.
  template <class Change>
  std::vector<std::string> Woken(Change change) {
    const auto before = ReadWakeSources(tree_);
    change();
    std::vector<std::string> names;
    for (const auto& one : WokenBetween(before, ReadWakeSources(tree_))) {
      names.push_back(one.name);
    }
    return names;
  }

  TestFolder folder_;
  SysTree tree_{folder_.path()};
};

TEST_F(WakeSourcesTest, WhoWokeIsToldFromTheirCounts) {
  PutSource("wakeup0", "LNXPWRBN:00", 0, 3, 3);
  PutSource("wakeup1", "usb1", 7, 9, 9);
  EXPECT_THAT(Woken([] {}), testing::IsEmpty());
  EXPECT_THAT(Woken([&] { PutSource("wakeup1", "usb1", 8, 10, 10); }),
              testing::ElementsAre("usb1"));
}

TEST_F(WakeSourcesTest, ClaimingTheWakingOutweighsAnEventAndThatAnActivity) {
  PutSource("wakeup0", "battery", 0, 0, 0);
  PutSource("wakeup1", "wlan0", 0, 0, 0);
  PutSource("wakeup2", "usb1", 0, 0, 0);
  EXPECT_THAT(Woken([&] { PutSource("wakeup0", "battery", 0, 0, 1); }),
              testing::ElementsAre("battery"));
  EXPECT_THAT(Woken([&] {
                PutSource("wakeup0", "battery", 0, 0, 2);
                PutSource("wakeup1", "wlan0", 0, 1, 0);
              }),
              testing::ElementsAre("wlan0"));
  EXPECT_THAT(Woken([&] {
                PutSource("wakeup1", "wlan0", 0, 2, 0);
                PutSource("wakeup2", "usb1", 1, 0, 0);
              }),
              testing::ElementsAre("usb1"));
}

TEST_F(WakeSourcesTest, ADeviceThatTakesTheNumberOfAnotherIsNew) {
  PutSource("wakeup0", "usb1", 5, 5, 5);
  EXPECT_THAT(Woken([&] { PutSource("wakeup0", "wlan0", 2, 2, 2); }),
              testing::ElementsAre("wlan0"));
}

TEST_F(WakeSourcesTest, ASourceThatKeepsTheMachineAwakeSaysSo) {
  PutSource("wakeup0", "usb1", 0, 0, 0);
  EXPECT_FALSE(ReadWakeSources(tree_)[0].active);
  Put("sys/class/wakeup/wakeup0/active_time_ms", "12");
  EXPECT_TRUE(ReadWakeSources(tree_)[0].active);
}

TEST_F(WakeSourcesTest, WhatIsNotThereIsNobody) {
  EXPECT_TRUE(ReadWakeSources(tree_).empty());
  Put("sys/class/wakeup/wakeup0/name", "usb1");  // without its counts
  EXPECT_EQ(ReadWakeSources(tree_)[0].wakeups, 0U);
  EXPECT_EQ(WakingInterrupt(tree_), std::nullopt);
}

TEST_F(WakeSourcesTest, TheInterruptHasTheNameThatItsDriverGave) {
  Put("sys/power/pm_wakeup_irq", "57");
  EXPECT_EQ(WakingInterrupt(tree_), "irq 57");
  Put("sys/kernel/irq/57/actions", "xhci-hcd:usb1");
  EXPECT_EQ(WakingInterrupt(tree_), "xhci-hcd:usb1");
  for (const char* no_number : {"..", "../../class/rtc", "-1", "57x", "", "load"}) {
    Put("sys/power/pm_wakeup_irq", no_number);
    EXPECT_EQ(WakingInterrupt(tree_), std::nullopt) << no_number;
  }
}

}  // namespace
}  // namespace torpor::power
