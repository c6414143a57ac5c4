// A new contract reaches a robot that works, from the command line to the firmware and
// back to the people who asked for it: the real programs, in real time.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>

#include "telemetry/journal_reader.h"
#include "tests/roll_out_bench.h"

namespace torpor::tests {
namespace {

using std::chrono::steady_clock;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using nlohmann::json;
namespace fs = std::filesystem;

class ContractRollOut : public RollOutBench {
 protected:
  // How many cycles the robot says to have learned, by the last page it pushed; nothing
  // before there is one.
  static std::optional<long> Learned(const simulate::FaultGateway& gateway) {
    constexpr std::string_view kName = "\ntorpor_commissioning_ratio ";
    const auto pages = gateway.pages();
    const auto at = pages.empty() ? std::string::npos : pages.back().body.find(kName);
    if (at == std::string::npos) return std::nullopt;
    return std::lround(120 * std::stod(pages.back().body.substr(at + kName.size())));
  }

  // Stages a contract, and ends torpord when the firmware has it and before a cycle was
  // judged under it. False, and said, where the machine was too busy for that.
  bool EndInTheTrialOf(const std::string& name) {
    EXPECT_EQ(Stage(name), 0) << Contents(folder_ / "torpor.log");
    EXPECT_TRUE(Until([](const json& report) {
      return report["staged"].is_object() || report["active"]["version"] == 2;
    })) << last_;
    End(robot_, SIGKILL);
    const auto journal = telemetry::JournalReader::Open(rig_.state() / "journal.sqlite");
    const Result<std::vector<telemetry::CycleRecord>> cycles =
        journal.ok() ? journal->Cycles(0, 1000) : journal.status();
    EXPECT_TRUE(cycles.ok());
    const json staged = last_["staged"];
    if (cycles.ok() && staged.is_object() &&
        std::ranges::find(*cycles, staged["contract"].get<std::string>(),
                          &telemetry::CycleRecord::contract) == cycles->end()) {
      return true;
    }
    std::fprintf(stderr,
                 "NOT RUN: a trial was over before torpord could be ended in it\n");
    return false;
  }
};

TEST_F(ContractRollOut, ReachesARobotThatWorksAndStaysThroughRestarts) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_ << Contents(folder_ / "robot.err");
  Sign("next", {{"version = 1", "version = 2"}});
  ASSERT_EQ(Stage("next"), 0) << Contents(folder_ / "torpor.log");
  ASSERT_TRUE(UntilObeyed(2)) << last_ << Contents(folder_ / "robot.err");
  EXPECT_TRUE(last_["wanted"].is_null() && last_["staged"].is_null()) << last_;
  EXPECT_TRUE(last_["refused"].is_null()) << last_;

  // Both restart, with the command line of before.
  End(robot_, SIGKILL);
  End(firmware_, SIGKILL);
  StartFirmware();
  StartRobot();
  std::this_thread::sleep_for(5s);
  ASSERT_TRUE(UntilObeyed(2)) << last_ << Contents(folder_ / "robot.err");
  End(robot_);
  EXPECT_EQ(Contents(folder_ / "robot.err"), "");
}

TEST_F(ContractRollOut, WhatWasLearnedStaysUntilTheSensorIsAnother) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_;
  std::this_thread::sleep_for(6s);
  const auto before = Learned(gateway_);
  ASSERT_TRUE(before && *before >= 2);

  simulate::FaultGateway other;
  Sign("next", {{"version = 1", "version = 2"},
                {"not_after = 2027-12-01", "not_after = 2027-12-02"},
                {gateway_.address(), other.address()},
                {"hour_budget = \"81 kJ\"", "hour_budget = \"82 kJ\""}});
  ASSERT_EQ(Stage("next"), 0) << Contents(folder_ / "torpor.log");
  ASSERT_TRUE(UntilObeyed(2)) << last_ << Contents(folder_ / "robot.err");
  const auto after = Learned(other);
  ASSERT_TRUE(after.has_value());
  EXPECT_GT(*after, *before);
  EXPECT_EQ(Contents(folder_ / "robot.log").find("begins anew"), std::string::npos);

  // Another rate wants another baseline: the board is provisioned with both.
  End(robot_);
  End(firmware_);
  Sign("rate", {{"version = 1", "version = 3"},
                {"[link]",
                 "[[sensors]]\nid = 1\nrate = \"12.8 kHz\"\naxes = 2\n"
                 "full_scale = \"50 g\"\nbits = 16\n[link]"}});
  fs::copy(rig_.bundle("rate"), rig_.bundle(), fs::copy_options::overwrite_existing);
  fs::remove(folder_ / "fleet.baseline");
  Must(rig_.FitBaseline({"--quiet", "--simulated", "3"}));
  fs::remove(rig_.flash());
  Must(rig_.Provision("rate"));
  const auto told = gateway_.pushes();
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(3)) << last_ << Contents(folder_ / "robot.err");
  ASSERT_TRUE(Until([&](const json&) { return gateway_.pushes() > told; }));
  EXPECT_LE(Learned(gateway_), 2);
  End(robot_);
  const std::string log = Contents(folder_ / "robot.log");
  const std::string why =
      "commissioning begins anew: sensors.sample_rate_mhz was 25600000, is 12800000";
  const auto at = log.find(why);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(log.find(why, at + 1), std::string::npos) << "told once";
}

