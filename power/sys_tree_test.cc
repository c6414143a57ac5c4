#include "power/sys_tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/test_folder.h"

namespace torpor::power {
namespace {

using Seen = std::vector<std::pair<std::string, SysTree::Access>>;

class SysTreeTest : public testing::Test {
 protected:
  void Put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    root_.Write(path, text);
  }

  TestFolder root_;
  SysTree tree_{root_.path()};
};

TEST_F(SysTreeTest, ReadsAnAttributeWithoutTheWhiteSpaceAroundIt) {
  Put("sys/class/hwmon/hwmon0/name", " ina3221\n");
  EXPECT_EQ(tree_.Read("sys/class/hwmon/hwmon0/name"), "ina3221");
  EXPECT_EQ(tree_.Read("/sys//class/./hwmon/hwmon0/name"), "ina3221");
}

TEST_F(SysTreeTest, AnEmptyAttributeIsNotAMissingOne) {
  Put("sys/empty", "\n");
  int why = 0;
  EXPECT_EQ(tree_.Read("sys/empty", &why), "");
  EXPECT_EQ(tree_.Read("sys/missing", &why), std::nullopt);
  EXPECT_EQ(why, ENOENT);
}

TEST_F(SysTreeTest, ReadsOncePerAttributeAndNoMoreThanAPage) {
  Put("sys/long", std::string(3 * SysTree::kMaxBytes, 'x'));
  EXPECT_EQ(tree_.Read("sys/long")->size(), SysTree::kMaxBytes);
}

TEST_F(SysTreeTest, ReadsALongTableToItsEndOrToTheBound) {
  const std::string table =
      " first row\n" + std::string(2 * SysTree::kMaxBytes, 'x') + "\n";
  Put("proc/interrupts", table);
  EXPECT_EQ(tree_.ReadLong("proc/interrupts", 1U << 20U), table);
  EXPECT_EQ(tree_.ReadLong("proc/interrupts", 5000), table.substr(0, 5000));
  EXPECT_EQ(tree_.ReadLong("proc/missing", 5000), std::nullopt);
}

TEST_F(SysTreeTest, SaysWhyAnAttributeCannotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "NOT RUN: root reads whatever there is";
  Put("sys/energy_uj", "12");
  ASSERT_EQ(::chmod((root_ / "sys/energy_uj").c_str(), 0), 0);
  int why = 0;
  EXPECT_EQ(tree_.Read("sys/energy_uj", &why), std::nullopt);
  EXPECT_EQ(why, EACCES);
}

TEST_F(SysTreeTest, DoesNotWaitForAPipeThatStandsWhereAnAttributeShould) {
  std::filesystem::create_directories(root_ / "sys");
  ASSERT_EQ(::mkfifo((root_ / "sys/pipe").c_str(), 0600), 0);
  int why = 0;
  EXPECT_EQ(tree_.Read("sys/pipe", &why), std::nullopt);
  EXPECT_EQ(why, EINVAL);
  EXPECT_EQ(tree_.Read("sys", &why), std::nullopt);
}

TEST_F(SysTreeTest, ListsAFolderSortedAndAMissingOneAsEmpty) {
  Put("sys/b/x", "");
  Put("sys/a/x", "");
  EXPECT_EQ(tree_.List("sys"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(tree_.List("sys/missing").empty());
}

TEST_F(SysTreeTest, MatchesStarsInAnyPartOfAPath) {
  Put("sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon3/name", "");
  Put("sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/name", "");
  Put("sys/bus/i2c/drivers/ina3221/uevent", "");
  EXPECT_EQ(
      tree_.Match("sys/bus/i2c/drivers/ina3221/*/hwmon/hwmon*/name"),
      (std::vector<std::string>{"sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon3/name",
                                "sys/bus/i2c/drivers/ina3221/1-0041/hwmon/hwmon4/name"}));
  EXPECT_TRUE(tree_.Match("sys/bus/spi/*").empty());
}

TEST_F(SysTreeTest, GivesUpOnAFolderOfTenThousand) {
  const TestFolder root(TestFolder::InMemory());
  for (int i = 0; i < 10'000; ++i) {
    std::filesystem::create_directory(root / std::to_string(i));
  }
  const SysTree tree(root.path());
  EXPECT_EQ(tree.List("").size(), SysTree::kMaxNames);
  EXPECT_EQ(tree.Match("*/x").size(), SysTree::kMaxNames);
}

TEST_F(SysTreeTest, ForbidsWhatWakesADeviceUnderEachOfItsNames) {
  for (const char* path :
       {"sys/devices/platform/17000000.gpu/load", "/sys/devices/gpu.0/load/", "load",
        "dev/nvidia0", "/dev/nvidia-uvm", "//dev/./nvidiactl",
        "sys/bus/pci/devices/0000:01:00.0/config",
        "sys/bus/pci/devices/0000:01:00.0/current_link_speed", "sys/../dev/nvidia0"}) {
    EXPECT_TRUE(SysTree::Forbids(path)) << path;
  }
  for (const char* path :
       {"sys/devices/platform/17000000.gpu/power/runtime_status", "proc/loadavg",
        "sys/devices/gpu.0/payload", "sys/class/rtc/rtc0/dev", "proc/config", ""}) {
    EXPECT_FALSE(SysTree::Forbids(path)) << path;
  }
}

TEST_F(SysTreeTest, ShowsTheObserverWhatItOpensAndWhatItRefuses) {
  Put("sys/gpu/load", "1000");
  Put("sys/gpu/uevent", "x");
  Seen seen;
  tree_.ObserveWith([&](std::string_view path, SysTree::Access access) {
    seen.emplace_back(path, access);
  });
  int why = 0;
  EXPECT_EQ(tree_.Read("/sys/gpu/load", &why), std::nullopt);
  EXPECT_EQ(why, EACCES);
  EXPECT_EQ(tree_.Read("/sys/gpu/uevent"), "x");
  EXPECT_EQ(tree_.List("sys/gpu").size(), 2U);
  EXPECT_EQ(seen, (Seen{{"sys/gpu/load", SysTree::Access::kRefused},
                        {"sys/gpu/uevent", SysTree::Access::kRead},
                        {"sys/gpu", SysTree::Access::kListed}}));
}

TEST_F(SysTreeTest, DoesNotFollowALinkToAnAttributeOfAnotherName) {
  Put("sys/gpu/load", "1000");
  std::filesystem::create_symlink("load", root_ / "sys/gpu/busy");
  EXPECT_EQ(tree_.Read("sys/gpu/busy"), std::nullopt);
  // Folders of sysfs are links all over, and are followed.
  Put("sys/gpu/name", "ga10b");
  std::filesystem::create_directory_symlink("gpu", root_ / "sys/device");
  EXPECT_EQ(tree_.Read("sys/device/name"), "ga10b");
}

using SysTreeDeathTest = SysTreeTest;

TEST_F(SysTreeDeathTest, AbortsWhereNobodyObservesAndAssertionsAreOn) {
  Put("sys/gpu/load", "1000");
  EXPECT_DEBUG_DEATH(EXPECT_EQ(tree_.Read("sys/gpu/load"), std::nullopt), "forbidden");
}

TEST_F(SysTreeTest, SaysWhereALinkLeadsWithoutGoingThere) {
  std::filesystem::create_directories(root_ / "proc/7/fd");
  std::filesystem::create_symlink("/dev/nvidia0", root_ / "proc/7/fd/3");
  Put("proc/7/comm", "camera\n");
  EXPECT_EQ(tree_.Link("proc/7/fd/3"), "/dev/nvidia0");
  EXPECT_EQ(tree_.Link("proc/7/comm"), std::nullopt);
  EXPECT_EQ(tree_.Link("proc/7/fd/4"), std::nullopt);
  Seen seen;
  tree_.ObserveWith([&](std::string_view path, SysTree::Access access) {
    seen.emplace_back(path, access);
  });
  EXPECT_EQ(tree_.Link("dev/nvidia0"), std::nullopt);
  EXPECT_EQ(seen, (Seen{{"dev/nvidia0", SysTree::Access::kRefused}}));
}

}  // namespace
}  // namespace torpor::power
