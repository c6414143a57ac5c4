#include "cycle/breaches.h"

#include <gtest/gtest.h>

#include <string>

namespace torpor::cycle {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

contract::Terms Terms() {
  contract::Terms terms;
  terms.period = 60s;
  terms.sample = 5s;
  terms.mcu_guard = 200ms;
  terms.collect = 4s;
  terms.computer_sleep = 56s;
  terms.max_batch_age = 70s;
  terms.cycle_budget = {180'000'000};
  terms.awake_wakeups_max = 100;
  terms.residency_max = contract::Residency::kChildExited;
  terms.power.mcu_sample = {30'000};
  terms.power.mcu_sleep = {100};
  terms.power.computer_awake = {6'000'000};
  terms.power.computer_infer = {8'000'000};
  terms.power.computer_report = {7'000'000};
  terms.power.computer_sleep = {2'200'000};
  terms.power.transition = {2'000'000};
  return terms;
}

Measured GoodCycle() {
  Measured m;
  m.times[static_cast<std::size_t>(State::kAsleep)] = 58s;
  m.times[static_cast<std::size_t>(State::kCollecting)] = 2s;
  m.since_last_inference = 60s;
  m.inferred = true;
  m.wakeups_asleep = 0;
  m.wakeups_awake = 20;
  m.energy = {150'000'000};
  return m;
}

TEST(Breaches, AKeptContractBreaksNothing) {
  Breaches breaches;
  breaches.Judge(Terms(), GoodCycle());
  for (std::size_t i = 0; i < kClauses; ++i) {
    EXPECT_EQ(breaches.consecutive(static_cast<Clause>(i)), 0U) << i;
  }
  EXPECT_EQ(breaches.total(), 0U);
}

TEST(Breaches, EachClauseIsBrokenByItsOwnMeasureAlone) {
  const auto only = [](Clause clause, auto spoil) {
    Measured m = GoodCycle();
    spoil(m);
    Breaches breaches;
    breaches.Judge(Terms(), m);
    breaches.Judge(Terms(), m);
    for (std::size_t i = 0; i < kClauses; ++i) {
      EXPECT_EQ(breaches.consecutive(static_cast<Clause>(i)),
                static_cast<Clause>(i) == clause ? 2U : 0U)
          << "clause " << i;
    }
    EXPECT_EQ(breaches.total(), 2U);
  };
  only(Clause::kDutyCycle, [](Measured& m) { m.times[1] = 4001ms; });
  only(Clause::kInterval, [](Measured& m) { m.since_last_inference = 7s; });
  only(Clause::kInterval, [](Measured& m) { m.since_last_inference = 121s; });
  only(Clause::kWakeups, [](Measured& m) { m.wakeups_asleep = 1; });
  only(Clause::kWakeups, [](Measured& m) { m.wakeups_awake = 101; });
  only(Clause::kPower, [](Measured& m) { m.energy = {180'000'001}; });
  only(Clause::kGpuResidency,
       [](Measured& m) { m.residency = contract::Residency::kHot; });
  only(Clause::kDataAge, [](Measured& m) { m.batch_stale = true; });
}

TEST(Breaches, ABreachSaysByHowMuch) {
  const auto said = [](Clause clause, auto spoil) {
    Measured m = GoodCycle();
    spoil(m);
    const Judged judged = Breaches().Judge(Terms(), m)[static_cast<std::size_t>(clause)];
    EXPECT_EQ(judged.broken, true) << NameOf(clause);
    const auto& [measured, allowed, unit, at_least] = judged.excess;
    return std::to_string(measured) + (at_least ? " < " : " > ") +
           std::to_string(allowed) + " " + std::string(unit);
  };
  EXPECT_EQ(said(Clause::kDutyCycle, [](Measured& m) { m.times[1] = 4500ms; }),
            "4.500000 > 4.000000 s");
  EXPECT_EQ(said(Clause::kInterval, [](Measured& m) { m.since_last_inference = 7s; }),
            "7.000000 < 59.800000 s");
  EXPECT_EQ(said(Clause::kInterval, [](Measured& m) { m.since_last_inference = 121s; }),
            "121.000000 > 120.000000 s");
  EXPECT_EQ(said(Clause::kWakeups, [](Measured& m) { m.wakeups_asleep = 7; }),
            "7.000000 > 0.000000 wake-ups asleep");
  EXPECT_EQ(said(Clause::kWakeups, [](Measured& m) { m.wakeups_awake = 101; }),
            "101.000000 > 100.000000 wake-ups awake");
  EXPECT_EQ(said(Clause::kPower, [](Measured& m) { m.energy = {181'500'000}; }),
            "181.500000 > 180.000000 J");
  EXPECT_EQ(said(Clause::kGpuResidency,
                 [](Measured& m) { m.residency = contract::Residency::kHot; }),
            "4.000000 > 1.000000 rung");
  EXPECT_EQ(said(Clause::kDataAge,
                 [](Measured& m) {
                   m.batch_stale = true;
                   m.batch_age = 80s;
                 }),
            "80.000000 > 70.000000 s");
}

TEST(Breaches, AGoodCycleHealsAndAnUnmeteredOneDoesNot) {
  Measured bad = GoodCycle();
  bad.wakeups_asleep = 80;
  Measured unmetered = GoodCycle();
  unmetered.wakeups_asleep.reset();
  Breaches breaches;
  breaches.Judge(Terms(), bad);
  breaches.Judge(Terms(), unmetered);
  EXPECT_EQ(breaches.consecutive(Clause::kWakeups), 1U);
  breaches.Judge(Terms(), GoodCycle());
  EXPECT_EQ(breaches.consecutive(Clause::kWakeups), 0U);
}

TEST(ModelledEnergy, FollowsThePowerModelByHand) {
  StateTimes times{};
  times[static_cast<std::size_t>(State::kAsleep)] = 58s;
  times[static_cast<std::size_t>(State::kCollecting)] = 1s;
  times[static_cast<std::size_t>(State::kInferring)] = 500ms;
  times[static_cast<std::size_t>(State::kReporting)] = 500ms;
  // 58 x 2.2 + 1 x 6 + 0.5 x 8 + 0.5 x 7 + 5 x 0.03 + 55 x 0.0001 + 2 = 143.2555 J
  EXPECT_EQ(ModelledEnergy(Terms(), times, true).value, 143'255'500);
}

TEST(ModelledEnergy, DoesNotOverflowWithinAYearAtFullPower) {
  contract::Terms terms = Terms();
  terms.power.computer_sleep = {4'294'967'295};
  StateTimes times{};
  times[static_cast<std::size_t>(State::kAsleep)] = std::chrono::hours(24 * 24);
  EXPECT_GT(ModelledEnergy(terms, times, false).value, 0);
}

}  // namespace
}  // namespace torpor::cycle
