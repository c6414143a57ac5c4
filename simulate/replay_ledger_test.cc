#include "simulate/replay_ledger.h"

#include <gtest/gtest.h>

#include <chrono>

namespace torpor::simulate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Instant At(std::int64_t s) { return Instant(seconds(s)); }

Microseconds In(const DrawTimes& times, Draw draw) {
  return times[static_cast<std::size_t>(draw)];
}

TEST(ReplayLedger, EnergyIsPowerTimesTimeSummedOverAllThatDraws) {
  ReplayAssumptions a;
  a.asleep_watts = 2;
  a.awake_adds_watts = 1;
  a.core_adds_watts = 0.5;
  a.resident_adds_watts = 3;
  a.gpu_work_adds_watts = 4;
  const DrawTimes times = {seconds(40), seconds(20), seconds(10), seconds(5)};
  const Microjoules energy = ComputerEnergy(times, seconds(100), a);
  EXPECT_EQ(energy.value, (200 + 40 + 10 + 30 + 20) * 1'000'000);
}

TEST(ReplayLedger, TheMinutesAddUpToTheWhole) {
  Ledger ledger(minutes(3) + seconds(30));
  ledger.Spend(Draw::kAwake, At(50), At(130));
  ledger.Spend(Draw::kResident, At(0), At(1000));
  ASSERT_EQ(ledger.bins().size(), 4U);
  DrawTimes sum{};
  for (const DrawTimes& bin : ledger.bins()) {
    for (std::size_t i = 0; i < kDraws; ++i) sum[i] += bin[i];
  }
  EXPECT_EQ(sum, ledger.times());
  EXPECT_EQ(In(ledger.bins()[0], Draw::kAwake), seconds(10));
  EXPECT_EQ(In(ledger.bins()[1], Draw::kAwake), seconds(60));
  EXPECT_EQ(In(ledger.bins()[2], Draw::kAwake), seconds(10));
  EXPECT_EQ(ledger.BinLength(2), minutes(1));
  EXPECT_EQ(ledger.BinLength(3), seconds(30));
}

TEST(ReplayLedger, NothingIsCountedTwiceOrAfterTheShift) {
  Ledger ledger(minutes(2));
  ledger.Spend(Draw::kResident, At(10), At(40));
  ledger.Spend(Draw::kResident, At(20), At(50));
  ledger.Spend(Draw::kResident, At(30), At(45));
  EXPECT_EQ(In(ledger.times(), Draw::kResident), seconds(40));
  ledger.Spend(Draw::kResident, At(110), At(500));
  EXPECT_EQ(In(ledger.times(), Draw::kResident), seconds(50));
  ledger.Spend(Draw::kResident, At(600), At(700));
  EXPECT_EQ(In(ledger.times(), Draw::kResident), seconds(50));
  EXPECT_EQ(In(ledger.times(), Draw::kAwake), seconds(0));
}

}  // namespace
}  // namespace torpor::simulate
