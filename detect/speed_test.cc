#include <gtest/gtest.h>

#include <random>

#include "detect/detector.h"
#include "detect/test_machines.h"
#include "signal/speed.h"

namespace torpor::detect {
namespace {

constexpr std::uint32_t kSlow = 600'000;
constexpr std::uint32_t kFast = 1'500'000;

TEST(Speed, IsTheSameWithinATenth) {
  EXPECT_TRUE(signal::SameSpeed(900, 1000));
  EXPECT_TRUE(signal::SameSpeed(1000, 900));
  EXPECT_FALSE(signal::SameSpeed(899, 1000));
  EXPECT_TRUE(signal::SameSpeed(0, 0));
  EXPECT_TRUE(signal::SameSpeed(4'294'967'290U, 4'294'967'000U)) << "nothing overflows";
}

TEST(Speed, OfAWindowIsKnownWhenItIsSteady) {
  EXPECT_EQ(signal::SpeedOfWindow(1000, 1050), 1050U);
  EXPECT_EQ(signal::SpeedOfWindow(1000, 2000), signal::kSpeedChanged);
  EXPECT_EQ(signal::SpeedOfWindow(0, 1), signal::kSpeedChanged);
  EXPECT_EQ(signal::SpeedOfWindow(signal::kSpeedUnknown, 1000), signal::kSpeedUnknown);
}

class SpeedTest : public testing::Test {
 protected:
  // At another speed the machine sounds as another one would.
  Judgement Next(std::uint32_t millirpm) {
    const std::uint64_t sound = millirpm == kFast ? 50 : 51 + millirpm / 600'000;
    return detector_.Judge(LookAt(random_, sound, 0).output, millirpm);
  }
  void Commission(std::uint32_t millirpm) {
    static_cast<void>(Next(millirpm));  // it may be accelerating from the speed before
    while (!detector_.commissioned()) {
      ASSERT_EQ(Next(millirpm).why, Status::kCommissioning);
    }
  }

  Detector detector_{TestBaseline(), BoundTo({}, nullptr)};
  std::mt19937 random_{5};
};

TEST_F(SpeedTest, EachHasANormalOfItsOwn) {
  Commission(kFast);
  EXPECT_FALSE(detector_.context(kSlow).knows_the_machine());
  Commission(kSlow);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Next(kSlow).verdict, Verdict::kNormal);
  }
  EXPECT_EQ(Next(kFast).why, Status::kAccelerating);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Next(kFast).verdict, Verdict::kNormal);
  }
  EXPECT_NE(detector_.context(kSlow).mean, detector_.context(kFast).mean);
}

TEST_F(SpeedTest, AbstainsWhileTheShaftChangesItsSpeed) {
  Commission(kFast);
  EXPECT_EQ(Next(kFast + kFast / 20).verdict, Verdict::kNormal);
  EXPECT_EQ(Next(signal::kSpeedChanged).why, Status::kAccelerating);
  EXPECT_EQ(Next(kFast).verdict, Verdict::kNormal);
  EXPECT_EQ(Next(kFast / 2).why, Status::kAccelerating);
  EXPECT_EQ(Next(kFast / 2).why, Status::kCommissioning) << "steady again, and new";
}

TEST_F(SpeedTest, AShaftThatStandsIsAMachineThatStands) {
  EXPECT_EQ(Next(0).why, Status::kStandstill);
  EXPECT_EQ(detector_.commissioned_cycles(), 0U);
}

TEST_F(SpeedTest, UnknownIsOneMore) {
  Commission(signal::kSpeedUnknown);
  EXPECT_EQ(Next(kFast).why, Status::kCommissioning);
  EXPECT_EQ(Next(signal::kSpeedUnknown).verdict, Verdict::kNormal);
}

TEST_F(SpeedTest, KnowsNoMoreSpeedsThanItHasRoomFor) {
  std::uint32_t speed = 1'000'000;
  for (std::size_t i = 0; i < kMaxSpeedBins; ++i, speed *= 2) {
    static_cast<void>(Next(speed));
    EXPECT_EQ(Next(speed).why, Status::kCommissioning);
  }
  static_cast<void>(Next(speed));
  EXPECT_EQ(Next(speed).why, Status::kSpeedUnfamiliar);
  static_cast<void>(Next(1'000'000));
  EXPECT_EQ(Next(1'000'000).why, Status::kCommissioning) << "the others stay";
}

TEST_F(SpeedTest, ContinuesWithAllItsSpeedsAfterARestart) {
  Commission(kFast);
  Commission(kSlow);
  Detector restarted(TestBaseline(), BoundTo({}, nullptr));
  ASSERT_EQ(restarted.Load(detector_.Save()), Status::kOk);
  EXPECT_EQ(restarted.Save(), detector_.Save());
  EXPECT_EQ(restarted.context(kFast).mean, detector_.context(kFast).mean);
  EXPECT_EQ(restarted.context(kSlow).exemplar_z, detector_.context(kSlow).exemplar_z);
  const Look look = LookAt(random_, 50, 0);
  EXPECT_EQ(restarted.Judge(look.output, kFast).why, Status::kAccelerating)
      << "it remembers the last speed too";
}

}  // namespace
}  // namespace torpor::detect
