// Keys change on a robot that works, in real time: keyrings, pairing keys, and what
// happens to a robot whose keys are wrong. The real programs.
#include <gtest/gtest.h>

#include "tests/image_bench.h"
#include "tests/roll_out_bench.h"

namespace torpor::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono_literals::operator""s;

// Roots ann, ben and cho, of which two must sign; keyring 1 trusts fleet.key.
class KeyRollOut : public RollOutBench {
 protected:
  using RollOutBench::RollOutBench;
  void SetUp() override {
    fs::create_directory(folder_ / "keys");
    for (const char* name : {"ann", "ben", "cho", "next"}) {
      ASSERT_EQ(Torpor({"contract", "keygen", folder_ / name}), 0);
    }
    ASSERT_EQ(Torpor({"keyring", "new", "--fleet", "demo", "--root", folder_ / "ann.pub",
                      "--root", folder_ / "ben.pub", "--root", folder_ / "cho.pub",
                      "--key", folder_ / "fleet.pub", "-o", folder_ / "1.keyring"}),
              0)
        << Contents(folder_ / "torpor.log");
    SignAndInstall(1);
    rig_.TrustKeyring("keys");
    Must(rig_.Provision());
  }
  void SignAndInstall(int version) {
    const std::string name = std::to_string(version) + ".keyring";
    for (const char* root : {"ann.key", "cho.key"}) {
      ASSERT_EQ(Torpor({"keyring", "sign", folder_ / name, "--key", folder_ / root}), 0)
          << Contents(folder_ / "torpor.log");
    }
    fs::copy_file(folder_ / name, folder_ / "keys" / (name + ".new"));
    fs::rename(folder_ / "keys" / (name + ".new"), folder_ / "keys" / name);
  }
  void MakeNext(int version, const std::vector<std::string>& changes) {
    std::vector<std::string> words = {
        "keyring", "next", folder_ / (std::to_string(version - 1) + ".keyring"), "-o",
        folder_ / (std::to_string(version) + ".keyring")};
    words.insert(words.end(), changes.begin(), changes.end());
    ASSERT_EQ(Torpor(words), 0) << Contents(folder_ / "torpor.log");
    SignAndInstall(version);
  }
  bool UntilBothHold(int version) {
    return Until([&](const json& report) {
      return report["keys"].is_object() && report["keys"]["keyring"] == version &&
             report["keys"]["firmware"] == version;
    });
  }
};

// From a key to its successor, without anybody at the robot.
TEST_F(KeyRollOut, AFleetChangesTheKeyThatSignsItsContracts) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_ << Contents(folder_ / "robot.err");
  ASSERT_TRUE(UntilBothHold(1)) << last_;

  MakeNext(2, {"--key", folder_ / "next.pub"});
  ASSERT_TRUE(UntilBothHold(2)) << last_ << Contents(folder_ / "robot.err");

  // The old key may not go while the obeyed contract is signed by it.
  MakeNext(3, {"--drop", folder_ / "fleet.pub"});
  ASSERT_TRUE(Until([](const json& report) {
    return report["keys"]["refused"].is_object();
  })) << last_;
  EXPECT_EQ(last_["keys"]["refused"]["name"], "signer-dropped");
  EXPECT_EQ(last_["keys"]["refused"]["version"], 3);
  EXPECT_EQ(last_["keys"]["firmware"], 2);

  // So the next contract is signed by the new one, and keyring 3 comes into force.
  fs::rename(folder_ / "fleet.key", folder_ / "old.key");
  fs::rename(folder_ / "next.key", folder_ / "fleet.key");
  Sign("next", {{"version = 1", "version = 2"}});
  ASSERT_EQ(Torpor({"contract", "stage", rig_.bundle("next"), "--keyring",
                    folder_ / "keys", "--state", rig_.state()}),
            0)
      << Contents(folder_ / "torpor.log");
  ASSERT_TRUE(UntilObeyed(2)) << last_ << Contents(folder_ / "robot.err");
  ASSERT_TRUE(UntilBothHold(3)) << last_ << Contents(folder_ / "robot.err");

  // A contract of the old key is nothing any more, here and at the firmware.
  fs::rename(folder_ / "fleet.key", folder_ / "next.key");
  fs::rename(folder_ / "old.key", folder_ / "fleet.key");
  Sign("old", {{"version = 1", "version = 3"}});
  EXPECT_EQ(Torpor({"contract", "stage", rig_.bundle("old"), "--keyring",
                    folder_ / "keys", "--state", rig_.state()}),
            77);

  // Both restart, with the command line of before, whose contract the old key has signed.
  End(robot_, SIGKILL);
  End(firmware_, SIGKILL);
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(2)) << last_ << Contents(folder_ / "robot.err");
  ASSERT_TRUE(UntilBothHold(3)) << last_;
  EXPECT_EQ(Contents(folder_ / "robot.err"), "");
}

