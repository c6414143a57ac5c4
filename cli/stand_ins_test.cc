#include "cli/stand_ins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/model_card.h"
#include "core/json_hosted.h"
#include "core/test_folder.h"
#include "model/network_file.h"
#include "model/test_network.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using Ids = std::vector<std::string>;

constexpr std::size_t kAxes = 1;

class StandInsTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path Path(const std::string& name) const { return folder_ / name; }

  // Of bytes that no other has, and without a card.
  void WriteModel(const std::string& name,
                  const model::NetworkShape& shape = model::kTestShape) {
    EXPECT_EQ(
        model::WriteNetwork(
            Path(name), model::RandomNetwork(shape, model::Precision::kInt8, ++seed_)),
        Status::kOk);
  }
  [[nodiscard]] std::string DigestOfBytes(const std::string& name) const {
    return CardDigest(model::NetworkFile::Open(Path(name))->bytes());
  }
  void WriteCard(const std::string& name, const std::string& digest,
                 const Ids& heard) const {
    nlohmann::json card = {{"model_digest", digest}, {"data", nlohmann::json::array()}};
    for (const std::string& id : heard) card["data"].push_back({{"id", id}});
    std::ofstream(CardPath(Path(name))) << card;
  }
  void WriteModelThatHeard(const std::string& name, const Ids& heard) {
    WriteModel(name);
    WriteCard(name, DigestOfBytes(name), heard);
  }
  [[nodiscard]] StandIns Find(const std::string& name, const Ids& ids) const {
    std::string problem;
    auto found = FindStandIns(Path(name), ids, kAxes, problem);
    EXPECT_TRUE(found.ok()) << problem;
    return found.ok() ? *std::move(found) : StandIns{};
  }
  // The name of the file that scores that machine; "none" where none can.
  [[nodiscard]] std::string Scorer(const StandIns& found, const std::string& id) const {
    const model::Inference* const network = found.by_id.at(id);
    if (network == nullptr) return "none";
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() != ".model") continue;
      if (model::NetworkFile::Open(entry.path())->view().digest == network->digest()) {
        return entry.path().filename().string();
      }
    }
    return "a stranger";
  }
  // Both searches of fleet.model's folder for what scores pump-1 end at that file.
  void Refused(Status why, const fs::path& names) const {
    std::string problem;
    EXPECT_EQ(FindStandIns(Path("fleet.model"), {"pump-1"}, kAxes, problem).status(),
              why);
    EXPECT_EQ(problem, names.string());
    problem.clear();
    EXPECT_EQ(ModelThatNeverHeard(Path("fleet.model"), "pump-1", problem).status(), why);
    EXPECT_EQ(problem, names.string());
  }
  [[nodiscard]] std::string NeverHeard(const std::string& id) const {
    std::string problem;
    const auto model = ModelThatNeverHeard(Path("fleet.model"), id, problem);
    EXPECT_TRUE(model.ok()) << problem;
    return model.ok() ? fs::path(*model).filename().string() : "refused";
  }

  TestFolder folder_;

 private:
  std::uint32_t seed_ = 0;
};

TEST_F(StandInsTest, AMachineIsScoredByTheFirstModelWhoseCardSaysThatItNeverHeardIt) {
  WriteModelThatHeard("fleet.model", {"pump-1", "pump-2", "pump-3"});
  WriteModelThatHeard("a.model", {"pump-1", "pump-3"});
  WriteModelThatHeard("b.model", {"pump-2", "pump-3"});
  WriteModelThatHeard("z.model", {"fan-1"});
  const StandIns found = Find("fleet.model", {"pump-1", "pump-2", "pump-3", "fan-1"});
  EXPECT_THAT(found.by_id, ElementsAre(Key("pump-1"), Key("pump-2"), Key("pump-3")))
      << "fan-1 needs none";
  EXPECT_EQ(Scorer(found, "pump-1"), "b.model");
  EXPECT_EQ(Scorer(found, "pump-2"), "a.model");
  EXPECT_EQ(Scorer(found, "pump-3"), "z.model");
  EXPECT_EQ(NeverHeard("fan-1"), "fleet.model");
  EXPECT_EQ(NeverHeard("pump-1"), "b.model");
  EXPECT_EQ(NeverHeard("pump-2"), "a.model");
  EXPECT_EQ(NeverHeard("pump-3"), "z.model");
}

TEST_F(StandInsTest, NothingScoresAMachineThatEveryModelHeard) {
  WriteModelThatHeard("fleet.model", {"pump-1", "pump-2"});
  EXPECT_EQ(Scorer(Find("fleet.model", {"pump-1"}), "pump-1"), "none") << "alone";
  WriteModelThatHeard("a.model", {"pump-1"});
  const StandIns found = Find("fleet.model", {"pump-1", "pump-2"});
  EXPECT_EQ(Scorer(found, "pump-1"), "none");
  EXPECT_EQ(Scorer(found, "pump-2"), "a.model");
  EXPECT_EQ(NeverHeard("pump-1"), "none") << "what --model takes for no network";
}

