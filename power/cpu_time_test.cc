#include "power/cpu_time.h"

#include <gtest/gtest.h>
#include <time.h>

#include "power/test_trees.h"

namespace torpor::power {
namespace {

using std::chrono_literals::operator""ms;

TEST(CpuTime, AddsUpTheThreadsOfAProcess) {
  const TestTree tree;
  tree.Put("proc/42/task/42/schedstat", "3000000 5 7");
  tree.Put("proc/42/task/43/schedstat", "4000999 5 7");
  EXPECT_EQ(ReadCpuTime(tree.tree, 42), 7ms);
  EXPECT_EQ(ReadCpuTime(tree.tree), 5ms) << "of this process";
}

TEST(CpuTime, WhereTheKernelKeepsNoAccountItIsNotKnown) {
  const TestTree tree;
  EXPECT_EQ(ReadCpuTime(tree.tree, 42), std::nullopt) << "no such process";
  for (const char* text :
       {"0 0 0", "", "much 0 0", "-5 0 0", "99999999999999999999 0 0"}) {
    tree.Put("proc/42/task/42/schedstat", text);
    EXPECT_EQ(ReadCpuTime(tree.tree, 42), std::nullopt) << text;
  }
  for (std::size_t i = 0; i <= kMostThreads; ++i) {
    EXPECT_EQ(ReadCpuTime(tree.tree, 43),
              i == 0 ? std::nullopt : std::optional<Microseconds>(1ms * i));
    tree.Put("proc/43/task/" + std::to_string(1000 + i) + "/schedstat", "1000000 0 0");
  }
  EXPECT_EQ(ReadCpuTime(tree.tree, 43), std::nullopt) << "more threads than are read";
}

TEST(CpuTime, GrowsWithWhatThisProcessComputes) {
  const SysTree machine;
  const auto before = ReadCpuTime(machine);
  if (!before) GTEST_SKIP() << "NOT RUN: this kernel keeps no account";
  timespec spent{};
  do {
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  } while (spent.tv_sec * 1000 + spent.tv_nsec / 1'000'000 < 60);
  const auto after = ReadCpuTime(machine);
  ASSERT_TRUE(after);
  EXPECT_GE(*after, 50ms);
  EXPECT_GE(*after, *before);
}

}  // namespace
}  // namespace torpor::power
