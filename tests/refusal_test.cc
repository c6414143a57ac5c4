// Firmware and robot with different contracts: both refuse, both name the parameter and
// both values, a restart is cheap, operations hear of it, and a repair heals it.
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/bench_robot.h"

namespace torpor::tests {
namespace {

using std::chrono::steady_clock;
using std::chrono_literals::operator""ms;

class Disagreement : public BenchRobot {
 protected:
  Disagreement() : rig_(MakeFastRig()) {}

  // Five cycles at most: who does not refuse by then never will.
  std::vector<std::string> Link() const {
    return {"--link", folder_ / "mcu.sock", "--cycles", "5"};
  }

  simulate::Child StartFirmware() {
    std::filesystem::remove(folder_ / "mcu.sock");
    auto firmware =
        rig_.StartFirmware({"--link", "socket:" + (folder_ / "mcu.sock").string()},
                           {"--simulate-bearing", "1", "--fault", "none"});
    EXPECT_TRUE(firmware.ok());
    for (int i = 0; i < 200 && !std::filesystem::exists(folder_ / "mcu.sock"); ++i) {
      std::this_thread::sleep_for(10ms);
    }
    return std::move(*firmware);
  }

  [[nodiscard]] std::string LastPage() const {
    const auto pages = gateway_.pages();
    return pages.empty() ? "" : pages.back().body;
  }

  simulate::Rig rig_;
};

TEST_F(Disagreement, BothSidesNameTheParameterWithBothValues) {
  Must(rig_.SignAnother("other", {}, {"[sleep]", "awake_wakeups_max = 1999"}));
  Must(rig_.Provision("other"));
  auto firmware = StartFirmware();
  EXPECT_EQ(RunRobot(rig_, Link()), 78);
  const auto line = Refusal();
  ASSERT_TRUE(line.is_object()) << Contents(folder_ / "robot.err");
  EXPECT_EQ(line["reason"], 1041) << line;
  EXPECT_EQ(line["where"], "awake_wakeups_max") << line;
  EXPECT_EQ(line["ours"], "2000") << line;
  EXPECT_EQ(line["theirs"], "1999") << line;
  firmware.Ask(SIGTERM);
  firmware.Wait();
  const std::string words = Contents(rig_.firmware_log());
  EXPECT_NE(words.find("\"reason\":" + line["reason"].dump()), std::string::npos)
      << words;
  EXPECT_NE(words.find(line["ours"].get<std::string>()), std::string::npos) << words;
  EXPECT_NE(words.find(line["theirs"].get<std::string>()), std::string::npos) << words;
}

TEST_F(Disagreement, ARestartWithinThePeriodAsksNobody) {
  Must(rig_.SignAnother("other", {}, {"[sleep]", "awake_wakeups_max = 1999"}));
  Must(rig_.Provision("other"));
  {
    auto firmware = StartFirmware();
    EXPECT_EQ(RunRobot(rig_, Link()), 78);
  }
  // The firmware is gone: only the mark can answer.
  EXPECT_EQ(RunRobot(rig_, Link()), 78);
  EXPECT_EQ(Refusal()["reason"], 1041);
}

TEST_F(Disagreement, OperationsHearOfItUntilItIsMended) {
  Must(rig_.SignAnother("other", {}, {"[sleep]", "awake_wakeups_max = 1999"}));
  Must(rig_.Provision("other"));
  {
    auto firmware = StartFirmware();
    EXPECT_EQ(RunRobot(rig_, Link()), 78);
  }
  EXPECT_NE(LastPage().find("torpor_refused{reason=\"contract-differs\"} 1"),
            std::string::npos)
      << LastPage();
  Must(rig_.Provision());
  std::filesystem::remove_all(rig_.state());  // and with it the mark, as a period does
  auto firmware = StartFirmware();
  // In two cycles: a firmware that has just started may miss the first greeting.
  EXPECT_EQ(RunRobot(rig_, {"--link", folder_ / "mcu.sock"}, {"--cycles", "2"}), 0)
      << Contents(folder_ / "robot.err");
  EXPECT_NE(LastPage().find("torpor_contract_agreement 1"), std::string::npos)
      << LastPage();
  EXPECT_EQ(LastPage().find("torpor_refused{reason=\"contract-differs\"} 1"),
            std::string::npos)
      << LastPage();
}

TEST_F(Disagreement, AnotherPairingKeyIsRefused) {
  std::filesystem::remove(folder_ / "robot" / "pairing.key");
  std::filesystem::create_directory(folder_ / "mcu-pair");
  Must(rig_.Do({(Programs() / "torpor").string(), "pair", "--robot", folder_ / "robot",
                "--firmware", folder_ / "mcu-pair"}));
  auto firmware = StartFirmware();
  EXPECT_EQ(RunRobot(rig_, Link()), 77) << Contents(folder_ / "robot.err");
  EXPECT_EQ(Refusal()["reason"], 205);
}

}  // namespace
}  // namespace torpor::tests
