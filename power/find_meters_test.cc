#include "power/find_meters.h"

#include <gtest/gtest.h>

#include <string>

#include "power/sys_tree_under_test.h"

namespace torpor::power {
namespace {

class FindMetersTest : public testing::Test {
 protected:
  Status Find(MeterChoice choice) { return FindMeters(sys_.tree(), choice, meters_); }

  TreeUnderTest sys_;
  Meters meters_;
};

TEST_F(FindMetersTest, FindsAllThatThereIsUnlessOneKindIsAskedFor) {
  PutOrinNano(sys_, kJetPack6, "1");
  PutRapl(sys_);
  EXPECT_EQ(Find(MeterChoice::kAuto), Status::kOk);
  ASSERT_EQ(meters_.found.size(), 2U);
  EXPECT_EQ(meters_.found[0]->name(), "ina3221");
  EXPECT_EQ(meters_.unmetered, "");
  EXPECT_EQ(Find(MeterChoice::kRapl), Status::kOk);
  ASSERT_EQ(meters_.found.size(), 1U);
  EXPECT_EQ(meters_.found[0]->name(), "rapl");
  EXPECT_EQ(Find(MeterChoice::kNone), Status::kOk);
  EXPECT_TRUE(meters_.found.empty());
}

TEST_F(FindMetersTest, AMachineWithoutAMeterIsUnmeteredAndSaysSo) {
  EXPECT_EQ(Find(MeterChoice::kAuto), Status::kOk);
  EXPECT_TRUE(meters_.found.empty());
  EXPECT_EQ(meters_.unmetered, "no meter is known here");
}

TEST_F(FindMetersTest, AMeterThatWasAskedForAndIsNotThereIsARefusal) {
  PutRapl(sys_);
  EXPECT_EQ(Find(MeterChoice::kIna3221), Status::kMeterMissing);
  EXPECT_EQ(meters_.unmetered, "there is no INA3221 here");
}

TEST_F(FindMetersTest, AMeterOfWhichNothingCanBeReadIsShownAndIsNoMeterToAskFor) {
  const std::string zone = "sys/class/powercap/intel-rapl:0/";
  sys_.Put({{zone + "name", "package-0"}, {zone + "energy_uj", "abc"}});
  EXPECT_EQ(Find(MeterChoice::kAuto), Status::kOk);
  EXPECT_EQ(meters_.found.size(), 1U);
  EXPECT_EQ(meters_.unmetered, "package-0: what it tells is absurd");
  EXPECT_EQ(Find(MeterChoice::kRapl), Status::kMeterMissing);
}

}  // namespace
}  // namespace torpor::power
