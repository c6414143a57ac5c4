#include "power/rung_costs.h"

#include <gtest/gtest.h>

namespace torpor::power {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// A machine that idles at so many watts: 10 s at rest, an inference of 100 ms with 2 J on
// top, and a warm context of 0.5 W whose inference takes 20 ms with 0.1 J on top.
RungRound Round(double idle_watts, double context_watts = 0.5) {
  const auto joules = [](double j) { return Microjoules{std::int64_t(j * 1e6 + 0.5)}; };
  RungTurn cold{.rung = Rung::kChildExited};
  cold.exit_time = 100ms;
  cold.exit = joules(idle_watts * 0.1 + 2);
  cold.enter_time = 10ms;
  cold.enter = joules(idle_watts * 0.01 + 0.05);
  cold.rest_time = 10s;
  cold.rest = joules(idle_watts * 10);
  RungTurn warm = cold;
  warm.rung = Rung::kContextKept;
  warm.exit_time = 20ms;
  warm.exit = joules(idle_watts * 0.02 + 0.1);
  warm.rest = joules((idle_watts + context_watts) * 10);
  return {cold, warm};
}

TEST(RungCosts, AreWhatComesOnTopOfTheIdleMachine) {
  const auto costs = CostsOf({Round(4), Round(4), Round(4)});
  ASSERT_TRUE(costs.ok());
  ASSERT_EQ(costs->size(), 2U);
  const RungCost& cold = (*costs)[0];
  EXPECT_EQ(cold.parked.value, 0);
  EXPECT_EQ(cold.exit.value, 2'000'000);
  EXPECT_EQ(cold.enter.value, 50'000);
  EXPECT_EQ(cold.exit_latency, 100ms);
  const RungCost& warm = (*costs)[1];
  EXPECT_EQ(warm.parked.value, 500'000);
  EXPECT_EQ(warm.exit.value, 100'000);
  EXPECT_EQ(warm.exit_latency, 20ms);
  EXPECT_EQ(warm.exit_error.value, 0);
  EXPECT_EQ(warm.repetitions, 3U);
}

TEST(RungCosts, AMachineThatWarmsUpChangesNothing) {
  const auto costs = CostsOf({Round(4), Round(5), Round(7)});
  ASSERT_TRUE(costs.ok());
  EXPECT_EQ((*costs)[1].parked.value, 500'000);
  EXPECT_EQ((*costs)[1].parked_error.value, 0) << "differences are taken within a round";
}

TEST(RungCosts, ScatterIsToldAsTheErrorOfTheMean) {
  // 0.4, 0.5, 0.6 W: a deviation of 0.1 W, and of their mean 0.1 / sqrt(3).
  const auto costs = CostsOf({Round(4, 0.4), Round(4, 0.5), Round(4, 0.6)});
  ASSERT_TRUE(costs.ok());
  EXPECT_EQ((*costs)[1].parked.value, 500'000);
  EXPECT_NEAR(static_cast<double>((*costs)[1].parked_error.value), 57'735, 2);
}

TEST(RungCosts, TheLongestLatencyIsKept) {
  auto rounds = std::vector{Round(4), Round(4)};
  rounds[1][1].exit_time = 35ms;
  EXPECT_EQ((*CostsOf(rounds))[1].exit_latency, 35ms);
}

TEST(RungCosts, WhatTellsNoErrorIsRefused) {
  EXPECT_EQ(CostsOf({}).status(), Status::kUsage);
  EXPECT_EQ(CostsOf({Round(4)}).status(), Status::kUsage);
  auto rounds = std::vector{Round(4), Round(4)};
  rounds[1].pop_back();
  EXPECT_EQ(CostsOf(rounds).status(), Status::kUsage);
  rounds = {Round(4), Round(4)};
  rounds[1][0].rest_time = Microseconds{0};
  EXPECT_EQ(CostsOf(rounds).status(), Status::kUsage);
  rounds = {{Round(4)[1]}, {Round(4)[1]}};
  EXPECT_EQ(CostsOf(rounds).status(), Status::kUsage) << "nothing to compare with";
  EXPECT_EQ(CostsOf({{}, {}}).status(), Status::kUsage);
}

}  // namespace
}  // namespace torpor::power
