// A robot on a bench for whole-system tests: the real programs in a folder of their own,
// removed when the test ends.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/json_hosted.h"
#include "core/test_folder.h"
#include "simulate/gateway.h"
#include "simulate/rig.h"

namespace torpor::tests {

inline std::filesystem::path Programs() {
  return std::filesystem::path(TORPOR_BINARY_DIR) / "bin";
}

inline std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class BenchRobot : public testing::Test {
 protected:
  // A rig whose robot pushes to gateway_, or where the options say; valid now, whatever
  // the date.
  simulate::Rig MakeRig(simulate::RigOptions options) {
    options.folder = folder_;
    options.programs = Programs();
    if (options.gateway.empty()) options.gateway = gateway_.address();
    auto rig = simulate::Rig::Make(std::move(options));
    EXPECT_TRUE(rig.ok()) << rig.refusal().what;
    return std::move(*rig);
  }

  // A period of two seconds, in real time.
  static simulate::RigOptions FastOptions() {
    simulate::RigOptions options;
    options.base = "bench-10s";
    options.keys = {"period = \"2 s\""};
    options.tables = TwoSeconds();
    options.not_after = "2027-12-01";
    return options;
  }

  // Everything that torpord and firmware need under it; `tables` are further lines of the
  // contract's source.
  simulate::Rig MakeFastRig(const char* firmware = simulate::kFirmwareHost,
                            const std::vector<std::string>& tables = {},
                            const std::string& gateway = {}) {
    simulate::RigOptions options = FastOptions();
    options.tables.insert(options.tables.end(), tables.begin(), tables.end());
    options.gateway = gateway;
    options.firmware = firmware;
    options.model = "none";  // as its baseline was fitted
    simulate::Rig rig = MakeRig(options);
    std::filesystem::copy(TORPOR_BENCH_BASELINE, folder_ / "fleet.baseline");
    Must(rig.Provision());
    return rig;
  }

  static void Must(const simulate::RigStatus& status) {
    EXPECT_TRUE(status.ok()) << status.refusal().what;
  }

  // Runs torpord to its end; its standard error goes to robot.err, anew.
  int RunRobot(simulate::Rig& rig, const std::vector<std::string>& link,
               const std::vector<std::string>& more = {}) const {
    std::filesystem::remove(folder_ / "robot.err");
    auto robot =
        rig.StartRobot(link, more, {folder_ / "robot.log", folder_ / "robot.err"});
    EXPECT_TRUE(robot.ok());
    return robot->Wait();
  }

  // The JSON line of the last refusal.
  [[nodiscard]] nlohmann::json Refusal() const {
    const std::string text = Contents(folder_ / "robot.err");
    return nlohmann::json::parse(text.substr(0, text.find('\n')), nullptr, false);
  }

  [[nodiscard]] static std::vector<std::string> TwoSeconds() {
    std::ifstream file(TORPOR_SOURCE_DIR "/tests/two-seconds.toml");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  TestFolder folder_;
  simulate::FaultGateway gateway_;
};

}  // namespace torpor::tests
