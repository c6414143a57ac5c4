
#include "cli/test_command.h"
#include "core/json_hosted.h"
#include "model/test_network.h"
#include "power/calibration.h"
#include "power/sys_tree_under_test.h"

namespace torpor::cli {
namespace {

using power::PutOrinNano;
using power::TreeUnderTest;

class CalibrateTest : public Command {
 protected:
  CalibrateTest() {
    PutOrinNano(tree_, power::kJetPack6, "1");
    tree_.Put("proc/device-tree/model", "a pretended Orin Nano");
    EXPECT_EQ(model::WriteNetwork(
                  folder_ / "small.model",
                  model::RandomNetwork(model::kTestShape, model::Precision::kInt8)),
              Status::kOk);
  }
  [[nodiscard]] std::string Root() const { return "--sys-root " + tree_.root().string(); }
  [[nodiscard]] std::string Measure(const std::string& more) const {
    return "calibrate --back-end child-cpu --model small.model --axes 1 --rounds 2 "
           "--rest 0.1 --settle 0 " +
           Root() + " " + more;
  }
  TreeUnderTest tree_;
};

// The rail stands still at 8 W, so that no rung costs anything above the idle machine:
// what is measured is real, the processes, their answers and their ends.
TEST_F(CalibrateTest, MeasuresEachRungOfARealProcessAndWritesTheFile) {
  const Ran ran = Torpor(Measure("--out board.calibration"));
  ASSERT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_THAT(ran.out, testing::HasSubstr("memory-freed"));
  EXPECT_THAT(ran.out, testing::HasSubstr("board.calibration: digest "));
  std::string problem;
  const std::string text = Read("board.calibration");
  const auto calibration = power::DecodeCalibration(text, problem);
  ASSERT_TRUE(calibration.ok()) << problem << "\n" << text;
  EXPECT_EQ(calibration->identity.machine, "a pretended Orin Nano");
  EXPECT_THAT(calibration->identity.back_end, testing::HasSubstr("name=cpu"));
  EXPECT_THAT(calibration->identity.back_end, testing::HasSubstr("; tokens="));
  EXPECT_EQ(calibration->meter, "VDD_IN, sampled");
  ASSERT_EQ(calibration->rungs.size(), 4U);
  for (const power::RungCost& rung : calibration->rungs) {
    EXPECT_GT(rung.exit_latency, Microseconds{0});
    EXPECT_EQ(rung.repetitions, 2U);
    EXPECT_NEAR(static_cast<double>(rung.parked.value), 0, 80'000) << "1 % of 8 W";
  }
  Refused(Measure("--quiet --out board.calibration"), 64, "file-exists");

  const auto json = nlohmann::json::parse(
      Torpor("calibrate --explain board.calibration --contract bench-10s --json " +
             Root())
          .out);
  EXPECT_EQ(json["taken"], "child-exited");
  EXPECT_EQ(json["may_not"], "");
  const Ran elsewhere =
      Torpor("calibrate --explain board.calibration --contract bench-10s");
  EXPECT_THAT(elsewhere.out, testing::HasSubstr("may not be acted on here: machine: "));
  EXPECT_THAT(Torpor("calibrate --explain board.calibration").out,
              testing::HasSubstr("child-exited"));
}

TEST_F(CalibrateTest, WithoutJoulesNothingIsMeasured) {
  tree_.Remove("sys/bus/i2c/drivers/ina3221");
  tree_.Remove("sys/class/hwmon");
  Refused(Measure("--quiet"), 78, "without joules no rung can be shown to pay");
  Refused(Measure("--quiet --rail VDD_MOON"), 78, "there is no rail VDD_MOON");
}

TEST_F(CalibrateTest, WhatCannotBeCalibratedIsRefusedInOneLine) {
  Refused("calibrate", 64, "--back-end or --explain is needed");
  Refused("calibrate --back-end cpu --model small.model " + Root(), 64,
          "runs in torpord itself");
  Refused("calibrate --back-end nosuch --model small.model --quiet " + Root(), 78,
          "accelerator-missing");
  Refused("calibrate --back-end child-cpu --model none.model " + Root(), 66,
          "model-missing");
  Refused("calibrate --explain none.calibration", 66, "none.calibration");
  Write("bad.calibration", "torpor-calibration 1\nmachine x\n");
  Refused("calibrate --explain bad.calibration", 65, "line 3");
}

}  // namespace
}  // namespace torpor::cli
