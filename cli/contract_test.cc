#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "cli/test_command.h"
#include "core/json_hosted.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(Command, AContractGoesFromAFewLinesToARobot) {
  MakeBundle();
  const Ran explained = Torpor("contract lint night.toml --explain");
  EXPECT_EQ(explained.exit_code, 0) << explained.out;
  EXPECT_THAT(explained.out, HasSubstr("13359.600000 J")) << "an hour of refusing";
  const Ran verified =
      Torpor("contract verify night.dsse --keyring fleet.pub --robot r-17");
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
  EXPECT_THAT(verified.out, StartsWith("night.dsse: good; contract "));
  const std::string source = Read("night.toml");
  EXPECT_LT(std::count(source.begin(), source.end(), '\n'), 20);
}

TEST_F(Command, WhatIsShownIsWhatIsSigned) {
  MakeBundle();
  const Ran shown = Torpor("contract show night.dsse --keyring fleet.pub");
  Write("again.toml", shown.out);
  Good("contract sign again.toml --key fleet.key -o again.dsse");
  EXPECT_EQ(Read("again.dsse"), Read("night.dsse"));
  EXPECT_THAT(Torpor("contract show night.dsse").out, HasSubstr("NOT VERIFIED"));
  const auto json = nlohmann::json::parse(Torpor("contract show night.toml --json").out);
  EXPECT_EQ(json.at("period_ms"), 10'000);
  EXPECT_EQ(json.at("sensors").at(0).at("axes"), 2);
}

TEST_F(Command, RefusesInOneLineWithTheRightExitCode) {
  MakeBundle();
  Good("contract keygen other");
  const std::string bundle = Read("night.dsse");
  Write("empty.dsse", "");
  Write("cut.dsse", bundle.substr(0, 100));
  Write("long.dsse", bundle + "x");
  Write("huge.dsse", std::string(100'000, 'x'));
  std::string flipped = bundle;
  flipped[20] = static_cast<char>(flipped[20] ^ 1);
  Write("flipped.dsse", flipped);
  Write("open.key", Read("fleet.key"));
  fs::permissions(folder_ / "open.key", fs::perms(0644));
  Write("late.toml", Read("night.toml") + "[mcu]\nsleep = \"9.7 s\"\n");

  const std::string verify = "contract verify ";
  Refused(verify + "none.dsse --keyring fleet.pub", 66, "bundle-missing (100)");
  Refused(verify + "empty.dsse --keyring fleet.pub", 65, "bundle-empty (101)");
  Refused(verify + "cut.dsse --keyring fleet.pub", 65, "bundle-truncated (102)");
  Refused(verify + "huge.dsse --keyring fleet.pub", 65, "bundle-too-large (103)");
  Refused(verify + "long.dsse --keyring fleet.pub", 65, "bundle-trailing (104)");
  Refused(verify + "flipped.dsse --keyring fleet.pub", 77, "bad-signature (109)");
  Refused(verify + "night.dsse --keyring other.pub", 77, "unknown-key (107)");
  Refused(verify + "night.dsse --keyring none.pub", 66, "file-missing (5)");
  Refused(verify + "night.dsse --keyring fleet.pub --robot r-18", 78,
          "not-for-this-robot (170)");
  Refused("contract sign night.toml --key open.key -o x.dsse", 77,
          "key-file-exposed (7)");
  Refused("contract sign night.toml --key fleet.key -o night.dsse", 64,
          "file-exists (8)");
  Refused("contract sign late.toml --key fleet.key -o late.dsse", 78,
          "mcu-timeline (141)");
  EXPECT_FALSE(fs::exists(folder_ / "late.dsse"));
  Refused("contract lint none.toml", 66, "none.toml: cannot be read");
  Refused("contract keygen fleet", 64, "file-exists (8)");
}

constexpr const char* kNight =
    "base = \"warehouse-60s\"\nfleet = \"f\"\nname = \"night\"\nversion = 1\n"
    "issued_at = 2026-11-01\nnot_before = 2026-11-01\nnot_after = 2027-10-31\n"
    "targets = [\"robot:r-17\"]\n[telemetry]\ngateway = \"https://gateway.example\"\n";

// kNight with a line in place of another.
std::string NightWith(const std::string& line, const std::string& other) {
  std::string text = kNight;
  text.replace(text.find(line), line.size(), other);
  return text;
}

TEST_F(Command, ADifferenceNamesEachParameterAndItsEnergy) {
  Write("old.toml", kNight);
  Write("new.toml", NightWith("version = 1\n", "version = 2\nperiod = \"120 s\"\n") +
                        "[mcu]\nsleep = \"114.5 s\"\n[computer]\nsleep = \"115 s\"\n");
  const Ran ran = Torpor("contract diff old.toml new.toml --json");
  ASSERT_EQ(ran.exit_code, 0) << ran.out;
  const auto diff = nlohmann::json::parse(ran.out);
  std::vector<std::string> names;
  for (const auto& change : diff["changes"]) names.push_back(change["parameter"]);
  EXPECT_THAT(names, testing::ElementsAre("version", "period_ms", "mcu_sleep_ms",
                                          "computer_sleep_ms"));
  // A period twice as long costs more a cycle, and less on average; the period alone, the
  // same cycle half as often.
  const auto& before = diff["before"];
  EXPECT_GT(diff["after"]["joules_per_cycle"], before["joules_per_cycle"]);
  EXPECT_LT(diff["after"]["average_milliwatts"], before["average_milliwatts"]);
  const auto& period = diff["changes"][1]["alone"];
  EXPECT_EQ(period["joules_per_cycle"], before["joules_per_cycle"]);
  EXPECT_DOUBLE_EQ(period["average_milliwatts"].get<double>() * 2,
                   before["average_milliwatts"].get<double>());
  EXPECT_EQ(diff["changes"][0]["alone"], before);
  EXPECT_EQ(diff["accepted"], true);

  const Ran table = Torpor("contract diff old.toml new.toml");
  EXPECT_THAT(table.out, HasSubstr("would take the second"));
  EXPECT_THAT(Torpor("contract diff old.toml old.toml").out,
              StartsWith("no parameter differs"));
  Refused("contract diff none.toml new.toml", 66, "none.toml");
}

TEST_F(Command, CalibrationsAreShownSignedAndCompared) {
  Good("contract keygen fleet");
  const auto digest = [](char digit) { return std::string(64, digit); };
  const auto source = [&](const std::string& residency, const std::string& list) {
    return NightWith("version = 1\n", "version = 2\n") + "[sleep]\nresidency_max = \"" +
           residency + "\"\ncalibrations = [" + list + "]\n";
  };
  const std::string one = '"' + digest('b') + '"', two = one + ", \"" + digest('a') + '"';
  Write("one.toml", source("context-kept", one));
  Write("two.toml", source("context-kept", two));
  Good("contract sign two.toml --key fleet.key -o two.dsse");
  const auto json = nlohmann::json::parse(
      Torpor("contract show two.dsse --keyring fleet.pub --json").out);
  EXPECT_EQ(json.at("calibrations"), nlohmann::json({digest('a'), digest('b')}));
  const auto diff =
      nlohmann::json::parse(Torpor("contract diff one.toml two.dsse --json").out);
  ASSERT_EQ(diff["changes"].size(), 1U) << diff;
  EXPECT_EQ(diff["changes"][0]["parameter"], "calibrations");
  EXPECT_EQ(diff["changes"][0]["before"], "[0] " + digest('b'));
  EXPECT_EQ(diff["changes"][0]["after"], "[0] " + digest('a'));

  Write("idle.toml", source("child-exited", one));
  Refused("contract sign idle.toml --key fleet.key -o idle.dsse", 78,
          "calibrations-wrong (161)");
}

TEST_F(Command, TheLintSaysWhatSuspendAsksOfARobot) {
  Write("idle.toml", kNight);
  Write("night.toml", kNight + std::string("[sleep]\nmode = \"suspend\"\n"));
  Write("short.toml", NightWith("version = 1\n", "version = 1\nperiod = \"12 s\"\n") +
                          "[mcu]\nsleep = \"6.5 s\"\n"
                          "[computer]\nwake = \"2 s\"\nsleep = \"5.5 s\"\n"
                          "[queue]\nmax_age = \"30 s\"\n"
                          "[energy]\nhour_budget = \"54 kJ\"\n"
                          "[sleep]\nmode = \"suspend\"\n");
  EXPECT_THAT(Torpor("contract lint night.toml").out,
              HasSubstr("a resume may take computer.wake, 500 ms"));
  EXPECT_THAT(Torpor("contract lint short.toml").out,
              HasSubstr("robots will sleep idle"));
  EXPECT_THAT(Torpor("contract lint idle.toml").out, testing::Not(HasSubstr("note")));
  EXPECT_THAT(Torpor("contract diff idle.toml night.toml").out,
              testing::ContainsRegex("sleep_mode.*idle.*suspend"));
}

TEST_F(Command, WhatRobotsWouldNotTakeIsNotSignedAfterWhatTheyObey) {
  Good("contract keygen fleet");
  Write("old.toml", kNight);
  Write("same.toml", NightWith("\"night\"", "\"other\""));
  Write("far.toml", NightWith("version = 1\n", "version = 70000\n"));
  Write("next.toml", NightWith("version = 1\n", "version = 2\n"));
  const std::string sign = "contract sign --prev old.toml --key fleet.key -o x.dsse ";
  Refused(sign + "same.toml", 77, "replayed (172)");
  Refused(sign + "far.toml", 77, "fast-forward");
  EXPECT_FALSE(fs::exists(folder_ / "x.dsse"));
  Good(sign + "next.toml");
  Refused("contract sign --prev x.dsse --key fleet.key -o y.dsse old.toml", 77,
          "rolled-back");
  EXPECT_THAT(Torpor("contract diff x.dsse old.toml").out, HasSubstr("would REFUSE"));
}

TEST_F(Command, AMistakeInASourceIsShownWhereItIs) {
  Write("bad.toml", "base = \"bench-10s\"\nperod = \"10 s\"\n");
  Refused("contract lint bad.toml", 65,
          "bad.toml:2:1: unknown key 'perod'; the nearest is 'period' "
          "[toml-unknown-key 181]");
}

TEST_F(Command, AMistypedCommandGetsASuggestion) {
  Refused("contrat", 64, "did you mean 'contract'?");
  Refused("contract virify x", 64, "did you mean 'verify'?");
  Refused("contract verify", 64, "required");
}

TEST_F(Command, EveryCommandHasAnExample) {
  for (const char* words :
       {"contract", "contract new", "contract keygen", "contract sign", "contract lint",
        "contract verify", "contract diff", "contract show", "contract stage", "pair",
        "status"}) {
    const Ran ran = Torpor(std::string(words) + " --help");
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.out, HasSubstr("  torpor " + std::string(words))) << ran.out;
  }
}

TEST_F(Command, PairingGivesBothTheSameSecretOrNeither) {
  fs::create_directory(folder_ / "robot");
  fs::create_directory(folder_ / "firmware");
  Good("pair --robot robot --firmware firmware");
  const std::string first = Read("robot/pairing.key");
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(first, Read("firmware/pairing.key"));
  EXPECT_EQ(fs::status(folder_ / "robot/pairing.key").permissions(), fs::perms(0600));

  Refused("pair --robot robot --firmware firmware", 64, "file-exists (8)");
  fs::remove(folder_ / "firmware/pairing.key");
  Refused("pair --robot robot --firmware firmware", 64, "robot/pairing.key");
  EXPECT_FALSE(fs::exists(folder_ / "firmware/pairing.key"));
  Good("pair --robot robot --firmware firmware --replace");
  EXPECT_NE(Read("robot/pairing.key"), first);
  EXPECT_EQ(Read("robot/pairing.key"), Read("firmware/pairing.key"));
}

TEST_F(Command, ThePrivateKeyIsNeverPrinted) {
  const Ran made = Torpor("contract keygen fleet");
  const std::string key = Read("fleet.key");
  const std::string secret = key.substr(key.rfind(' ') + 1, 43);
  ASSERT_EQ(secret.size(), 43U);
  Good("contract new --base bench-10s --robot r-17 -o night.toml");
  const std::string all =
      made.out + Torpor("contract sign night.toml --key fleet.key -o n.dsse").out +
      Torpor("contract verify n.dsse --keyring fleet.key").out + Read("n.dsse") +
      Read("fleet.pub");
  EXPECT_EQ(all.find(secret), std::string::npos);
}

}  // namespace
}  // namespace torpor::cli
