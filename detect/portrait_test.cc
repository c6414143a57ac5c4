#include "detect/portrait.h"

#include <gtest/gtest.h>

#include <random>

#include "detect/detector.h"
#include "detect/test_machines.h"

namespace torpor::detect {
namespace {

class PortraitTest : public testing::Test {
 protected:
  // Judges until commissioning of this many cycles is over; what the last one said.
  Status Commission(double fault, double growth = 0) {
    Status why = Status::kOk;
    for (std::uint32_t i = 0; i < kTestRule.commissioning_cycles; ++i) {
      why = detector_.Judge(LookAt(random_, 50, fault + growth * i).output).why;
    }
    return why;
  }

  Detector detector_{TestBaseline(), BoundTo({}, nullptr)};
  std::mt19937 random_{5};
};

TEST_F(PortraitTest, BelievesAHealthyMachine) {
  EXPECT_EQ(Commission(0), Status::kCommissioning);
  EXPECT_TRUE(detector_.commissioned());
}

TEST_F(PortraitTest, RefusesAMachineThatWasSickWhenNew) {
  EXPECT_EQ(Commission(25), Status::kSickWhenNew);
  EXPECT_FALSE(detector_.commissioned());
  EXPECT_EQ(detector_.commissioned_cycles(), 0U) << "it begins anew";
}

TEST_F(PortraitTest, RefusesAMachineThatIsStillChanging) {
  EXPECT_EQ(Commission(0, 0.3), Status::kNotSteady);
  EXPECT_FALSE(detector_.commissioned());
}

// A sick machine's impulses, at a level and spectrum like everybody's.
TEST_F(PortraitTest, HearsImpulsesThatNoHealthyMachineHas) {
  Status why = Status::kOk;
  for (std::uint32_t i = 0; i < kTestRule.commissioning_cycles; ++i) {
    Look look = LookAt(random_, 50, 0);
    for (std::size_t b = 0; b < signal::kSubBands; ++b) {
      look.output.values[signal::kFirstSubBand + b] += 4;
    }
    why = detector_.Judge(look.output).why;
  }
  EXPECT_EQ(why, Status::kSickWhenNew);
}

TEST_F(PortraitTest, TheReasonStaysUntilCommissioningEndsWell) {
  EXPECT_EQ(Commission(25), Status::kSickWhenNew);
  EXPECT_EQ(detector_.Judge(LookAt(random_, 50, 25).output).why, Status::kSickWhenNew);

  Detector restarted(TestBaseline(), BoundTo({}, nullptr));
  ASSERT_EQ(restarted.Load(detector_.Save()), Status::kOk);
  for (std::uint32_t i = 1; i + 1 < kTestRule.commissioning_cycles; ++i) {
    EXPECT_EQ(restarted.Judge(LookAt(random_, 50, 0).output).why, Status::kSickWhenNew);
  }
  // The bearing was replaced after the first of these cycles, within the run-in.
  EXPECT_EQ(restarted.Judge(LookAt(random_, 50, 0).output).why, Status::kCommissioning);
  EXPECT_EQ(restarted.Judge(LookAt(random_, 50, 0).output).verdict, Verdict::kNormal);
}

TEST_F(PortraitTest, NoMachineOfTheFitIsRefusedByIt) {
  for (const Life& life : Fleet(5, 40, 40)) {
    Detector own(TestBaseline(), BoundTo({}, nullptr));
    for (const Look& look : life.looks) static_cast<void>(own.Judge(look.output));
    EXPECT_TRUE(own.commissioned()) << life.id;
  }
}

}  // namespace
}  // namespace torpor::detect
