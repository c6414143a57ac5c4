// torpord with a network in a process of its own: the real programs in compressed time.
#include <algorithm>
#include <chrono>

#include "simulate/broker.h"
#include "simulate/night.h"
#include "tests/bench_robot.h"

namespace torpor::tests {
namespace {

using std::chrono_literals::operator""min;
namespace fs = std::filesystem;

class BackEnd : public BenchRobot {
 protected:
  BackEnd() : rig_(MakeBench()) {}

  simulate::Rig MakeBench() {
    simulate::RigOptions options;
    options.base = "bench-10s";
    simulate::Rig rig = MakeRig(options);
    Must(rig.FitBaseline({"--quiet", "--simulated", "3"}));
    return rig;
  }

  // torpord's lines of half an hour, whose first twenty minutes are commissioning.
  std::string Live(const std::string& back_end) {
    fs::remove_all(rig_.state());
    Must(rig_.Provision());
    simulate::BrokerOptions options;
    options.path = folder_ / "broker.sock";
    options.link_baud = simulate::TermsOf(rig_.bundle())->link_baud;
    options.wall_base_us = 1'793'491'200'000'000;  // 2026-11-01, when it was signed
    auto broker = simulate::Broker::Listen(options);
    EXPECT_TRUE(broker.ok());
    auto firmware = rig_.StartFirmware({"--link", "broker:" + options.path},
                                       {"--simulate-bearing", "3", "--fault", "none"});
    const fs::path log = folder_ / (back_end + ".log");
    auto robot = rig_.StartRobot({"--broker", options.path},
                                 {"--lines", "json", "--backend", back_end},
                                 {log, folder_ / "robot.err"});
    EXPECT_TRUE(firmware.ok() && robot.ok());
    (*broker)->Run(Instant(30min));
    firmware->Wait();
    EXPECT_EQ(robot->Wait(), 0) << Contents(folder_ / "robot.err");
    return Contents(log);
  }

  simulate::Rig rig_;
};

TEST_F(BackEnd, TheSameEngineInAProcessOfItsOwnGivesTheSameLife) {
  const std::string here = Live("cpu");
  EXPECT_GE(std::ranges::count(here, '\n'), 175);
  EXPECT_EQ(here.find("accelerator"), std::string::npos) << here;
  EXPECT_EQ(Live("child-cpu"), here);
  const fs::path plans = rig_.state() / "accelerator";
  ASSERT_TRUE(fs::is_directory(plans)) << "there is a place for plans";
  EXPECT_EQ(fs::status(plans).permissions(), fs::perms::owner_all);
}

TEST_F(BackEnd, APluginIsAskedOnceACycleAndIsGoneAfterEachAnswer) {
  const fs::path calls = folder_ / "calls";
  ::setenv("TORPOR_TEST_BACKEND_LOG", calls.c_str(), 1);
  const std::string lines = Live("test");
  ::unsetenv("TORPOR_TEST_BACKEND_LOG");
  EXPECT_EQ(lines.find("accelerator"), std::string::npos) << lines;
  const std::string one = "open run close ";
  std::string expected;
  while (expected.size() < Contents(calls).size()) expected += one;
  EXPECT_EQ(Contents(calls), expected);
  EXPECT_GE(expected.size() / one.size(), 55U) << "the check at boot, then each cycle";
}

TEST_F(BackEnd, OneThatIsNotInstalledIsRefusedBeforeTheFirstCycle) {
  EXPECT_EQ(RunRobot(rig_, {"--link", folder_ / "nobody.sock"},
                     {"--backend", "nonesuch", "--lines", "json"}),
            78);
  EXPECT_EQ(Refusal()["name"], "accelerator-missing");
  EXPECT_NE(Refusal()["where"].get<std::string>().find("torpor-nonesuch.so"),
            std::string::npos);
  EXPECT_EQ(Contents(folder_ / "robot.log"), "");
}

TEST_F(BackEnd, OnlyTheAcceleratorsProcessKnowsHowToLoadOne) {
  const std::string symbol("\0torpor_backend\0", 16);
  EXPECT_NE(Contents(Programs() / "torpor-accelerator").find(symbol), std::string::npos);
  EXPECT_EQ(Contents(Programs() / "torpord").find(symbol), std::string::npos);
}

}  // namespace
}  // namespace torpor::tests
