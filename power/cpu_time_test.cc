#include "power/cpu_time.h"

#include <gtest/gtest.h>
#include <time.h>
#include <unistd.h>

#include <thread>

#include "power/test_trees.h"

namespace torpor::power {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const std::string kRest = " 0 0 20 0 9 0 7 1000 10";

TEST(CpuTime, AddsUpWhatAProcessSpentForItselfAndInTheKernel) {
  if (::sysconf(_SC_CLK_TCK) != 100) GTEST_SKIP() << "NOT RUN: ticks of another length";
  const TestTree tree;
  tree.Put("proc/42/stat", "42 (torpor gpu) S 1 2 3 4 5 6 7 8 9 10 130 21" + kRest);
  EXPECT_EQ(ReadCpuTime(tree.tree, 42), 1510ms);
  tree.Put("proc/42/stat", "42 (a) S 1) 99 (b) R 1 2 3 4 5 6 7 8 9 10 0 1" + kRest);
  EXPECT_EQ(ReadCpuTime(tree.tree, 42), 10ms) << "whatever the process calls itself";
  EXPECT_EQ(ReadCpuTime(tree.tree), 10ms) << "this process";
}

TEST(CpuTime, WhatIsNotUnderstoodIsNotKnown) {
  const TestTree tree;
  EXPECT_EQ(ReadCpuTime(tree.tree, 42), std::nullopt) << "no such process";
  for (const std::string text :
       {"", "42", "42 (x) S 1 2 3", "42 (x) S 1 2 3 4 5 6 7 8 9 10 130 21",
        "42 (x) S 1 2 3 4 5 6 7 8 9 10 -1 21 0",
        "42 (x) S 1 2 3 4 5 6 7 8 9 10 much 21 0",
        "42 (x) S 1 2 3 4 5 6 7 8 9 10 1 9223372036854775807 0"}) {
    tree.Put("proc/42/stat", text);
    EXPECT_EQ(ReadCpuTime(tree.tree, 42), std::nullopt) << text;
  }
}

TEST(CpuTime, GrowsWithWhatThisProcessComputes) {
  const SysTree machine;
  const auto before = ReadCpuTime(machine);
  ASSERT_TRUE(before);
  timespec spent{};
  do {
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  } while (spent.tv_sec * 1000 + spent.tv_nsec / 1'000'000 < 100);
  const auto after = ReadCpuTime(machine);
  ASSERT_TRUE(after);
  EXPECT_GE(*after - *before, 20ms);
  EXPECT_LE(*after, 60s);
}

// The file counts in ticks; the clock also sees what is less than one.
TEST(CpuTime, OfThisProcessIsThatOfItsFileToTheTick) {
  const SysTree machine;
  const auto file = ReadCpuTime(machine, ::getpid());
  const auto clock = ReadCpuTime(machine);
  ASSERT_TRUE(file && clock);
  EXPECT_LE(*file - 20ms, *clock);
  EXPECT_LE(*clock, *ReadCpuTime(machine, ::getpid()) + 20ms);
  std::thread([] {
    volatile double x = 1;
    const auto begin = ReadCpuTime(SysTree());
    while (*ReadCpuTime(SysTree()) - *begin < 50ms) x = x * 1.000001;
  }).join();
  EXPECT_GE(*ReadCpuTime(machine) - *clock, 50ms) << "of all threads, ended ones too";
}

}  // namespace
}  // namespace torpor::power
