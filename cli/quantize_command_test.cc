// torpor quantize, run as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/model_card.h"
#include "core/json_hosted.h"
#include "core/test_folder.h"
#include "core/test_program.h"
#include "model/network_file.h"
#include "model/tensorrt/onnx_beside.h"
#include "model/test_network.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

Ran Torpor(const std::string& words) {
  const std::string line = TORPOR_BINARY_DIR "/bin/torpor " + words;
  return RunLine(line);
}

class QuantizeCommand : public testing::Test {
 protected:
  QuantizeCommand() {
    EXPECT_EQ(model::WriteNetwork(
                  Path("fleet.model"),
                  model::RandomNetwork(model::kTestShape, model::Precision::kFloat)),
              Status::kOk);
  }
  [[nodiscard]] std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }
  // A card that names one recording, of these bytes or of others.
  void WriteCard(const std::string& digest) const {
    std::ofstream(folder_ / "fleet.card.json")
        << R"({"card": 1, "seed": 7, "model_digest": ")" << digest
        << R"(", "data": [{"id": "pump-1"}, {"id": "pump-2"}]})";
  }
  [[nodiscard]] std::string FleetDigest() const {
    return CardDigest(model::NetworkFile::Open(Path("fleet.model"))->bytes());
  }
  void Refused(const std::string& words, int exit_code, const std::string& says) const {
    const Ran ran = Torpor("quantize " + words + " 2>&1");
    EXPECT_EQ(ran.exit_code, exit_code) << words << "\n" << ran.out;
    EXPECT_THAT(ran.out, HasSubstr(says)) << words;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  }
  // On simulated machines; `more` behind it.
  [[nodiscard]] Ran Quantize(const std::string& more) const {
    return Torpor("quantize " + Path("fleet.model") +
                  " --contract bench-10s --simulated 3 --quiet -o " +
                  Path("robot.model") + " " + more + " 2>&1");
  }

  TestFolder folder_;
};

TEST_F(QuantizeCommand, WritesAnInt8ModelAndSaysInDecibelsWhatItLost) {
  const Ran ran = Quantize("");
  ASSERT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("of 3 healthy machines"));
  EXPECT_THAT(ran.out, HasSubstr("layer1.down"));
  EXPECT_THAT(ran.out, HasSubstr("82208 bytes instead of 277472"));
  const auto file = model::NetworkFile::Open(Path("robot.model"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->view().precision, model::Precision::kInt8);
}

TEST_F(QuantizeCommand, PrintsOneObjectAndPutsItIntoTheCardBesideWhatThatSaid) {
  WriteCard(FleetDigest());
  const Ran ran = Quantize("--json --clip highest");
  ASSERT_EQ(ran.exit_code, 0) << ran.out;
  const auto said = nlohmann::ordered_json::parse(ran.out);
  EXPECT_EQ(said.at("clip"), "highest");
  EXPECT_EQ(said.at("calibrated_on").size(), 3U);
  EXPECT_EQ(said.at("inputs").size(), 9U);
  EXPECT_GT(said.at("logit_sqnr_db"), 15);
  EXPECT_GT(said.at("calibration_minutes"), 2 * said.at("compared_minutes").get<int>());

  const auto file = model::NetworkFile::Open(Path("robot.model"));
  ASSERT_TRUE(file.ok());
  const auto card = ReadCard(Path("robot.model"), file->bytes());
  ASSERT_TRUE(card.ok());
  EXPECT_EQ(card->at("seed"), 7);
  EXPECT_EQ(TrainedOn(*card), (std::vector<std::string>{"pump-1", "pump-2"}));
  EXPECT_EQ(card->at("quantization").at("float_model_digest"), FleetDigest());
  EXPECT_EQ(card->at("quantization").at("logit_sqnr_db"), said.at("logit_sqnr_db"));
}

TEST_F(QuantizeCommand, RefusesModelsItCannotRound) {
  const std::string rest = " --simulated 3 --contract bench-10s -o " + Path("x");
  Refused(Path("none") + rest, 66, "model-missing (364)");
  std::ofstream(folder_ / "rubbish.model") << "rubbish";
  Refused(Path("rubbish.model") + rest, 65, "model-malformed (365)");
  fs::copy(Path("fleet.model"), Path("damaged.model"));
  std::fstream(Path("damaged.model"), std::ios::in | std::ios::out).seekp(5000).put('x');
  Refused(Path("damaged.model") + rest, 65, "model-digest (366)");
  const auto whole = model::Precision::kFloat;
  EXPECT_EQ(model::WriteNetwork(
                Path("int8.model"),
                model::RandomNetwork(model::kTestShape, model::Precision::kInt8)),
            Status::kOk);
  Refused(Path("int8.model") + rest, 78, "it is int8 already");
  EXPECT_EQ(model::WriteNetwork(Path("two-axes.model"),
                                model::RandomNetwork(model::kMlpShape, whole)),
            Status::kOk);
  Refused(
      Path("two-axes.model") + " --simulated 3 --contract warehouse-60s -o " + Path("x"),
      78, "model-mismatch (367)");
  EXPECT_FALSE(fs::exists(Path("x")));
}

