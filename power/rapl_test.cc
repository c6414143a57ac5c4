#include "power/rapl.h"

#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "power/sys_tree_under_test.h"

namespace torpor::power {
namespace {

const std::string kZones = "sys/class/powercap/";

class RaplTest : public testing::Test {
 protected:
  std::vector<Reading> Read() {
    std::vector<Reading> readings(meter_->rails().size());
    meter_->Read(readings);
    return readings;
  }

  TreeUnderTest sys_;
  std::unique_ptr<Meter> meter_;
};

TEST_F(RaplTest, FindsPackageMemoryAndPlatformButNotThePartsOfAPackage) {
  PutRapl(sys_);
  meter_ = FindRapl(sys_.tree());
  ASSERT_NE(meter_, nullptr);
  ASSERT_EQ(meter_->rails().size(), 3U);
  EXPECT_EQ(meter_->rails()[0].name, "package-0");
  EXPECT_EQ(meter_->rails()[1].name, "dram-0");
  EXPECT_EQ(meter_->rails()[2].name, "psys");
  EXPECT_FALSE(meter_->rails()[0].whole_machine);
  EXPECT_TRUE(meter_->rails()[2].whole_machine);
  EXPECT_EQ(meter_->rails()[0].range, Microjoules{262'143'328'850});
  EXPECT_EQ(meter_->rails()[0].tells, Rail::Tells::kEnergy);
  EXPECT_EQ(Read(), (std::vector<Reading>{262'143'000'000, 1'000'000, 5'000'000}));
}

TEST_F(RaplTest, ThereIsNoMeterWhereThereAreNoZones) {
  EXPECT_EQ(FindRapl(sys_.tree()), nullptr);
  sys_.Put(kZones + "intel-rapl/enabled", "1");
  EXPECT_EQ(FindRapl(sys_.tree()), nullptr);
}

TEST_F(RaplTest, AbsurdContentsAreNoReading) {
  PutRapl(sys_);
  meter_ = FindRapl(sys_.tree());
  for (const char* text : {"", "abc", "-1", "18446744073709551615", "1 2"}) {
    sys_.Put(kZones + "intel-rapl:0/energy_uj", text);
    EXPECT_EQ(Read()[0], std::nullopt) << text;
  }
  sys_.Put(kZones + "intel-rapl:1/energy_uj", "abc");
  EXPECT_EQ(FindRapl(sys_.tree())->rails()[2].unmetered, "what it tells is absurd");
}

TEST_F(RaplTest, ARangeThatIsAbsurdIsNotKnown) {
  PutRapl(sys_);
  sys_.Put(kZones + "intel-rapl:0/max_energy_range_uj", "-5");
  EXPECT_EQ(FindRapl(sys_.tree())->rails()[0].range, Microjoules{});
}

TEST_F(RaplTest, ACounterThatIsClosedToUsSaysWhoMayReadIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "NOT RUN: only root can become somebody else";
  PutRapl(sys_);
  const std::filesystem::path root = sys_.root();
  std::filesystem::permissions(root, std::filesystem::perms::all);
  std::filesystem::permissions(root / kZones / "intel-rapl:0/energy_uj",
                               std::filesystem::perms::owner_read);
  ASSERT_EQ(::seteuid(65534), 0);
  meter_ = FindRapl(sys_.tree());
  const std::vector<Reading> readings = Read();
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(meter_->rails()[0].unmetered, "only root may read it, since 2020");
  EXPECT_EQ(readings, (std::vector<Reading>{{}, 1'000'000, 5'000'000}));
}

}  // namespace
}  // namespace torpor::power
