#include "power/ladder.h"

#include <gtest/gtest.h>

#include "contract/test_terms.h"

namespace torpor::power {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr Microjoules Joules(std::int64_t j) { return {j * 1'000'000}; }
constexpr Microwatts Watts(double w) { return {static_cast<std::int64_t>(w * 1e6)}; }

// A cold start of 30 J beside a context that rests at so much.
std::vector<RungCost> Ladder(double context_watts) {
  RungCost cold{.rung = Rung::kChildExited, .exit = Joules(30)};
  RungCost warm{.rung = Rung::kContextKept};
  warm.parked = Watts(context_watts);
  warm.exit = Joules(1);
  for (RungCost* rung : {&cold, &warm}) {
    rung->exit_latency = 20ms;
    rung->repetitions = 10;
  }
  return {cold, warm};
}

contract::Terms Terms(Rung residency_max) {
  contract::Terms terms = contract::GoodTerms();
  terms.period = 60s;
  terms.infer = 400ms;
  terms.residency_max = residency_max;
  return terms;
}

TEST(Ladder, ACycleCostsEnteringRestingAndTheNextResult) {
  RungCost rung;
  rung.enter = Joules(2);
  rung.parked = Watts(0.3);
  rung.exit = Joules(5);
  rung.enter_error = Joules(3);
  rung.exit_error = Joules(4);
  EXPECT_EQ(CostOf(rung, 60s).total, Joules(25));
  EXPECT_EQ(CostOf(rung, 60s).error, Joules(5)) << "independent parts";
  rung.parked_error = Watts(0.2);
  EXPECT_EQ(CostOf(rung, 60s).error, Joules(13)) << "5 and 12";
}

// The two boards of which it is said that one code must give opposite answers: 7 W parked
// make 29 J pay within 4.1 s, 0.3 W within 97 s.
TEST(Ladder, OneColdStartBreaksEvenEarlyOnOneBoardAndLateOnAnother) {
  EXPECT_EQ(BreakEven(Ladder(7)[0], Ladder(7)[1]), Microseconds{4'142'857});
  EXPECT_EQ(BreakEven(Ladder(0.3)[0], Ladder(0.3)[1]), Microseconds{96'666'667});
  EXPECT_EQ(ChooseRung(Ladder(7), Terms(Rung::kHot)).rung, Rung::kChildExited);
  EXPECT_EQ(ChooseRung(Ladder(0.3), Terms(Rung::kHot)).rung, Rung::kContextKept);
}

TEST(Ladder, BreakEvenIsNeverOrAlwaysWhereOneRungIsBetterInBoth) {
  auto rungs = Ladder(0);
  EXPECT_EQ(BreakEven(rungs[0], rungs[1]), std::nullopt) << "warm costs less for ever";
  std::swap(rungs[0].exit, rungs[1].exit);
  EXPECT_EQ(BreakEven(rungs[0], rungs[1]), Microseconds{0}) << "cold costs less at once";
}

TEST(Ladder, TheContractsResidencyIsNeverExceededHoweverMuchItWouldSave) {
  const Choice choice = ChooseRung(Ladder(0.001), Terms(Rung::kMemoryFreed));
  EXPECT_EQ(choice.rung, Rung::kChildExited);
  ASSERT_EQ(choice.rungs.size(), 2U);
  EXPECT_EQ(choice.rungs[0].verdict, RungVerdict::kChosen);
  EXPECT_EQ(choice.rungs[1].verdict, RungVerdict::kNotPermitted);
}

TEST(Ladder, NoiseNeverKeepsAnAcceleratorWarm) {
  auto rungs = Ladder(0.3);               // saves 30 - 19 = 11 J a cycle
  rungs[1].parked_error = Watts(0.0916);  // 5.496 J over a cycle
  EXPECT_EQ(ChooseRung(rungs, Terms(Rung::kHot)).rung, Rung::kContextKept);
  rungs[1].parked_error = Watts(0.0917);  // 5.502 J: twice that is more than is saved
  EXPECT_EQ(ChooseRung(rungs, Terms(Rung::kHot)).rung, Rung::kChildExited);
}

TEST(Ladder, ARungThatCannotBeInTimeIsNotTaken) {
  auto rungs = Ladder(0.3);
  rungs[1].exit_latency = 401ms;
  Choice choice = ChooseRung(rungs, Terms(Rung::kHot));
  EXPECT_EQ(choice.rung, Rung::kChildExited);
  EXPECT_EQ(choice.rungs[1].verdict, RungVerdict::kTooSlow);
  // The cold one too slow is no reason to be hot: one slow turn would make it one.
  rungs = Ladder(7);
  rungs[0].exit_latency = 5s;
  choice = ChooseRung(rungs, Terms(Rung::kHot));
  EXPECT_EQ(choice.rung, Rung::kChildExited);
  EXPECT_EQ(choice.rungs[0].verdict, RungVerdict::kTooSlow);
  EXPECT_EQ(choice.rungs[1].verdict, RungVerdict::kDoesNotPay);
}

TEST(Ladder, TheCheapestOfFourIsTakenNotTheWarmest) {
  std::vector<RungCost> rungs = Ladder(0.3);
  RungCost freed = rungs[1];
  freed.rung = Rung::kMemoryFreed;
  freed.parked = Watts(0.1);
  freed.exit = Joules(2);  // 8 J a cycle
  rungs.insert(rungs.begin() + 1, freed);
  RungCost hot = rungs[2];
  hot.rung = Rung::kHot;
  hot.parked = Watts(3);
  hot.exit = Joules(0);
  rungs.push_back(hot);
  const Choice choice = ChooseRung(rungs, Terms(Rung::kHot));
  EXPECT_EQ(choice.rung, Rung::kMemoryFreed);
  for (const JudgedRung& rung : choice.rungs) {
    EXPECT_EQ(rung.verdict == RungVerdict::kChosen, rung.rung.rung == Rung::kMemoryFreed);
  }
}

TEST(Ladder, OfNothingNothingWarmComes) {
  EXPECT_EQ(ChooseRung({}, Terms(Rung::kHot)).rung, Rung::kChildExited);
}

}  // namespace
}  // namespace torpor::power
