// What torpord answers to every bad file it can be given: one line of JSON with a stable
// number, an exit code, and no harm done.
#include <sys/stat.h>

#include <chrono>
#include <functional>

#include "model/test_network.h"
#include "tests/bench_robot.h"

namespace torpor::tests {
namespace {

class BadInput : public BenchRobot {
 protected:
  BadInput() : rig_(MakeFastRig()) {}

  // torpord with no firmware: whatever is wrong is found before the link is looked at.
  void ExpectRefusal(int reason, int exit_code,
                     const std::vector<std::string>& more = {}) {
    EXPECT_EQ(RunRobot(rig_, {"--link", folder_ / "no-device"}, Concat({"--once"}, more)),
              exit_code);
    const auto line = Refusal();
    ASSERT_TRUE(line.is_object()) << Contents(folder_ / "robot.err");
    EXPECT_EQ(line["reason"], reason) << line;
    EXPECT_FALSE(line["what"].get<std::string>().empty());
    EXPECT_FALSE(line["do"].get<std::string>().empty());
  }

  void ExpectRefusalOfModel(const std::string& model, int reason, int exit_code) {
    ExpectRefusal(reason, exit_code, {"--model", model});
  }

  static std::vector<std::string> Concat(std::vector<std::string> a,
                                         const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }

