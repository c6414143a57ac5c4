#include "power/device_holders.h"

#include <gtest/gtest.h>

#include "power/test_trees.h"

namespace torpor::power {
namespace {

TEST(DeviceHolders, NamesWhoHoldsTheGpuOpenWhateverItsDeviceIsCalled) {
  const TestTree tree;
  tree.Process(812, "camera",
               {"/dev/null", "/dev/nvhost-gpu", "/dev/nvmap", "socket:[9]"});
  tree.Process(30, "jtop", {"/dev/nvidiactl"});
  tree.Process(31, "trtexec",
               {"/dev/nvgpu/igpu0/ctrl", "/dev/nvgpu/igpu0/channel", "/dev/nvmap"});
  tree.Process(7, "sshd", {"/dev/null", "/srv/dev/nvidia0"});
  const Holders holders = FindHolders(tree.tree);
  ASSERT_EQ(holders.found.size(), 3U);
  EXPECT_EQ(holders.found[0], (Holder{31, "trtexec", "/dev/nvgpu/igpu0/ctrl", 3}));
  EXPECT_EQ(holders.found[1], (Holder{812, "camera", "/dev/nvhost-gpu", 2}));
  EXPECT_EQ(holders.found[2], (Holder{30, "jtop", "/dev/nvidiactl", 1}));
  EXPECT_EQ(holders.closed, 0U);
  EXPECT_FALSE(holders.cut);
  EXPECT_TRUE(tree.Forbidden().empty()) << "no device was opened";
}

TEST(DeviceHolders, CountsWhoMayNotBeLookedAtButNoThreadOfTheKernel) {
  const TestTree tree;
  tree.Put("proc/2/comm", "kthreadd");
  tree.Put("proc/2/cmdline", "");
  tree.Put("proc/900/cmdline", "/usr/bin/secret");
  EXPECT_EQ(FindHolders(tree.tree).closed, 1U);
}

TEST(DeviceHolders, AProcessCannotWriteIntoOurSentencesByItsName) {
  const TestTree tree;
  tree.Process(5, "a\" b\\\x07" + std::string(500, 'x'), {"/dev/nvidia0\n\x1b[2J"});
  const Holders holders = FindHolders(tree.tree);
  ASSERT_EQ(holders.found.size(), 1U);
  EXPECT_EQ(holders.found[0].comm.substr(0, 6), "a? b??") << holders.found[0].comm;
  EXPECT_EQ(holders.found[0].comm.size(), 40U);
  EXPECT_EQ(holders.found[0].device, "/dev/nvidia0??[2J");
}

TEST(DeviceHolders, LooksAtSoManyAndSaysThatThereAreMore) {
  const TestTree tree;
  for (int pid = 1; pid <= 1000; ++pid) tree.Process(pid, "busy", {});
  tree.Process(5, "camera", {"/dev/nvidia0"});
  tree.Process(999, "late", {"/dev/nvidia0"});
  Holders holders = FindHolders(tree.tree);
  EXPECT_TRUE(holders.cut);
  ASSERT_EQ(holders.found.size(), 1U);
  EXPECT_EQ(holders.found[0].comm, "late") << "the newest: the kernel's came first";
  EXPECT_LE(tree.seen.size(), 2 * kMostProcesses + 10);

  const TestTree one;
  one.Process(1, "greedy", std::vector<std::string>(kMostDescriptors, "/dev/null"));
  EXPECT_FALSE(FindHolders(one.tree).cut) << "exactly as many as are looked at";
  one.Process(2, "next", {"/dev/null"});
  EXPECT_TRUE(FindHolders(one.tree).cut);
}

}  // namespace
}  // namespace torpor::power
