#include "agent/rung.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/test_terms.h"
#include "core/test_folder.h"

namespace torpor::agent {
namespace {

using contract::Residency;
using ::testing::HasSubstr;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class RungTest : public testing::Test {
 protected:
  RungTest() {
    terms_.period = 60s;
    terms_.infer = 400ms;
    terms_.residency_max = Residency::kHot;
    model_.fill(std::byte{7});
    power::RungCost cold{.rung = Residency::kChildExited};
    cold.exit = {30'000'000};
    cold.exit_latency = 300ms;
    cold.repetitions = 5;
    power::RungCost warm{.rung = Residency::kContextKept};
    warm.parked = {100'000};  // 6 J in a minute
    warm.exit = {1'000'000};
    warm.exit_latency = 20ms;
    warm.repetitions = 5;
    calibration_.identity = power::ReadMachine(sys_);
    calibration_.identity.back_end = kBackEnd;
    calibration_.identity.model = model_;
    calibration_.meter = "VDD_IN, sampled";
    calibration_.rungs = {cold, warm};
    Write();
  }
  void Write() const { folder_.Write("cal", power::EncodeCalibration(calibration_)); }
  [[nodiscard]] TakenRung Take(const std::string& back_end = kBackEnd) const {
    return RungKeeper(folder_ / "cal", sys_, model_, terms_).Take(back_end);
  }
  [[nodiscard]] Status WhyNot() const {
    const TakenRung taken = Take();
    EXPECT_EQ(taken.rung, Residency::kChildExited);
    return taken.why_not ? taken.why_not->what : Status::kOk;
  }

  static constexpr const char* kBackEnd = "name=cuda; driver=12.4";
  TestFolder folder_;
  power::SysTree sys_{folder_.path() / "machine"};
  contract::Terms terms_ = contract::GoodTerms();
  Digest model_{};
  power::Calibration calibration_;
};

TEST_F(RungTest, AWarmerOneIsTakenWhereContractAndCalibrationAgree) {
  EXPECT_EQ(Take().rung, Residency::kContextKept);
  EXPECT_FALSE(Take().why_not);
}

TEST_F(RungTest, WithoutACalibrationNothingIsWarmAndNothingIsWrong) {
  const TakenRung taken = RungKeeper({}, sys_, model_, terms_).Take(kBackEnd);
  EXPECT_EQ(taken.rung, Residency::kChildExited);
  EXPECT_FALSE(taken.why_not);
}

TEST_F(RungTest, TheContractsResidencyIsTheLimit) {
  terms_.residency_max = Residency::kMemoryFreed;
  EXPECT_EQ(WhyNot(), Status::kOk) << "it was acted on, and this came of it";
}

TEST_F(RungTest, AnotherDriverModelOrPowerModeMakesItForeign) {
  const TakenRung driver = Take("name=cuda; driver=12.6");
  EXPECT_EQ(driver.rung, Residency::kChildExited);
  ASSERT_TRUE(driver.why_not);
  EXPECT_EQ(driver.why_not->what, Status::kCalibrationForeign);
  EXPECT_THAT(driver.why_not->detail, HasSubstr("driver=12.6 here"));

  model_[0] = std::byte{8};
  EXPECT_EQ(WhyNot(), Status::kCalibrationForeign);
  model_[0] = std::byte{7};
  ASSERT_EQ(Take().rung, Residency::kContextKept);

  std::filesystem::create_directories(folder_ / "machine/var/lib/nvpmodel");
  folder_.Write("machine/var/lib/nvpmodel/status", "pmode:0002");
  EXPECT_EQ(WhyNot(), Status::kCalibrationForeign) << "while torpord was running";
}

TEST_F(RungTest, AContractThatNamesCalibrationsIsObeyed) {
  terms_.calibration_slots[0].fill(std::byte{1});
  terms_.calibration_count = 1;
  EXPECT_EQ(WhyNot(), Status::kCalibrationNotNamed);
  terms_.calibration_slots[0] =
      power::DigestOfCalibration(power::EncodeCalibration(calibration_));
  EXPECT_EQ(Take().rung, Residency::kContextKept);
}

TEST_F(RungTest, AFileThatIsDamagedHugeOrGoneLeavesTheRobotCold) {
  folder_.Write("cal", "torpor-calibration 1\n");
  EXPECT_EQ(WhyNot(), Status::kCalibrationMalformed);
  folder_.Write("cal", std::string(power::kMaxCalibrationBytes + 1, 'x'));
  EXPECT_EQ(WhyNot(), Status::kFileTooLarge);
  std::filesystem::remove(folder_ / "cal");
  EXPECT_EQ(WhyNot(), Status::kFileMissing);
}

}  // namespace
}  // namespace torpor::agent