TEST_F(KeyRollOut, AKeyringThatIsTakenAwayAgainIsARefusalOfTheRobot) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_;
  MakeNext(2, {"--key", folder_ / "next.pub"});
  ASSERT_TRUE(UntilBothHold(2)) << last_;
  End(robot_);
  fs::remove(folder_ / "keys/2.keyring");
  EXPECT_EQ(RunRobot(rig_, {"--link", Link()}, {"--cycles", "3"}), 77);
  EXPECT_EQ(Refusal()["name"], "rolled-back");
  // A robot that has lost its state as well: the firmware still knows.
  fs::remove_all(rig_.state());
  EXPECT_EQ(RunRobot(rig_, {"--link", Link()}, {"--cycles", "3"}), 78);
  EXPECT_EQ(Refusal()["name"], "keyring-differs");
  EXPECT_EQ(Refusal()["theirs"], "keyring 2");
}

TEST_F(KeyRollOut, WhatIsNoKeyringDoesNotStopARobotThatWorks) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_;
  std::ofstream(folder_ / "keys/2.keyring") << "half a file";
  EXPECT_TRUE(Until([this](const json&) {
    return Contents(folder_ / "robot.err").find("the new keys are not taken") !=
           std::string::npos;
  }));
  fs::remove(folder_ / "keys/2.keyring");
  MakeNext(2, {"--key", folder_ / "next.pub"});
  EXPECT_TRUE(UntilBothHold(2)) << last_ << Contents(folder_ / "robot.err");
}

TEST_F(KeyRollOut, APairingKeyChangesWhileTheRobotWorks) {
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_;
  const std::string before = Contents(folder_ / "robot/pairing.key");
  ASSERT_EQ(Torpor({"pair", "--robot", folder_ / "robot", "--next"}), 0);
  const std::string next = Contents(folder_ / "robot/pairing.key.next");
  ASSERT_EQ(next.size(), 32U);
  ASSERT_NE(next, before);
  ASSERT_TRUE(Until([&](const json&) {
    return Contents(folder_ / "robot/pairing.key") == next;
  })) << Contents(folder_ / "robot.err");
  EXPECT_TRUE(Until(
      [this](const json&) { return !fs::exists(folder_ / "robot/pairing.key.next"); }));
  const auto cycles = Inferred().size();
  std::this_thread::sleep_for(6s);
  EXPECT_GT(Inferred().size(), cycles) << "and works on";
  EXPECT_EQ(Contents(folder_ / "robot.err"), "");

  End(robot_);
  End(firmware_, SIGKILL);
  StartFirmware();
  std::ofstream(folder_ / "robot/pairing.key", std::ios::binary) << before;
  EXPECT_EQ(RunRobot(rig_, {"--link", Link()}, {"--cycles", "3"}), 77);
  EXPECT_EQ(Refusal()["name"], "bad-mac");
}

// The same with the machine code that a microcontroller runs.
class KeyRollOutOnTheImage : public KeyRollOut {
 protected:
  KeyRollOutOnTheImage() : KeyRollOut(simulate::kFirmwareQemu) {}
};

TEST_F(KeyRollOutOnTheImage, ChangesKeyringsAContractAndThePairing) {
  if (ImageMissing()) return;
  StartFirmware();
  StartRobot();
  ASSERT_TRUE(UntilObeyed(1)) << last_ << Contents(folder_ / "robot.err");
  MakeNext(2, {"--key", folder_ / "next.pub"});
  ASSERT_TRUE(UntilBothHold(2)) << last_ << Contents(folder_ / "robot.err");
  fs::rename(folder_ / "next.key", folder_ / "fleet.key");
  Sign("next", {{"version = 1", "version = 2"}});
  ASSERT_EQ(Torpor({"contract", "stage", rig_.bundle("next"), "--keyring",
                    folder_ / "keys", "--state", rig_.state()}),
            0)
      << Contents(folder_ / "torpor.log");
  MakeNext(3, {"--drop", folder_ / "fleet.pub"});
  ASSERT_TRUE(UntilObeyed(2)) << last_ << Contents(folder_ / "robot.err");
  ASSERT_TRUE(UntilBothHold(3)) << last_ << Contents(folder_ / "robot.err");
  ASSERT_EQ(Torpor({"pair", "--robot", folder_ / "robot", "--next"}), 0);
  const std::string next = Contents(folder_ / "robot/pairing.key.next");
  ASSERT_TRUE(Until([&](const json&) {
    return Contents(folder_ / "robot/pairing.key") == next;
  })) << Contents(folder_ / "robot.err");
  End(robot_);
  End(firmware_);
  const std::size_t stack = DeepestStack(rig_);
  EXPECT_GT(stack, 4'000U);
  EXPECT_LE(stack, 9'216U) << "the budget of size_table.py";
}

}  // namespace
}  // namespace torpor::tests
