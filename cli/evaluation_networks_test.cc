#include "cli/evaluation_networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/test_folder.h"
#include "detect/evaluation/row.h"
#include "model/network_file.h"
#include "model/test_network.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kAxes = 1;

// Two seeds of three folds, as torpor-train leaves them. What the files hold is alike:
// rows go by their names.
class EvaluationNetworks : public testing::Test {
 protected:
  EvaluationNetworks() {
    for (const char* kind : {"transformer", "transformer-blind", "mlp"}) Write(kind);
  }
  [[nodiscard]] fs::path Path(int fold, int seed, const std::string& kind) const {
    return folder_ / ("fold-" + std::to_string(fold)) / ("seed-" + std::to_string(seed)) /
           (kind + ".model");
  }
  void Write(const std::string& kind) const {
    for (const int fold : {1, 2, 3}) {
      for (const int seed : {1, 2}) {
        fs::create_directories(Path(fold, seed, kind).parent_path());
        ASSERT_EQ(model::WriteNetwork(Path(fold, seed, kind),
                                      model::RandomNetwork(model::kTestShape,
                                                           model::Precision::kInt8, 1)),
                  Status::kOk);
      }
    }
  }
  [[nodiscard]] std::multiset<std::string> Rows() const {
    const auto all = LoadNetworks(folder_, kAxes);
    EXPECT_TRUE(all.ok());
    std::multiset<std::string> names;
    if (!all.ok()) return names;
    for (const NetworkRows& rows : *all) {
      EXPECT_EQ(rows.by_fold.size(), 3U);
      names.insert(rows.by_fold.front()->name());
    }
    return names;
  }
  void Refused(const fs::path& names) const {
    const auto all = LoadNetworks(folder_, kAxes);
    ASSERT_FALSE(all.ok());
    EXPECT_EQ(all.refusal().status, Status::kModelMissing);
    EXPECT_THAT(all.refusal().what, HasSubstr(names.string()));
  }

  TestFolder folder_;
};

TEST_F(EvaluationNetworks, HaveARowForEachSeed) {
  EXPECT_EQ(Rows().count("transformer + 8 log C"), 2U);
  EXPECT_EQ(Rows().count("MLP + 8 log C"), 2U);
}

TEST_F(EvaluationNetworks, HaveRowsOfRoundedOnesWhereTheyAre) {
  EXPECT_THAT(Rows(), Not(Contains(HasSubstr("int8"))));
  Write("transformer-int8");
  EXPECT_EQ(Rows().count("transformer int8 + 8 log C"), 2U);
  EXPECT_EQ(Rows().count("MLP int8 alone"), 0U);
  Write("mlp-int8");
  EXPECT_EQ(Rows().count("MLP int8 alone"), 2U);
}

TEST_F(EvaluationNetworks, AreRefusedWhereAFoldOrASeedLacksOne) {
  Write("mlp-int8");
  for (const int fold : {1, 2, 3}) fs::remove(Path(fold, 1, "mlp-int8"));
  Refused(Path(1, 1, "mlp-int8"));
  fs::remove(Path(1, 2, "transformer"));
  Refused(Path(1, 2, "transformer"));
}

}  // namespace
}  // namespace torpor::cli