TEST_F(StandInsTest, AModelWithoutACardIsTakenAsItIsAndStandsInForNone) {
  WriteModel("fleet.model");
  WriteModelThatHeard("a.model", {});
  EXPECT_THAT(Find("fleet.model", {"pump-1"}).by_id, IsEmpty());
  EXPECT_EQ(NeverHeard("pump-1"), "fleet.model");
  WriteCard("fleet.model", DigestOfBytes("fleet.model"), {"pump-1"});
  fs::remove(CardPath(Path("a.model")));
  EXPECT_EQ(Scorer(Find("fleet.model", {"pump-1"}), "pump-1"), "none");
  EXPECT_EQ(NeverHeard("pump-1"), "none");
}

TEST_F(StandInsTest, RefusesAMalformedCardAndNamesIt) {
  WriteModelThatHeard("fleet.model", {"pump-1"});
  WriteModel("a.model");
  const auto digest = [&](const std::string& name) {
    return R"({"model_digest": ")" + DigestOfBytes(name) + "\"";
  };
  for (const std::string name : {"a.model", "fleet.model"}) {
    const fs::path card = CardPath(Path(name));
    const std::string data = R"(, "data": [{"id": "pump-9"}])";
    for (const std::string& text :
         {std::string(), std::string("rubbish"), std::string("[]"), digest(name) + data,
          R"({"model_digest": 5)" + data + "}", "{" + data.substr(2) + "}",
          digest(name) + "}", digest(name) + R"(, "data": {"pump": {"id": "pump-9"}}})",
          digest(name) + R"(, "data": ["pump-9"]})",
          digest(name) + R"(, "data": [{"name": "pump-9"}]})",
          digest(name) + R"(, "data": [{"id": 9}]})",
          digest(name) + data + "}" + std::string(std::size_t{1} << 20, ' ')}) {
      SCOPED_TRACE(card.filename().string() + ": " + text.substr(0, 120));
      std::ofstream(card) << text;
      Refused(Status::kCardMismatch, card);
    }
    fs::remove(card);
    fs::create_directory(card);
    Refused(Status::kCardMismatch, card);
    fs::remove(card);
  }
}

TEST_F(StandInsTest, RefusesTheCardOfAnotherModelAndNamesIt) {
  WriteModelThatHeard("fleet.model", {"pump-1"});
  WriteModel("a.model");
  fs::copy(CardPath(Path("fleet.model")), CardPath(Path("a.model")));
  Refused(Status::kCardMismatch, CardPath(Path("a.model")));
  WriteCard("a.model", DigestOfBytes("a.model"), {});
  EXPECT_EQ(NeverHeard("pump-1"), "a.model");
  WriteCard("fleet.model", DigestOfBytes("a.model"), {"pump-1"});
  Refused(Status::kCardMismatch, CardPath(Path("fleet.model")));
}

TEST_F(StandInsTest, RefusesAModelThatCannotBeReadAndNamesItRatherThanItsCard) {
  Refused(Status::kModelMissing, Path("fleet.model"));
  WriteModelThatHeard("fleet.model", {"pump-1"});
  std::ofstream(Path("a.model")) << "rubbish";
  Refused(Status::kModelMalformed, Path("a.model"));
  fs::remove(Path("a.model"));
  fs::create_directory(Path("a.model"));
  Refused(Status::kModelMissing, Path("a.model"));
  fs::remove(Path("a.model"));
  std::fstream(Path("fleet.model"), std::ios::in | std::ios::out).seekp(5000).put('x');
  Refused(Status::kModelDigest, Path("fleet.model"));
}

TEST_F(StandInsTest, RefusesAStandInForAnotherNumberOfAxes) {
  WriteModelThatHeard("fleet.model", {"pump-1"});
  WriteModel("a.model", model::kMlpShape);  // two axes
  WriteCard("a.model", DigestOfBytes("a.model"), {});
  std::string problem;
  EXPECT_EQ(FindStandIns(Path("fleet.model"), {"pump-1"}, kAxes, problem).status(),
            Status::kModelMismatch);
  EXPECT_EQ(problem, Path("a.model").string());
}

TEST_F(StandInsTest, LeavesTheFolderAloneWhereNoStandInIsNeeded) {
  WriteModelThatHeard("fleet.model", {"pump-1"});
  std::ofstream(Path("a.model")) << "rubbish";
  const StandIns found = Find("fleet.model", {"fan-1"});
  EXPECT_THAT(found.by_id, IsEmpty());
  EXPECT_THAT(found.opened, IsEmpty());
  EXPECT_EQ(NeverHeard("fan-1"), "fleet.model");
}

TEST_F(StandInsTest, AFileNameAloneMeansTheWorkingFolder) {
  WriteModelThatHeard("fleet.model", {"pump-1"});
  WriteModelThatHeard("a.model", {});
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  std::string problem;
  const auto found = FindStandIns("fleet.model", {"pump-1"}, kAxes, problem);
  const auto model = ModelThatNeverHeard("fleet.model", "pump-1", problem);
  fs::current_path(before);
  ASSERT_TRUE(found.ok() && model.ok()) << problem;
  EXPECT_EQ(Scorer(*found, "pump-1"), "a.model");
  EXPECT_EQ(fs::path(*model).lexically_normal(), "a.model");
}

}  // namespace
}  // namespace torpor::cli
