// torpor evaluate with its protocols, run as a user runs it. Only AUROC is gated: the
// other figures turn on a few minutes (docs/evaluation.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/json_hosted.h"
#include "core/test_folder.h"
#include "core/test_program.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Ran Evaluate(const std::string& words) {
  const std::string line = TORPOR_BINARY_DIR "/bin/torpor evaluate " + words;
  return RunLine(line);
}

// Null, and a line that says so, without recordings.
const char* Data() {
  const char* data = std::getenv("TORPOR_DATA");
  if (data != nullptr && *data != '\0') return data;
  std::fputs("NOT RUN: TORPOR_DATA is not set, so no protocol was run\n", stderr);
  return nullptr;
}

constexpr double kTolerance = 0.01;

const nlohmann::json& RowOf(const nlohmann::json& rows, const std::string& name) {
  for (const auto& row : rows) {
    if (row.at("row") == name) return row;
  }
  ADD_FAILURE() << "there is no row " << name;
  return rows.front();
}

struct Known {
  const char* row;
  double auroc, pooled;
};

TEST(Evaluate, HasTheRecordedFiguresOfRealDegradation) {
  const char* data = Data();
  if (data == nullptr) return;
  const Ran ran =
      Evaluate("--protocol p3 --json --data " + std::string(data) + " 2>/dev/null");
  ASSERT_EQ(ran.exit_code, 0);
  const auto all = nlohmann::json::parse(ran.out);
  EXPECT_EQ(all.at("networks"), false);
  const auto& share = all.at("p3").at(0).at("rows");
  // Published for these bearings before this code: .771 .676, .739 .775, .852 .671,
  // 1.000 .903, 1.000 .889, .998 .911 and 1.000 .991.
  for (const Known& known :
       std::vector<Known>{{"RMS", 0.771, 0.676},
                          {"kurtosis", 0.739, 0.775},
                          {"log-mel Mahalanobis, raw", 0.856, 0.680},
                          {"log-mel Mahalanobis, own mean", 1.000, 0.902},
                          {"log-mel PCA residual, own mean", 1.000, 0.882},
                          {"linear PSD Mahalanobis, own mean", 0.996, 0.909},
                          {"ratio: the log-mel one / own median", 1.000, 0.993},
                          {"C: own mean, fleet's sd, ratio", 1.000, 0.987}}) {
    const auto& row = RowOf(share, known.row);
    EXPECT_NEAR(row.at("auroc").at("value"), known.auroc, kTolerance) << known.row;
    EXPECT_NEAR(row.at("pooled_auroc").at("value"), known.pooled, kTolerance)
        << known.row;
    EXPECT_EQ(row.at("healthy_minutes"), 365);
    EXPECT_EQ(row.at("machines").size(), 9U);
  }
  // Paired with the classical channel: the difference of the two rows' own figures.
  const auto tpr = [&](const char* row) {
    return RowOf(share, row).at("tpr").at("value").get<double>();
  };
  EXPECT_NEAR(RowOf(all.at("less_gate"), "RMS").at("P3 TPR").at("value"),
              tpr("RMS") - tpr("C: own mean, fleet's sd, ratio"), 1e-9);
  const auto& fixed = all.at("p3").at(1).at("rows");
  EXPECT_NEAR(RowOf(fixed, "C: own mean, fleet's sd, ratio").at("auroc").at("value"),
              1.000, kTolerance);
}

TEST(Evaluate, HasTheRecordedFiguresOfInjectedFaultsInFiveBearings) {
  const char* data = Data();
  if (data == nullptr) return;
  const TestFolder folder;
  const fs::path figures = folder / "figures";
  const Ran ran = Evaluate(
      "--protocol p4 --json --recordings "
      "femto-b1_2,femto-b2_1,femto-b2_2,femto-b3_1,femto-b3_2 --figures " +
      figures.string() + " --data " + std::string(data) + " 2>/dev/null");
  ASSERT_EQ(ran.exit_code, 0);
  const auto all = nlohmann::json::parse(ran.out);
  struct Level {
    const char* row;
    std::array<double, 4> auroc;
  };
  for (const Level& known : std::vector<Level>{
           {"RMS", {0.578, 0.620, 0.699, 0.774}},
           {"log-mel Mahalanobis, own mean", {0.689, 0.849, 0.972, 0.999}},
           {"C: own mean, fleet's sd, ratio", {0.763, 0.904, 0.989, 1.000}}}) {
    const auto& levels = RowOf(all.at("p4"), known.row).at("levels");
    for (std::size_t i = 0; i < known.auroc.size(); ++i) {
      EXPECT_NEAR(levels.at(i).at("auroc").at("value"), known.auroc.at(i), kTolerance)
          << known.row << ", level " << i;
    }
  }
  for (const char* id : {"femto-b1_2", "femto-b3_2"}) {
    std::ifstream file(figures / (std::string(id) + ".svg"));
    const std::string svg{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(svg, HasSubstr("end of life</text>"));
    EXPECT_THAT(svg, HasSubstr("min before the end"));
  }
}

TEST(Evaluate, JudgesDrivesOfAHealthyRobot) {
  const char* data = Data();
  if (data == nullptr) return;
  const Ran ran =
      Evaluate("--protocol imu --json --data " + std::string(data) + " 2>/dev/null");
  ASSERT_EQ(ran.exit_code, 0);
  const auto all = nlohmann::json::parse(ran.out);
  EXPECT_EQ(all.at("imu").at(0).at("windows"), 302);
  EXPECT_EQ(all.at("imu").at(0).at("drives").size(), 19U);
}

TEST(Evaluate, RefusalsAreOneLineWithTheirReason) {
  const TestFolder folder;
  folder.Write(
      "manifest.json",
      R"({"recordings": [{"id": "pump", "file": "pump.wav", "sample_rate_hz": 3200,
      "unit": "g", "channels": [{"name": "x", "full_scale": 16}],
      "condition": "healthy"}]})");
  const auto refused = [&](const std::string& words, const std::string& says) {
    const Ran ran = Evaluate("--data " + folder.string() + " " + words + " 2>&1");
    EXPECT_NE(ran.exit_code, 0) << words;
    EXPECT_THAT(ran.out, HasSubstr(says)) << words;
  };
  refused("--protocol p3", "too-few-recordings (363)");
  refused("--protocol p4", "too-few-recordings (363)");
  refused("--protocol imu", "too-few-recordings (363)");
  refused("--protocol p5", "usage (1)");
  if (const char* data = Data()) {
    const Ran ran = Evaluate("--protocol p3 --models " + (folder / "none").string() +
                             " --data " + std::string(data) + " 2>&1");
    EXPECT_THAT(ran.out, HasSubstr("model-missing (364)"));
  }
}

}  // namespace
}  // namespace torpor::cli
