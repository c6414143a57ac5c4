#include "cli/evaluation_rounding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/evaluation_networks.h"

namespace torpor::cli {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

detect::evaluation::Limit Row(const char* name, std::uint32_t seed, double auroc) {
  detect::evaluation::Limit row;
  row.row = name;
  row.seed = seed;
  for (auto& figure : row.auroc) figure.value = auroc;
  return row;
}

TEST(EvaluationRounding, ComparesEachSeedWithItself) {
  const RoundedRow pair = kRoundedRows[0];
  Report report;
  report.limit = {Row(pair.as_trained, 1, 0.80), Row(pair.as_trained, 2, 0.90),
                  Row(pair.rounded, 2, 0.89), Row(pair.rounded, 1, 0.804)};
  const auto all = CompareRounding(report);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].row, pair.as_trained);
  ASSERT_EQ(all[0].changes.size(), 4U);  // a figure for each level
  EXPECT_EQ(all[0].changes[1].figure, "P4 AUROC -10 dB");
  EXPECT_THAT(all[0].seeds, ElementsAre(1, 2));
  EXPECT_THAT(all[0].changes[1].by_seed,
              ElementsAre(DoubleNear(0.004, 1e-12), DoubleNear(-0.01, 1e-12)));
  EXPECT_NEAR(all[0].changes[1].Mean(), -0.003, 1e-12);
  EXPECT_NEAR(all[0].changes[1].Furthest(), -0.01, 1e-12);
}

TEST(EvaluationRounding, IsPartOfJsonSeedBySeed) {
  const RoundedRow pair = kRoundedRows[0];
  Report report;
  report.limit = {Row(pair.as_trained, 3, 0.80), Row(pair.as_trained, 7, 0.90),
                  Row(pair.rounded, 3, 0.81), Row(pair.rounded, 7, 0.86)};
  const auto change = JsonOf(report).at("int8_less_float").at(0);
  EXPECT_EQ(change.at("row"), pair.as_trained);
  EXPECT_EQ(change.at("figure"), "P4 AUROC -15 dB");
  EXPECT_NEAR(change.at("mean"), -0.015, 1e-12);
  EXPECT_NEAR(change.at("furthest"), -0.04, 1e-12);
  EXPECT_EQ(change.at("by_seed").at(0).at("seed"), 3);
  EXPECT_NEAR(change.at("by_seed").at(0).at("change"), 0.01, 1e-12);
  EXPECT_NEAR(change.at("by_seed").at(1).at("change"), -0.04, 1e-12);
}

TEST(EvaluationRounding, SaysNothingWhereNothingWasRounded) {
  Report report;
  report.limit = {Row(kRoundedRows[0].as_trained, 1, 0.8)};
  EXPECT_TRUE(CompareRounding(report).empty());
}

}  // namespace
}  // namespace torpor::cli
