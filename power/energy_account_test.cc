#include "power/energy_account.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace torpor::power {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// As agent/ numbers them.
constexpr std::size_t kCollect = 1, kInfer = 2, kReport = 5, kSleep = 6;

Rail Supply() {
  Rail rail;
  rail.name = "VDD_IN";
  rail.whole_machine = true;
  rail.window = 500ms;
  return rail;
}

Rail Package() {
  Rail rail;
  rail.name = "package-0";
  rail.tells = Rail::Tells::kEnergy;
  rail.range = {262'143'328'850};
  return rail;
}

class EnergyAccountTest : public testing::Test {
 protected:
  void Begin(Rail rail, Reading reading) {
    account_ = EnergyAccount({std::move(rail)});
    account_.Begin(now_, std::array{reading});
  }
  void Border(std::size_t phase, Microseconds took, Reading reading,
              Passed passed = Passed::kAwake, Microseconds awake_for = {}) {
    now_ += took;
    account_.Border(phase, now_, std::array{reading}, passed, awake_for);
  }
  RailEnergy Take() { return account_.TakeCycle().at(0); }

  EnergyAccount account_{{}};
  Instant now_{1000s};
};

TEST_F(EnergyAccountTest, AConstantPowerForAMinuteIsThatManyJoules) {
  constexpr std::int64_t kPower = 5000 * 800;  // mV x mA
  Begin(Supply(), kPower);
  Border(kCollect, 5s, kPower);
  Border(kSleep, 55s, kPower, Passed::kAsleep);
  const RailEnergy energy = Take();
  EXPECT_EQ(energy.total(), Microjoules{240'000'000});
  EXPECT_EQ(energy.phases[kCollect], Microjoules{20'000'000});
  EXPECT_EQ(energy.phases[kSleep], Microjoules{220'000'000});
  EXPECT_EQ(energy.phases[kInfer], Microjoules{}) << "it took no time";
  EXPECT_EQ(energy.how, Metered::kSampled);
  EXPECT_EQ(energy.why, "");
}

TEST_F(EnergyAccountTest, AStepBetweenTwoReadingsIsTakenForASlope) {
  Begin(Supply(), 4'000'000);
  Border(kCollect, 10s, 11'000'000);
  Border(kInfer, 10s, 11'000'000);
  EXPECT_EQ(Take().total(), Microjoules{75'000'000 + 110'000'000});
}

TEST_F(EnergyAccountTest, ASleepCostsWhatTheFirstReadingAfterItSays) {
  Begin(Supply(), 11'000'000);
  Border(kSleep, 55s, 4'000'000, Passed::kAsleep, 2ms);
  EXPECT_EQ(Take().phases[kSleep], Microjoules{220'000'000}) << "not half of 11 W + 4 W";
}

TEST_F(EnergyAccountTest, AHotAcceleratorInItsSleepIsSeen) {
  Begin(Supply(), 11'000'000);
  Border(kSleep, 55s, 11'000'000, Passed::kAsleep, 2ms);
  EXPECT_EQ(Take().phases[kSleep], Microjoules{605'000'000});
}

TEST_F(EnergyAccountTest, AReadingThatTheWakingDominatesLeavesABoundOnly) {
  Begin(Supply(), 7'000'000);
  Border(kSleep, 50s, 9'000'000, Passed::kAsleep, 250ms);
  RailEnergy energy = Take();
  EXPECT_EQ(energy.how, Metered::kSampled)
      << "half of the window still lies in the sleep";
  Border(kSleep, 50s, 9'000'000, Passed::kAsleep, 251ms);
  energy = Take();
  EXPECT_EQ(energy.how, Metered::kAtMost);
  EXPECT_EQ(energy.phases[kSleep], Microjoules{450'000'000})
      << "the reading before sleep";
  EXPECT_NE(energy.why, "");
  EXPECT_EQ(WholeMachine(std::array{energy}), nullptr) << "a bound is no measurement";
  Border(kCollect, 1s, 9'000'000);
  EXPECT_EQ(Take().how, Metered::kSampled) << "the next cycle is judged by itself";
}

TEST_F(EnergyAccountTest, ASuspendedMeterTellsNothingOfTheSleep) {
  for (Rail rail : {Supply(), Package()}) {
    Begin(std::move(rail), 4'000'000);
    Border(kSleep, 55s, 4'000'001, Passed::kSuspended);
    Border(kCollect, 1s, 4'000'001);
    const RailEnergy energy = Take();
    EXPECT_EQ(energy.phases[kSleep], std::nullopt);
    EXPECT_TRUE(energy.phases[kCollect].has_value());
    EXPECT_EQ(energy.total(), std::nullopt);
    EXPECT_NE(energy.why.find("suspended"), std::string::npos);
    EXPECT_TRUE(account_.lost().empty());
  }
}

TEST_F(EnergyAccountTest, ACounterIntegratesByItself) {
  Begin(Package(), 1'000'000);
  Border(kReport, 2s, 31'000'000);
  Border(kSleep, 55s, 331'000'000, Passed::kAsleep, 900ms);
  const RailEnergy energy = Take();
  EXPECT_EQ(energy.phases[kReport], Microjoules{30'000'000});
  EXPECT_EQ(energy.phases[kSleep], Microjoules{300'000'000});
  EXPECT_EQ(energy.how, Metered::kCounted);
}

TEST_F(EnergyAccountTest, ACounterThatWrapsGoesOn) {
  Begin(Package(), 262'143'000'000);
  Border(kCollect, 60s, 671'150);
  EXPECT_EQ(Take().total(), Microjoules{1'000'000});
}

TEST_F(EnergyAccountTest, ACounterThatBeganAnewIsNotTakenForOneThatWrapped) {
  Begin(Package(), 100'000'000'000);
  Border(kCollect, 60s, 5'000'000);
  Border(kInfer, 1s, 6'000'000);
  const RailEnergy energy = Take();
  EXPECT_EQ(energy.phases[kCollect], std::nullopt);
  EXPECT_EQ(energy.phases[kInfer], Microjoules{1'000'000}) << "it can be counted on";
  EXPECT_EQ(energy.why, "the counter began anew");
}

TEST_F(EnergyAccountTest, ACounterWithoutAKnownRangeCannotWrap) {
  Rail rail = Package();
  rail.range = {};
  Begin(rail, 5'000'000);
  Border(kCollect, 60s, 4'000'000);
  EXPECT_EQ(Take().total(), std::nullopt);
}

TEST_F(EnergyAccountTest, ACounterThatMayHaveWrappedTwiceIsNotBelieved) {
  Begin(Package(), 5'000'000);
  Border(kSleep, std::chrono::hours(1), 9'000'000, Passed::kAsleep);
  const RailEnergy energy = Take();
  EXPECT_EQ(energy.total(), std::nullopt);
  EXPECT_EQ(energy.why, "the counter may have begun anew more than once");
}

TEST_F(EnergyAccountTest, AClockThatGoesNowhereOrBackCostsNothing) {
  Begin(Supply(), 4'000'000);
  Border(kCollect, 0s, 4'000'000);
  Border(kCollect, -5s, 11'000'000);
  EXPECT_EQ(Take().total(), Microjoules{});
  Begin(Package(), 1'000'000);
  Border(kCollect, 0s, 1'000'061);
  EXPECT_EQ(Take().total(), Microjoules{61}) << "a counter needs no clock";
}

TEST_F(EnergyAccountTest, AMeterThatIsLostIsUnmeteredFromThenOnAndNeverZero) {
  Begin(Supply(), 4'000'000);
  Border(kCollect, 10s, 4'000'000);
  Border(kInfer, 1s, std::nullopt);
  Border(kReport, 1s, 4'000'000);
  EXPECT_EQ(account_.lost(), std::vector<std::string>{"VDD_IN"});
  const RailEnergy energy = Take();
  EXPECT_EQ(energy.phases[kCollect], Microjoules{40'000'000});
  EXPECT_EQ(energy.phases[kInfer], std::nullopt);
  EXPECT_EQ(energy.phases[kReport], std::nullopt) << "though it answered again";
  EXPECT_EQ(energy.phases[kSleep], std::nullopt) << "nor is anything known of the rest";
  EXPECT_EQ(energy.total(), std::nullopt);
  EXPECT_EQ(WholeMachine(std::array{energy}), nullptr);
  EXPECT_TRUE(account_.lost().empty()) << "told once";
}

TEST_F(EnergyAccountTest, WhoAnswersAtTheStartOfACycleIsMeteredAgain) {
  Begin(Supply(), 4'000'000);
  Border(kCollect, 1s, std::nullopt);
  (void)Take();
  Border(kCollect, 1s, 4'000'000);
  RailEnergy energy = Take();
  EXPECT_EQ(energy.how, Metered::kNot) << "it did not answer when the cycle began";
  EXPECT_TRUE(account_.lost().empty());
  Border(kCollect, 1s, 4'000'000);
  energy = Take();
  EXPECT_EQ(energy.total(), Microjoules{4'000'000});
}

TEST_F(EnergyAccountTest, ARailThatNeverAnsweredKeepsItsReasonAndIsNoLoss) {
  Rail rail = Package();
  rail.unmetered = "only root may read it, since 2020";
  Begin(rail, std::nullopt);
  Border(kCollect, 1s, std::nullopt);
  EXPECT_TRUE(account_.lost().empty());
  const RailEnergy energy = Take();
  EXPECT_EQ(energy.how, Metered::kNot);
  EXPECT_EQ(energy.why, rail.unmetered);
}

TEST_F(EnergyAccountTest, TheCyclesOfARunAddUpToTheRun) {
  account_ = EnergyAccount({Package()});
  std::int64_t counter = 0;
  account_.Begin(now_, std::array{Reading{counter}});
  std::int64_t sum = 0;
  for (int cycle = 0; cycle < 100; ++cycle) {
    for (std::size_t phase = 0; phase < kPhases; ++phase) {
      counter += 1'000'003 * static_cast<std::int64_t>(phase + 1);
      Border(phase, 1s, counter);
    }
    sum += Take().total()->value;
  }
  EXPECT_EQ(sum, counter);
}

TEST(WholeMachine, IsTheFirstRailThatCarriesAllAndWasMeteredThroughout) {
  std::vector<RailEnergy> rails(3);
  for (RailEnergy& rail : rails) {
    rail.how = Metered::kSampled;
    rail.phases.fill(Microjoules{1});
  }
  EXPECT_EQ(WholeMachine(rails), nullptr) << "part rails are never summed up";
  rails[1].whole_machine = rails[2].whole_machine = true;
  EXPECT_EQ(WholeMachine(rails), &rails[1]);
  rails[1].phases[3].reset();
  EXPECT_EQ(WholeMachine(rails), &rails[2]);
}

}  // namespace
}  // namespace torpor::power
