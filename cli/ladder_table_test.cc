#include "cli/ladder_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/test_terms.h"

namespace torpor::cli {
namespace {

using power::Rung;
using ::testing::HasSubstr;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

power::Calibration Board() {
  power::Calibration board;
  board.meter = "VDD_IN, sampled";
  power::RungCost cold{.rung = Rung::kChildExited};
  cold.enter = {50'000};
  cold.exit = {30'000'000};
  cold.exit_error = {100'000};
  cold.exit_latency = 312ms;
  power::RungCost warm{.rung = Rung::kContextKept};
  warm.parked = {300'000};
  warm.parked_error = {10'000};
  warm.exit = {1'000'000};
  warm.exit_latency = 21ms;
  power::RungCost hot = warm;
  hot.rung = Rung::kHot;
  hot.parked = {7'000'000};
  hot.exit = {900'000};
  board.rungs = {cold, warm, hot};
  return board;
}

contract::Terms Terms(Rung residency_max) {
  contract::Terms terms = contract::GoodTerms();
  terms.period = 60s;
  terms.infer = 400ms;
  terms.residency_max = residency_max;
  return terms;
}

TEST(LadderTable, LaysTheArithmeticOut) {
  EXPECT_EQ(ExplainLadder(Board(), Terms(Rung::kContextKept), ""),
            R"(rung          next result        takes     to rest            at rest
child-exited    30.000 +- 0.100 J     312 ms    0.050 +- 0.000 J      0.0 +- 0.0 mW
context-kept     1.000 +- 0.000 J      21 ms    0.000 +- 0.000 J    300.0 +- 10.0 mW
hot              0.900 +- 0.000 J      21 ms    0.000 +- 0.000 J   7000.0 +- 10.0 mW
Each above the same machine at rest with nothing held; +- is the standard error of the mean.

One cycle of 60.0 s costs: to rest + at rest x period + next result
rung          a cycle            pays for periods
child-exited    30.050 +- 0.100 J                     does not pay
context-kept    19.000 +- 0.600 J  under 96.8 s       taken
hot            420.900 +- 0.600 J  under 0.0 s        not permitted by residency_max

The contract permits up to context-kept and gives an inference 400 ms.
torpord takes context-kept: cheaper than child-exited by more than twice the error.
)");
}

TEST(LadderTable, SaysWhyNothingWarmIsTaken) {
  EXPECT_THAT(ExplainLadder(Board(), Terms(Rung::kChildExited), ""),
              HasSubstr("torpord takes child-exited: no permitted rung is cheaper"));
  EXPECT_THAT(ExplainLadder(Board(), Terms(Rung::kHot), "kernel: 6.1 here"),
              HasSubstr("may not be acted on here: kernel: 6.1 here\n"
                        "torpord takes child-exited.\n"));
}

TEST(LadderTable, IsTheSameAsJson) {
  const auto json = LadderJson(Board(), Terms(Rung::kHot), "");
  EXPECT_EQ(json["taken"], "context-kept");
  EXPECT_EQ(json["rungs"][1]["cycle_joules"], 19.0);
  EXPECT_EQ(json["rungs"][2]["verdict"], "does not pay");
  EXPECT_TRUE(json["rungs"][0]["break_even_seconds"].is_null());
  EXPECT_EQ(LadderJson(Board(), Terms(Rung::kHot), "elsewhere")["taken"], "child-exited");
}

}  // namespace
}  // namespace torpor::cli
