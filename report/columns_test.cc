#include "report/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace torpor::report {
namespace {

using nlohmann::ordered_json;
using Values = std::vector<Value>;

TEST(Column, SaysWhatIsAlwaysTheSameOnce) {
  EXPECT_EQ(Column(Values(43'200, 1)).dump(), R"({"runs":[1,43200]})");
}

TEST(Column, SaysWhatGrowsEvenlyAsDifferences) {
  Values values;
  for (std::int64_t n = 5; n < 1005; ++n) values.emplace_back(60'000 * n);
  EXPECT_EQ(Column(values).dump(), R"({"delta":true,"runs":[300000,1,60000,999]})");
}

TEST(Column, KeepsWhatIsNotThereApartFromZero) {
  const Values values = {0, std::nullopt, std::nullopt, 7};
  const ordered_json column = Column(values);
  EXPECT_EQ(column.dump(), R"({"plain":[0,null,null,7]})");
  EXPECT_EQ(Expand(column), values);
}

TEST(Column, OfNothingIsEmpty) { EXPECT_EQ(Column({}).dump(), R"({"plain":[]})"); }

TEST(Column, ComesBackAsItWentInWhateverItHolds) {
  const unsigned seed = 7;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    Values values;
    const std::size_t size = random() % 200;
    const std::uint64_t kinds = 1 + random() % 4;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t kind = random() % kinds;
      if (kind == 3) {
        values.emplace_back(std::nullopt);
      } else {
        values.emplace_back(static_cast<std::int64_t>(random() >> (kind == 0 ? 61 : 20)) -
                            (kind == 2 ? 1'000'000'000'000 : 0));
      }
    }
    EXPECT_EQ(Expand(Column(values)), values);
  }
}

}  // namespace
}  // namespace torpor::report
