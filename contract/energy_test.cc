#include "contract/energy.h"

#include <gtest/gtest.h>

#include "contract/test_terms.h"
#include "contract/wire_size.h"

namespace torpor::contract {
namespace {

TEST(Energy, ACycleIsTheSumOfItsPhases) {
  // By hand: MCU 200 ms x 60 mW + 9.8 s x 1 mW; computer 1.2 s x 7 W + 0.3 s x 11 W +
  // 1 s x 7.5 W + 7.5 s x 2.2 W; 2 J of transition.
  const CycleEnergy cycle = ModelledCycle(GoodTerms());
  EXPECT_EQ(cycle.total.value,
            12'000 + 9'800 + 8'400'000 + 3'300'000 + 7'500'000 + 16'500'000 + 2'000'000);
  Nanojoules sum{};
  for (const PhaseEnergy& phase : cycle.phases) sum += phase.energy;
  EXPECT_EQ(RoundUp(sum).value + 2'000'000, cycle.total.value);
}

TEST(Energy, MeasuredTimesCountToTheMicrosecond) {
  PhaseTimes times{};
  times[static_cast<std::size_t>(EnergyPhase::kInfer)] = Microseconds(1'001);
  // 1001 us x 11 W = 11.011 mJ
  EXPECT_EQ(ModelledCycle(GoodTerms(), times).total.value, 11'011 + 2'000'000);
  times[static_cast<std::size_t>(EnergyPhase::kInfer)] = Microseconds(-5);
  EXPECT_EQ(ModelledCycle(GoodTerms(), times).total.value, 2'000'000);
}

TEST(Energy, AnHourAtTheHighestPowerDoesNotOverflow) {
  Terms terms = GoodTerms();
  const Microwatts most{4'294'967'295};
  terms.power = {most, most, most, most, most, most, Microjoules{10'000'000'000}};
  PhaseTimes times{};
  times.fill(Microseconds(3'600'000'000));
  const CycleEnergy cycle = ModelledCycle(terms, times);
  EXPECT_EQ(cycle.total.value, 10 * 15'461'882'262'000 + 10'000'000'000);
  EXPECT_GT(WithMargin(cycle.total, 500).value, cycle.total.value);
}

TEST(Energy, RoundsUpNeverDown) {
  EXPECT_EQ(WithMargin(Microjoules{1}, 50).value, 2);
  EXPECT_EQ(PerHour(Microjoules{1}, Milliseconds(7'000)).value, 515);
}

TEST(Energy, AnHourOfRefusingIsSleepAndOneWakeAPeriod) {
  // By hand: 3600 s of 1 mW and of 2.2 W; 0.8 s x 7 W + 1 s x 7.5 W + 2 J, 360 times.
  const RefusalEnergy hour = RefusingHour(GoodTerms());
  EXPECT_EQ(hour.mcu_asleep.value, 3'600'000);
  EXPECT_EQ(hour.computer_asleep.value, 7'920'000'000);
  EXPECT_EQ(hour.one_wake.value, 5'600'000 + 7'500'000 + 2'000'000);
  EXPECT_EQ(hour.wakes.value, 360 * 15'100'000LL);
  EXPECT_EQ(hour.total.value, 3'600'000 + 7'920'000'000 + 360 * 15'100'000LL);
}

TEST(Energy, NoInferenceIsInAnHourOfRefusing) {
  Terms terms = GoodTerms();
  const Microjoules before = RefusingHour(terms).total;
  terms.power.mcu_sample.value += 1;
  terms.power.computer_infer.value += 1;
  terms.infer += Milliseconds(1);
  terms.release += Milliseconds(1);
  terms.judge += Milliseconds(1);
  EXPECT_EQ(RefusingHour(terms).total, before);
}

TEST(Energy, TheDearestHourOfRefusingDoesNotOverflow) {
  Terms terms = GoodTerms();
  const Microwatts most{4'294'967'295};
  terms.power = {most, most, most, most, most, most, Microjoules{10'000'000'000}};
  terms.wake = terms.collect = terms.report = Milliseconds(3'600'000);
  terms.period = Milliseconds(1'000);
  const std::int64_t wake = 3 * 15'461'882'262'000 + 10'000'000'000;
  EXPECT_EQ(RefusingHour(terms).one_wake.value, wake);
  EXPECT_EQ(RefusingHour(terms).total.value, 2 * 15'461'882'262'000 + 3'600 * wake);
}

TEST(WireSize, CountsEveryByteOfABatch) {
  EXPECT_EQ(PacketWireBytes(0), 2U + 10U + 1U);
  EXPECT_EQ(BatchWireBytes(0), PacketWireBytes(96));
  EXPECT_EQ(BatchWireBytes(504), PacketWireBytes(96) + 527);
  EXPECT_EQ(BatchWireBytes(505), PacketWireBytes(96) + 527 + PacketWireBytes(9));
  EXPECT_EQ(WireMilliseconds(92'160, 921'600), 1000U);
  EXPECT_EQ(WireMilliseconds(92'161, 921'600), 1001U);
}

}  // namespace
}  // namespace torpor::contract