TEST_F(QuantizeCommand, CalibratesOnWhatTheModelWasTrainedOnAlone) {
  const std::string words =
      Path("fleet.model") + " --data " + folder_.string() + " -o " + Path("x");
  Refused(words, 66, "fleet.card.json");
  WriteCard(FleetDigest());
  Refused(words + " --recordings pump-2,fan-1", 78, "not-trained-on (376)");
  Refused(words, 66, "manifest.json");  // the card is good; what it names is not there
  Refused(words + " --recordings fan-1 --foreign", 66, "manifest.json");
  WriteCard(std::string(64, '0'));
  Refused(words, 65, "card-mismatch (383)");
  std::ofstream(folder_ / "fleet.card.json") << R"({"model_digest": 5})";
  Refused(words, 65, "card-mismatch (383)");
}

TEST_F(QuantizeCommand, SaysWhatItNeeds) {
  Refused("", 64, "usage (1)");
  Refused(Path("fleet.model") + " --simulated 3", 64, "usage (1)");
  Refused(Path("fleet.model") + " -o x", 64, "usage (1)");
  Refused(Path("fleet.model") + " -o x --simulated 3 --data y", 64, "usage (1)");
  Refused(Path("fleet.model") + " -o x --simulated 3 --clip often", 64, "usage (1)");
  Refused(Path("fleet.model") + " -o /nowhere/x --simulated 3 --quiet", 74, "io (4)");
}

// The other half of the programs has no libonnx-dev to be built with.
TEST_F(QuantizeCommand, WritesAndChecksOnnxOrSaysWhatToInstall) {
  const Ran ran =
      Quantize("--onnx " + Path("i.onnx") + " --float-onnx " + Path("f.onnx"));
#ifdef TORPOR_HAS_ONNX
  ASSERT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_THAT(ran.out,
              HasSubstr("i.onnx: input z [32, 16], 143 nodes, 9 products in int8"));
  for (const auto* name : {"i.onnx", "f.onnx"}) {
    const Ran check = Torpor("quantize --check " + Path(name) + " 2>&1");
    EXPECT_EQ(check.exit_code, 0) << check.out;
    EXPECT_THAT(check.out, HasSubstr("keeps every rule"));
  }
  const Ran beside = Torpor("quantize --beside " + Path("fleet.model") + " 2>&1");
  EXPECT_EQ(beside.exit_code, 0) << beside.out;
  const auto file = model::NetworkFile::Open(Path("fleet.model"));
  ASSERT_TRUE(file.ok());
  const model::NetworkView& fleet = file->view();
  const std::size_t most = fleet.shape.max_tokens / fleet.shape.positions;
  std::string what;
  for (std::size_t axes = 1; axes <= most; ++axes) {
    EXPECT_TRUE(
        model::tensorrt::ReadOnnxBeside(Path("fleet.model"), axes, fleet.digest, what)
            .ok())
        << what;
  }
  EXPECT_FALSE(fs::exists(model::tensorrt::OnnxPath(Path("fleet.model"), most + 1)));
  Refused("--beside " + Path("none.model"), 66, "model-missing (364)");
  Refused(Path("fleet.model") + " --beside " + Path("fleet.model"), 64, "usage (1)");
  Refused("--check " + Path("fleet.model"), 65, "onnx-malformed (370)");
  Refused("--check " + Path("none.onnx"), 66, "file-missing (5)");
  fs::resize_file(Path("i.onnx"), 50'000);
  Refused("--check " + Path("i.onnx"), 65, "onnx-malformed (370)");
  fs::resize_file(Path("i.onnx"), (std::uintmax_t{64} << 20) + 1);
  Refused("--check " + Path("i.onnx"), 65, "file-too-large (6)");
  Refused(Path("fleet.model") + " --check " + Path("f.onnx"), 64, "usage (1)");
#else
  EXPECT_THAT(ran.out, StartsWith("torpor: onnx-not-built (375)"));
  EXPECT_THAT(ran.out, HasSubstr("install libonnx-dev"));
  EXPECT_EQ(ran.exit_code, 69);
  Refused("--check " + Path("x.onnx"), 69, "onnx-not-built (375)");
  std::cerr << "NOT RUN: torpor is built without libonnx-dev, so no ONNX file was made\n";
#endif
}

}  // namespace
}  // namespace torpor::cli
