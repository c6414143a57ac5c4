// torpor baseline and torpor evaluate, run as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "core/json_hosted.h"
#include "core/test_folder.h"
#include "core/test_program.h"

namespace torpor::cli {
namespace {

using testing::HasSubstr;

Ran Torpor(const std::string& words) {
  const std::string line = TORPOR_BINARY_DIR "/bin/torpor " + words;
  return RunLine(line);
}

class Baseline : public testing::Test {
 protected:
  [[nodiscard]] std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }

  TestFolder folder_;
};

TEST_F(Baseline, IsFittedToSimulatedMachinesAndShown) {
  const std::string file = Path("fleet.baseline");
  const Ran fit = Torpor(
      "baseline fit --contract warehouse-60s --simulated 3 --quiet -o " + file + " 2>&1");
  ASSERT_EQ(fit.exit_code, 0) << fit.out;
  EXPECT_THAT(fit.out, HasSubstr("3 machines, threshold "));
  EXPECT_THAT(fit.out, HasSubstr("not shown by these data"));
  const Ran show = Torpor("baseline show " + file + " 2>&1");
  ASSERT_EQ(show.exit_code, 0) << show.out;
  EXPECT_THAT(show.out, HasSubstr("3200 Hz, 3 axes, 16000 samples of each, 16 g"));
  EXPECT_THAT(show.out, HasSubstr("3 machines"));

  std::ofstream(file, std::ios::app) << "x";
  const Ran torn = Torpor("baseline show " + file + " 2>&1");
  EXPECT_EQ(torn.exit_code, 65);
  EXPECT_THAT(torn.out, HasSubstr("baseline-malformed (361)"));
}

TEST_F(Baseline, RefusalsAreOneLineWithTheirReason) {
  const auto refused = [&](const std::string& words, const std::string& says) {
    const Ran ran = Torpor(words + " 2>&1");
    EXPECT_NE(ran.exit_code, 0) << words;
    EXPECT_THAT(ran.out, HasSubstr(says)) << words;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  };
  const std::string out = " -o " + Path("x");
  refused("baseline show " + Path("none"), "baseline-missing (360)");
  refused("baseline fit --contract bench-10s" + out, "usage (1)");
  refused("baseline fit --contract bench-10s --simulated 3 --data x" + out, "usage (1)");
  refused("baseline fit --contract bench-10s --simulated 2" + out, "usage (1)");
  refused("baseline fit --contract " + Path("none") + " --simulated 3" + out,
          "file-missing (5)");
  refused("baseline fit --contract bench-10s --data " + Path("none") + out,
          "file-missing (5)");
  refused("evaluate --data " + Path("none"), "file-missing (5)");
  std::ofstream(folder_ / "manifest.json")
      << R"({"recordings": [{"id": "pump", "file": "pump.wav", "sample_rate_hz": 3200,
      "unit": "g", "channels": [{"name": "x", "full_scale": 16}],
      "condition": "healthy"}]})";
  refused("evaluate --data " + folder_.string(), "too-few-recordings (363)");
  std::ofstream(folder_ / "manifest.json") << "no JSON";
  refused("evaluate --data " + folder_.string(), "manifest-malformed (335)");
}

// The one figure that the project states of real bearings; docs/detection.md has the
// rest.
TEST_F(Baseline, FindsNineRealBearingsWithoutAFalseAlarm) {
  const char* data = std::getenv("TORPOR_DATA");
  if (data == nullptr || *data == '\0') {
    std::fputs("NOT RUN: TORPOR_DATA is not set, so no real bearing was judged\n",
               stderr);
    return;
  }
  const Ran ran = Torpor("evaluate --json --data " + std::string(data) + " 2>/dev/null");
  ASSERT_EQ(ran.exit_code, 0);
  const auto all = nlohmann::json::parse(ran.out);
  EXPECT_EQ(all.at("machines"), 9);
  EXPECT_GE(all.at("found"), 8);
  EXPECT_EQ(all.at("false_alarms"), 0);
}

}  // namespace
}  // namespace torpor::cli
