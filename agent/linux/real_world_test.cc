#include "agent/linux/real_world.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <thread>

#include "core/test_folder.h"
#include "power/context_switches.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""ms;

// A serial line of our own: the test holds the other end.
class Pty {
 public:
  Pty() : controller_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    if (controller_.valid()) {
      ::grantpt(controller_.get());
      ::unlockpt(controller_.get());
    } else {
      std::cerr << "NOT RUN: this machine has no pseudo-terminals (/dev/pts)\n";
    }
  }
  [[nodiscard]] bool exists() const { return controller_.valid(); }
  [[nodiscard]] std::string path() const { return ::ptsname(controller_.get()); }
  void Say(std::string_view text) const {
    EXPECT_EQ(::write(controller_.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
  void Vanish() { controller_.Close(); }

 private:
  Descriptor controller_;
};

class RealWorldTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<RealWorld> Open(const std::string& link) const {
    auto world = RealWorld::Open(link, (folder_ / "watchdog-mark").string());
    EXPECT_TRUE(world.ok());
    return std::move(*world);
  }

  TestFolder folder_;
};

TEST_F(RealWorldTest, SleepsUntilTheDeadline) {
  const auto world = Open("/nowhere");
  const Instant before = world->Now();
  EXPECT_EQ(world->WaitUntil(before + 30ms, Listen::kNo), Woke::kDeadline);
  EXPECT_GE(world->Now(), before + 30ms);
  EXPECT_EQ(world->WaitUntil(before, Listen::kNo), Woke::kDeadline)
      << "a past deadline is due";
}

TEST_F(RealWorldTest, BytesWakeItOnlyWhenItListens) {
  const Pty pty;
  if (!pty.exists()) return;
  const auto world = Open(pty.path());
  ASSERT_TRUE(world->OpenLink());
  pty.Say("unasked");
  EXPECT_EQ(world->WaitUntil(world->Now() + 30ms, Listen::kNo), Woke::kDeadline);
  EXPECT_EQ(world->WaitUntil(world->Now() + 3000ms, Listen::kYes), Woke::kLink);
  std::array<std::byte, 32> bytes{};
  EXPECT_EQ(world->ReadLink(bytes), 7U);
}

// The timer and the watch on the link outlive a wait; what they were set to does not
// count.
TEST_F(RealWorldTest, EachWaitHasItsOwnDeadlineAndEachLinkIsHeard) {
  const Pty pty;
  if (!pty.exists()) return;
  const auto world = Open(pty.path());
  ASSERT_TRUE(world->OpenLink());
  std::array<std::byte, 32> bytes{};
  const Instant before = world->Now();
  pty.Say("a piece");
  EXPECT_EQ(world->WaitUntil(before + 40ms, Listen::kYes), Woke::kLink);
  EXPECT_EQ(world->ReadLink(bytes), 7U);
  EXPECT_EQ(world->WaitUntil(before + 120ms, Listen::kYes), Woke::kDeadline);
  EXPECT_GE(world->Now(), before + 120ms) << "later than the first wait's";
  pty.Say("a piece");
  EXPECT_EQ(world->WaitUntil(world->Now() + 5000ms, Listen::kYes), Woke::kLink);
  world->CloseLink();
  ASSERT_TRUE(world->OpenLink());
  pty.Say("again");
  EXPECT_EQ(world->WaitUntil(world->Now() + 4000ms, Listen::kYes), Woke::kLink);
  const Instant asleep = world->Now();
  EXPECT_EQ(world->WaitUntil(asleep + 10ms, Listen::kNo), Woke::kDeadline);
  EXPECT_LT(world->Now(), asleep + 2000ms) << "earlier than the last wait's, and deaf";
}

TEST_F(RealWorldTest, IsNotScheduledWhileItSleepsAndTheFirmwareChatters) {
  const Pty pty;
  if (!pty.exists()) return;
  const auto world = Open(pty.path());
  ASSERT_TRUE(world->OpenLink());
  pty.Say("chatter");
  const World::Sleep sleep = world->SleepUntil(world->Now() + 100ms);
  EXPECT_EQ(sleep.woke, Woke::kDeadline);
  EXPECT_EQ(sleep.wakeups, 0U);
}

TEST_F(RealWorldTest, CountsWhoeverWasAwakeInItsSleep) {
  const auto world = Open("/nowhere");
  std::atomic<bool> stop = false;
  std::thread poller([&] {
    ::pthread_setname_np(::pthread_self(), "busybody");
    while (!stop) std::this_thread::sleep_for(10ms);
  });
  const World::Sleep sleep = world->SleepUntil(world->Now() + 200ms);
  stop = true;
  poller.join();
  EXPECT_GT(sleep.wakeups.value_or(0), 5U);
  EXPECT_TRUE(sleep.scheduled.starts_with("busybody (")) << sleep.scheduled;
}

// The kernel is a folder: it takes what is written, and nothing sleeps.
TEST_F(RealWorldTest, ASuspendThatNeverWasIsFoundOutByTheRealClocks) {
  const TestFolder root;
  const auto put = [&root](const std::string& path, std::string_view text) {
    std::filesystem::create_directories((root / path).parent_path());
    root.Write(path, text);
  };
  put("sys/power/state", "mem");
  put("sys/power/wakeup_count", "7");
  put("sys/class/rtc/rtc0/since_epoch", "12");
  put("sys/class/rtc/rtc0/wakealarm", "");
  put("sys/class/rtc/rtc0/device/power/wakeup", "enabled");
  contract::Terms terms;
  terms.sleep_mode = contract::SleepMode::kSuspend;
  terms.wake = 10ms;
  const auto world = Open("/nowhere");
  world->SetSleepMode(terms, root.path());
  const Instant deadline = world->Now() + 2100ms;
  World::Sleep sleep = world->SleepUntil(deadline);
  EXPECT_EQ(sleep.woke, Woke::kDeadline);
  EXPECT_GE(world->Now(), deadline);
  EXPECT_EQ(sleep.wakeups, 0U) << "going to sleep in parts is no waking";
  ASSERT_EQ(sleep.deviations.size(), 1U);
  EXPECT_EQ(sleep.deviations[0].what, Status::kDidNotSuspend);
  EXPECT_EQ(root.Slurp("sys/power/state"), "mem");
  EXPECT_EQ(root.Slurp("sys/class/rtc/rtc0/wakealarm"), "0") << "it was cleared";

  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  put("sys/power/state", "mem disk");
  EXPECT_EQ(world->SleepUntil(world->Now() + 5000ms).woke, Woke::kStop);
  EXPECT_EQ(root.Slurp("sys/power/state"), "mem disk") << "nothing was written";

  terms.sleep_mode = contract::SleepMode::kIdle;  // the next contract
  world->SetSleepMode(terms, root.path());
  EXPECT_TRUE(world->SleepUntil(world->Now() + 2100ms).deviations.empty());
  EXPECT_EQ(root.Slurp("sys/power/state"), "mem disk");
}

TEST_F(RealWorldTest, ADeviceThatVanishesClosesTheLinkAndIsTriedAgain) {
  Pty pty;
  if (!pty.exists()) return;
  const auto world = Open(pty.path());
  ASSERT_TRUE(world->OpenLink());
  pty.Vanish();
  EXPECT_EQ(world->WaitUntil(world->Now() + 3000ms, Listen::kYes), Woke::kLink);
  std::array<std::byte, 8> bytes{};
  EXPECT_EQ(world->ReadLink(bytes), 0U);
  EXPECT_FALSE(world->link_open());
  EXPECT_EQ(world->WriteLink(bytes), 0U);
  EXPECT_FALSE(world->OpenLink());
}

TEST_F(RealWorldTest, AFileThatIsNoSerialDeviceIsNotALink) {
  const auto world = Open("/dev/null");
  EXPECT_FALSE(world->OpenLink());
}

TEST_F(RealWorldTest, ARequestToStopEndsTheSleep) {
  const auto world = Open("/nowhere");
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_EQ(world->WaitUntil(world->Now() + 5000ms, Listen::kNo), Woke::kStop);
}

TEST(Watchdog, EndsAWedgedProcessAndLeavesItsMark) {
  const TestFolder folder;
  const std::string mark = (folder / "mark").string();
  {
    Watchdog before;
    ASSERT_EQ(before.Install(mark + "-that-is-longer"), Status::kOk);
  }
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Watchdog watchdog;
    if (watchdog.Install(mark) != Status::kOk) ::_exit(1);
    watchdog.Arm(20ms);
    // A loop without effect that never ends is no program: Clang leaves it out.
    volatile bool wedged = true;
    while (wedged) {
    }
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 70);
  EXPECT_TRUE(std::filesystem::remove(mark));
}

TEST(Watchdog, LeavesASleeperAlone) {
  const TestFolder folder;
  Watchdog watchdog;
  ASSERT_EQ(watchdog.Install((folder / "no-mark").string()), Status::kOk);
  watchdog.Arm(20ms);
  watchdog.Disarm();
  ::usleep(60'000);
}

}  // namespace
}  // namespace torpor::agent
