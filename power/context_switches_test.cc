#include "power/context_switches.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace torpor::power {
namespace {

TEST(ContextSwitches, ABlockedThreadIsNotScheduledAndAPollerIs) {
  std::atomic<bool> stop = false;
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  std::thread sleeper([&] {
    pollfd wait{pipe_ends[0], POLLIN, 0};
    poll(&wait, 1, -1);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto quiet_before = ReadContextSwitches();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto quiet_after = ReadContextSwitches();
  ASSERT_TRUE(quiet_before.ok() && quiet_after.ok());
  ASSERT_EQ(quiet_before->size(), 2U);
  EXPECT_EQ((*quiet_before)[1], (*quiet_after)[1]) << "the sleeper slept";
  EXPECT_TRUE((*quiet_before)[1].asleep);
  EXPECT_FALSE((*quiet_before)[0].asleep) << "who reads is awake";

  std::thread poller([&] {
    while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto noisy = ReadContextSwitches();
  ASSERT_TRUE(noisy.ok());
  EXPECT_GT(SwitchesBetween(*quiet_after, *noisy), 3U);
  stop = true;
  ASSERT_EQ(write(pipe_ends[1], "x", 1), 1);
  sleeper.join();
  poller.join();
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

// The short way, of a process with one thread, says what the kernel's files say.
TEST(ContextSwitches, AnOnlyThreadCountsItselfAsItsFilesDo) {
  const auto of_files = [] { return ReadContextSwitches(::getpid()); };
  const auto before = of_files();
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto own = ReadContextSwitches();
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto after = of_files();
  ASSERT_TRUE(before.ok() && own.ok() && after.ok());
  ASSERT_EQ(own->size(), before->size());
  EXPECT_EQ(own->front().tid, before->front().tid);
  EXPECT_EQ(own->front().name, before->front().name);
  EXPECT_GT(own->front().voluntary, before->front().voluntary) << "it slept once";
  EXPECT_LT(own->front().voluntary, after->front().voluntary) << "and once more";
  EXPECT_GE(own->front().involuntary, before->front().involuntary);
  EXPECT_LE(own->front().involuntary, after->front().involuntary);
  std::thread another([] {});
  another.join();
  EXPECT_EQ(ReadContextSwitches()->front().tid, before->front().tid);
}

TEST(ContextSwitches, WhoeverWasScheduledIsNamedTheBusiestFirst) {
  const std::vector<ThreadSwitches> before = {{1, "torpord", 10, 0}, {2, "timer", 5, 0}};
  std::vector<ThreadSwitches> after = {
      {1, "torpord", 11, 3}, {2, "timer", 5, 9}, {3, "poll\"er\n", 80, 0}};
  EXPECT_EQ(ScheduledBetween(before, before), "");
  EXPECT_EQ(ScheduledBetween(before, after), "poll?er? (3) 80, torpord (1) 1")
      << "one that was pushed aside was running anyway";
  for (int tid = 4; tid < 9; ++tid) after.push_back({tid, "many", 2, 0});
  EXPECT_EQ(ScheduledBetween(before, after),
            "poll?er? (3) 80, many (4) 2, many (5) 2, many (6) 2, and others");
}

TEST(ContextSwitches, AProcessThatIsNotThereIsAnError) {
  EXPECT_EQ(ReadContextSwitches(999'999'999).status(), Status::kOs);
}

}  // namespace
}  // namespace torpor::power