TEST_F(ContractRollOut, NoBatchIsInferredUnderTwoContracts) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_;
  for (int version = 2; version <= 3; ++version) {
    const std::string name = "v" + std::to_string(version);
    Sign(name, {{"version = 1", "version = " + std::to_string(version)}});
    ASSERT_EQ(Stage(name), 0) << Contents(folder_ / "torpor.log");
    ASSERT_TRUE(UntilObeyed(version)) << last_ << Contents(folder_ / "robot.err");
  }
  End(robot_);
  const auto ids = Inferred();
  int changes = 0;
  for (std::size_t i = 1; i < ids.size(); ++i) changes += ids[i] != ids[i - 1] ? 1 : 0;
  EXPECT_EQ(changes, 2) << "each once, in order, and never back";
  EXPECT_GE(ids.size(), 4U);
}

TEST_F(ContractRollOut, WhatTheRobotCannotObeyIsRefusedAndWorkGoesOn) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_;
  const auto refused = [&](const char* name) {
    EXPECT_EQ(Stage(name), 0) << Contents(folder_ / "torpor.log");
    return Until([](const json& report) {
      return report["wanted"].is_null() && report["refused"].is_object();
    })
               ? last_["refused"]["name"].get<std::string>()
               : std::string("nothing");
  };
  Sign("baud",
       {{"version = 1", "version = 2\n"}, {"[link]", "[link]\nbaud = \"1000000 baud\""}});
  EXPECT_EQ(refused("baud"), "contract-differs") << last_;
  EXPECT_NE(last_["refused"]["text"].get<std::string>().find("link_baud"),
            std::string::npos)
      << last_;
  // Another detector would be needed: seen before the firmware is asked.
  Sign("rule", {{"version = 1", "version = 3\n"},
                {"[link]", "[detection]\nscore_cycles = 5\n[link]"}});
  EXPECT_EQ(refused("rule"), "baseline-mismatch") << last_;
  const auto inferred = Inferred().size();
  std::this_thread::sleep_for(5s);
  EXPECT_GT(Inferred().size(), inferred);
  EXPECT_TRUE(UntilObeyed(1)) << last_;
}

// It was kept while there was a baseline for it: the robot starts all the same.
TEST_F(ContractRollOut, AKeptContractThatFitsNoMoreDoesNotKeepTheRobotFromStarting) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_;
  End(robot_);
  Sign("unfit", {{"version = 1", "version = 2"},
                 {"sample = \"100 ms\"", "sample = \"50 ms\""},
                 {"sleep = \"1800 ms\"", "sleep = \"1850 ms\""}});
  fs::copy_file(rig_.bundle("unfit"), rig_.state() / "contract-b.bundle",
                fs::copy_options::overwrite_existing);
  StartRobot();
  ASSERT_TRUE(Until([](const json& report) { return report["refused"].is_object(); }))
      << last_ << Contents(folder_ / "robot.err");
  EXPECT_EQ(last_["refused"]["name"], "baseline-mismatch") << last_;
  EXPECT_TRUE(UntilObeyed(1)) << last_;
  // What was refused is told first, and removed then.
  EXPECT_TRUE(Until([this](const json&) {
    return !fs::exists(rig_.state() / "contract-b.bundle") &&
           Contents(folder_ / "robot.err").find("instead") != std::string::npos;
  })) << Contents(folder_ / "robot.err");
}

// The firmware is trying a contract that is for robot-1 alone when its computer comes
// back as robot-2: it waits under the old one until the firmware has gone back by itself.
TEST_F(ContractRollOut, ATrialThatThisRobotCannotWorkUnderIsWaitedOut) {
  const std::pair<std::string, std::string> both{"\"robot:robot-1\"",
                                                 "\"robot:robot-1\", \"robot:robot-2\""};
  Sign("both", {both});
  fs::copy_file(rig_.bundle("both"), rig_.bundle(), fs::copy_options::overwrite_existing);
  Must(rig_.Provision());
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_ << Contents(folder_ / "robot.err");
  Sign("next", {{"version = 1", "version = 2"},
                {"[telemetry]", "[life]\ntrial_cycles = 5\n\n[telemetry]"}});
  if (!EndInTheTrialOf("next")) return;
  auto command = rig_.RobotCommand({"--link", Link()}, {"--lines", "json"});
  std::ranges::replace(command, std::string("robot-1"), std::string("robot-2"));
  auto started =
      simulate::Child::Start(command, {folder_ / "robot.log", folder_ / "robot.err"});
  ASSERT_TRUE(started.ok());
  robot_.emplace(std::move(*started));
  ASSERT_TRUE(Until([](const json& report) { return report["refused"].is_object(); }))
      << last_ << Contents(folder_ / "robot.err");
  ASSERT_TRUE(UntilObeyed(1)) << last_ << Contents(folder_ / "robot.err");
  EXPECT_NE(Contents(folder_ / "robot.err").find("not-for-this-robot"),
            std::string::npos);
}

TEST_F(ContractRollOut, ATrialThatNoCycleEarnsGoesBackOnBothSides) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_;
  Sign("next", {{"version = 1", "version = 2"},
                {"[telemetry]", "[life]\ntrial_cycles = 5\n\n[telemetry]"}});
  if (!EndInTheTrialOf("next")) return;
  std::this_thread::sleep_for(16s);  // six periods of trial, and to spare
  StartRobot();
  ASSERT_TRUE(Until([](const json& report) { return report["refused"].is_object(); }))
      << last_ << Contents(folder_ / "robot.err");
  EXPECT_EQ(last_["refused"]["name"], "trial-over") << last_;
  EXPECT_TRUE(UntilObeyed(1)) << last_;
}

}  // namespace
}  // namespace torpor::tests