  void Put(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  void Remember(std::uint64_t floor_version, std::uint64_t trusted_time_s,
                const std::string& contract = std::string(64, '0')) {
    std::filesystem::create_directories(rig_.state());
    const nlohmann::json remembered{{"floor_epoch", 1},
                                    {"floor_version", floor_version},
                                    {"floor_contract", contract},
                                    {"trusted_time_s", trusted_time_s},
                                    {"gateway", ""}};
    Put(rig_.state() / "remembered.json", remembered.dump());
  }

  simulate::Rig rig_;
};

TEST_F(BadInput, ALinkThatIsDownIsNoRefusalUnlessOnceIsAsked) { ExpectRefusal(200, 69); }

TEST_F(BadInput, AMeterThatIsNotThere) {
  if (std::filesystem::exists("/sys/bus/i2c/drivers/ina3221")) {
    GTEST_SKIP() << "NOT RUN: this machine has an INA3221";
  }
  ExpectRefusal(431, 78, {"--meters", "ina3221"});
}

TEST_F(BadInput, BundleMissing) {
  std::filesystem::remove(rig_.bundle());
  ExpectRefusal(100, 66);
}

TEST_F(BadInput, BundleEmpty) {
  Put(rig_.bundle(), "");
  ExpectRefusal(101, 65);
}

TEST_F(BadInput, BundleTruncated) {
  const std::string whole = Contents(rig_.bundle());
  Put(rig_.bundle(), whole.substr(0, whole.size() / 2));
  ExpectRefusal(102, 65);
}

TEST_F(BadInput, BundleTooLarge) {
  Put(rig_.bundle(), Contents(rig_.bundle()) + std::string(1'000'000, 'x'));
  ExpectRefusal(103, 65);
}

TEST_F(BadInput, BundleWithTrailingBytes) {
  Put(rig_.bundle(), Contents(rig_.bundle()) + "x");
  ExpectRefusal(104, 65);
}

TEST_F(BadInput, BundleWithAFlippedBit) {
  std::string whole = Contents(rig_.bundle());
  whole[40] = static_cast<char>(whole[40] ^ 1);  // in the payload
  Put(rig_.bundle(), whole);
  ExpectRefusal(109, 77);
}

TEST_F(BadInput, BundleOfAnUnknownKey) {
  Must(rig_.Do(
      {(Programs() / "torpor").string(), "contract", "keygen", folder_ / "other"}));
  std::filesystem::copy(folder_ / "other.pub", folder_ / "fleet.pub",
                        std::filesystem::copy_options::overwrite_existing);
  ExpectRefusal(107, 77);
}

TEST_F(BadInput, ContractForAnotherRobot) {
  simulate::RigOptions other = rig_.options();
  other.folder = folder_ / "other";
  other.robot = "robot-2";
  const auto theirs = simulate::Rig::Make(other);
  ASSERT_TRUE(theirs.ok());
  std::filesystem::copy(theirs->bundle(), rig_.bundle(),
                        std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy(folder_ / "other" / "fleet.pub", folder_ / "fleet.pub",
                        std::filesystem::copy_options::overwrite_existing);
  ExpectRefusal(170, 78);
  EXPECT_EQ(Refusal()["ours"], "robot-1");
}

TEST_F(BadInput, ContractBelowTheFloor) {
  Remember(9, 0);
  ExpectRefusal(171, 77);
}

TEST_F(BadInput, ContractOfTheFloorsVersionWithOtherContent) {
  Remember(1, 0);
  ExpectRefusal(172, 77);
}

TEST_F(BadInput, ContractThatHasExpiredByATimeOnceTrusted) {
  Remember(0, 4'000'000'000);
  ExpectRefusal(174, 78);
}

TEST_F(BadInput, PairingKeyMissing) {
  std::filesystem::remove(folder_ / "robot" / "pairing.key");
  ExpectRefusal(208, 77);
}

TEST_F(BadInput, PairingKeyThatOthersMayRead) {
  ::chmod((folder_ / "robot" / "pairing.key").c_str(), 0644);
  ExpectRefusal(7, 77);
}

TEST_F(BadInput, KeyringWithoutKeys) {
  std::filesystem::remove(folder_ / "fleet.pub");
  std::filesystem::create_directory(folder_ / "fleet.pub");
  ExpectRefusal(112, 77);
}

TEST_F(BadInput, BaselineMissing) {
  std::filesystem::remove(folder_ / "fleet.baseline");
  ExpectRefusal(360, 66);
}

TEST_F(BadInput, BaselineDamaged) {
  std::string bytes = Contents(folder_ / "fleet.baseline");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  Put(folder_ / "fleet.baseline", bytes);
  ExpectRefusal(361, 65);
}

TEST_F(BadInput, BaselineOfAnotherContract) {
  Must(rig_.SignAnother("contract2", {}, {"[detection]", "alarm_k = 7"}));
  std::filesystem::copy(rig_.bundle("contract2"), rig_.bundle(),
                        std::filesystem::copy_options::overwrite_existing);
  ExpectRefusal(362, 78);
  EXPECT_EQ(Refusal()["ours"], "7");
  EXPECT_EQ(Refusal()["theirs"], "8");
}

// Without a model there is no robot, unless somebody said so: it never falls back to
// less.
TEST_F(BadInput, ModelMissing) { ExpectRefusalOfModel(folder_ / "no.model", 364, 66); }

TEST_F(BadInput, ModelDamaged) {
  const auto path = folder_ / "random.model";
  ASSERT_EQ(model::WriteNetwork(
                path, model::RandomNetwork(model::kTestShape, model::Precision::kInt8)),
            Status::kOk);
  std::string bytes = Contents(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  Put(path, bytes);
  ExpectRefusalOfModel(path, 366, 65);
}

TEST_F(BadInput, ModelThatTheBaselineWasNotFittedWith) {
  const auto path = folder_ / "random.model";
  ASSERT_EQ(model::WriteNetwork(
                path, model::RandomNetwork(model::kTestShape, model::Precision::kInt8)),
            Status::kOk);
  ExpectRefusalOfModel(path, 367, 78);
  EXPECT_EQ(Refusal()["ours"].get<std::string>().size(), 16U);
  EXPECT_EQ(Refusal()["theirs"], "none");
}

// A machine that never sleeps for real: its kernel is a folder.
TEST_F(BadInput, ContractThatAsksForASleepThisMachineDoesNotAllow) {
  Must(rig_.SignAnother("contract2", {}, {"[sleep]", "mode = \"suspend\""}));
  std::filesystem::copy(rig_.bundle("contract2"), rig_.bundle(),
                        std::filesystem::copy_options::overwrite_existing);
  const auto root = folder_ / "machine";
  const std::vector<std::string> there = {"--system-root", root};
  ExpectRefusal(453, 78, there);
  const std::string where = Refusal()["where"];
  for (const char* missing :
       {"/sys/power/state", "/sys/power/wakeup_count", "no real-time clock"}) {
    EXPECT_NE(where.find(missing), std::string::npos) << where;
  }
  const auto clock = root / "sys" / "class" / "rtc" / "rtc0";
  std::filesystem::create_directories(clock);
  std::filesystem::create_directories(root / "sys" / "power");
  Put(root / "sys" / "power" / "state", "freeze mem\n");
  Put(root / "sys" / "power" / "wakeup_count", "7\n");
  Put(clock / "wakealarm", "");
  Put(clock / "since_epoch", "12\n");
  ExpectRefusal(453, 78, there);
  EXPECT_NE(std::string(Refusal()["where"]).find("power/wakeup is not enabled"),
            std::string::npos);
  std::filesystem::create_directories(clock / "device" / "power");
  Put(clock / "device" / "power" / "wakeup", "enabled\n");
  ExpectRefusal(200, 69, there);  // nothing is missing but the firmware
}

TEST_F(BadInput, AnAlarmSinkOfAnotherForm) {
  ExpectRefusal(470, 78, {"--alarm-webhook", "hooks.example/torpor"});
  EXPECT_EQ(Refusal()["where"], "hooks.example/torpor");
  ExpectRefusal(470, 78, {"--alarm-mqtt", "mqtt://broker.example/topic"});
}

TEST_F(BadInput, ASecretOfAnAlarmSinkThatIsNotThereOrThatOthersMayRead) {
  const std::string url = "https://hooks.example/torpor";
  const std::string token = folder_ / "token";
  const std::vector<std::string> sink = {"--alarm-webhook", url, "--alarm-webhook-token",
                                         token};
  ExpectRefusal(471, 78, sink);
  Put(token, "s3cret\n");
  ::chmod(token.c_str(), 0644);
  ExpectRefusal(7, 77, sink);
  ::chmod(token.c_str(), 0600);
  ExpectRefusal(200, 69, sink);  // nothing is missing but the firmware
}

// Where there is none, or none that can be loaded.
TEST_F(BadInput, ABrokerOfAlarmsWithoutItsLibrary) {
  Put(folder_ / "libmosquitto.so.1", "");
  ::setenv("LD_LIBRARY_PATH", folder_.string().c_str(), 1);
  ExpectRefusal(475, 78, {"--alarm-mqtt", "mqtt://127.0.0.1"});
  ::unsetenv("LD_LIBRARY_PATH");
  EXPECT_NE(std::string(Refusal()["where"]).find("libmosquitto"), std::string::npos);
}

TEST_F(BadInput, ARemoteWriteWithoutItsLibrary) {
  Put(folder_ / "libsnappy.so.1", "");
  ::setenv("LD_LIBRARY_PATH", folder_.string().c_str(), 1);
  ExpectRefusal(484, 78, {"--sink", "remote-write"});
  ::unsetenv("LD_LIBRARY_PATH");
  EXPECT_NE(std::string(Refusal()["where"]).find("libsnappy"), std::string::npos);
}

TEST_F(BadInput, ASecretOfAnAlarmSinkThatWouldBeSentInClear) {
  Put(folder_ / "token", "s3cret\n");
  ::chmod((folder_ / "token").c_str(), 0600);
  ExpectRefusal(472, 78,
                {"--alarm-webhook", "http://hooks.example/torpor",
                 "--alarm-webhook-token", folder_ / "token"});
}

TEST_F(BadInput, OptionsOfTheSinkThatDoNotGoTogether) {
  ExpectRefusal(480, 64, {"--gateway-user", "amr-17"});
  EXPECT_EQ(Refusal()["where"], "--gateway-user and --gateway-password go together");
}

TEST_F(BadInput, ASecretOfTheSinkThatIsNotThereOrThatOthersMayRead) {
  const std::string token = folder_ / "token";
  ExpectRefusal(481, 78, {"--gateway-token", token});
  Put(token, "s3cret\n");
  ::chmod(token.c_str(), 0644);
  ExpectRefusal(7, 77, {"--gateway-token", token});
  EXPECT_EQ(Refusal()["where"], token);
  ::chmod(token.c_str(), 0600);
  // The contract's gateway has no TLS: nothing was sent, and operations are not told.
  ExpectRefusal(482, 78, {"--gateway-token", token});
  EXPECT_EQ(gateway_.connections(), 0U);
  EXPECT_EQ(Contents(folder_ / "robot.err").find("s3cret"), std::string::npos);
}

// The first refusal of a robot that calls no gateway, and one that has nowhere to write.
TEST_F(BadInput, ARefusalIsWrittenWhereThePageWouldBe) {
  const std::filesystem::path pages = folder_ / "pages";
  std::filesystem::create_directory(pages);
  ExpectRefusal(
      470, 78,
      {"--sink", "textfile", "--textfile-folder", pages, "--alarm-mqtt", "nowhere"});
  const std::string page = Contents(pages / "torpor-robot-1.prom");
  EXPECT_NE(page.find("torpor_refused{"), std::string::npos) << page;
  const std::size_t at = page.find("\npush_time_seconds{");
  ASSERT_NE(at, std::string::npos) << page;
  EXPECT_GT(std::stod(page.substr(page.find("} ", at) + 2)), 1.7e9);
  ExpectRefusal(480, 64, {"--sink", "textfile"});
  EXPECT_FALSE(std::filesystem::exists("torpor-robot-1.prom"));
}

TEST_F(BadInput, StateDamaged) {
  std::filesystem::create_directories(rig_.state());
  Put(rig_.state() / "remembered.json", "{\"floor_epoch\": ");
  ExpectRefusal(505, 74);
}

TEST_F(BadInput, JournalOfAnotherProgram) {
  std::filesystem::create_directories(rig_.state());
  Must(rig_.Do({"/usr/bin/sqlite3", rig_.state() / "journal.sqlite",
                "PRAGMA user_version=99; CREATE TABLE other(x);"}));
  ExpectRefusal(503, 78);
}

TEST_F(BadInput, StateFolderThatCannotBeMade) {
  Put(rig_.state(), "a file in the way");
  ExpectRefusal(4, 74);
}

TEST_F(BadInput, AUsageErrorSaysWhatIsWrongAndExitsWith64) {
  EXPECT_EQ(RunRobot(rig_, {"--link", "x"}, {"--no-such-option"}), 64);
  EXPECT_NE(Contents(folder_ / "robot.err").find("--no-such-option"), std::string::npos);
}

}  // namespace
}  // namespace torpor::tests
