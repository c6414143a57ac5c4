
#include "cli/test_command.h"
#include "core/json_hosted.h"
#include "power/test_trees.h"

namespace torpor::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(Command, DoctorShowsWhatProvesASleep) {
  power::TestTree tree;
  tree.JetPack7();
  tree.Process(812, "camera", {"/dev/nvgpu/igpu0/channel"});
  const Ran ran = Torpor("doctor --sleep --root " + tree.folder.string());
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("GPU 17000000.gpu, integrated\n"),
                    HasSubstr("runtime status     suspended\n"),
                    HasSubstr("suspended          900000 ms since boot\n"),
                    HasSubstr("may suspend        yes\n"),
                    HasSubstr("clock              306 MHz to 1020 MHz, nvhost_podgov\n"),
                    HasSubstr("held open by       camera (pid 812), descriptors: 1, "),
                    HasSubstr("idle states: 2 processors, WFI c7\n"),
                    HasSubstr("wakeup sources: 2\n"),
                    HasSubstr("processor time of a process: counted\n")));
}

TEST_F(Command, DoctorSaysUnknownAndNeverGood) {
  const TestFolder nothing;
  const Ran ran = Torpor("doctor --sleep --root " + nothing.string());
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("GPU: unknown, neither devfreq nor PCI can be listed\n"),
                    HasSubstr("idle states: unknown"), HasSubstr("sources: unknown"),
                    HasSubstr("of a process: unknown\n")));
  EXPECT_THAT(Torpor("doctor --sleep").out, HasSubstr("one reading asks for "))
      << "the machine that this runs on";
}

nlohmann::json Checks(const Ran& ran) {
  const auto json = nlohmann::json::parse(ran.out, nullptr, false);
  EXPECT_TRUE(json.is_object()) << ran.out;
  return json;
}

std::string HealthOf(const nlohmann::json& json, const std::string& what) {
  for (const auto& check : json["checks"]) {
    if (check["what"] != what) continue;
    const bool good = check["health"] == "good";
    EXPECT_EQ(check["why"].get<std::string>().empty(), good) << check;
    EXPECT_EQ(check["mend"].get<std::string>().empty(), good) << check;
    return check["health"];
  }
  return "missing";
}

TEST_F(Command, DoctorFindsAHealthyMachineFit) {
  power::TestTree tree;
  tree.JetPack6();
  const Ran ran = Torpor("doctor --json --root " + tree.folder.string());
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  const auto json = Checks(ran);
  EXPECT_EQ(json["fit"], true);
  EXPECT_EQ(HealthOf(json, "GPU 17000000.gpu, suspend"), "good");
  EXPECT_EQ(HealthOf(json, "GPU 17000000.gpu, clocks"), "good");
  EXPECT_EQ(HealthOf(json, "meters"), "unknown") << "no rail, and that is not good";
  EXPECT_EQ(HealthOf(json, "timer slack"), "good");
  EXPECT_EQ(HealthOf(json, "RTC"), "missing") << "nobody asked for suspend";
}

TEST_F(Command, DoctorNamesWhatKeepsAMachineHotWithItsWattsAndItsRemedy) {
  power::TestTree tree;
  tree.JetPack6();
  tree.Clocks(1'020'000'000, 1'020'000'000);
  tree.Control("on");
  const std::string words = "doctor --root " + tree.folder.string();
  const Ran ran = Torpor(words);
  EXPECT_EQ(ran.exit_code, 78);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("bad      GPU 17000000.gpu, clocks"),
                             HasSubstr("7.3 W"), HasSubstr("jetson_clocks --restore"),
                             HasSubstr("bad      GPU 17000000.gpu, suspend"),
                             HasSubstr("not fit to be deployed")));
  EXPECT_EQ(Checks(Torpor(words + " --json"))["fit"], false);
}

TEST_F(Command, DoctorChecksWhatARobotIsGiven) {
  MakeBundle();
  const power::TestTree tree;
  Write("pairing.key", std::string(32, 'k'));
  std::filesystem::permissions(folder_ / "pairing.key",
                               std::filesystem::perms::owner_read);
  const std::string root = " --json --root " + tree.folder.string();
  const std::string given =
      "doctor --contract night.dsse --keyring fleet.pub --robot-id r-17 --state . ";
  auto json = Checks(Torpor(given + "--pairing pairing.key --link /dev/null" + root));
  EXPECT_EQ(HealthOf(json, "contract"), "good") << json;
  EXPECT_EQ(HealthOf(json, "pairing key"), "good");
  EXPECT_EQ(HealthOf(json, "firmware"), "good") << "a device that may be opened";
  EXPECT_EQ(HealthOf(json, "state folder"), "good");
  EXPECT_EQ(HealthOf(json, "gateway"), "bad") << "nobody listens there";

  std::filesystem::permissions(folder_ / "pairing.key", std::filesystem::perms::all);
  json =
      Checks(Torpor("doctor --contract night.dsse --keyring fleet.pub --robot-id r-18 "
                    "--pairing pairing.key --link night.toml --state /no/such/place" +
                    root));
  for (const char* what : {"contract", "pairing key", "firmware", "state folder"}) {
    EXPECT_EQ(HealthOf(json, what), "bad") << what;
  }
  EXPECT_EQ(
      HealthOf(Checks(Torpor("doctor --link /dev/no-such-device" + root)), "firmware"),
      "bad");
  Refused("doctor --contract night.dsse", 64, "--keyring");
}

TEST_F(Command, DoctorLooksForAClockOnlyWhereTheContractSuspends) {
  Good("contract keygen fleet");
  Good("contract new --base bench-10s --robot r-17 -o night.toml");
  Write("suspend.toml", Read("night.toml") + "\n[sleep]\nmode = \"suspend\"\n");
  Good("contract sign suspend.toml --key fleet.key -o suspend.dsse");
  power::TestTree tree;
  const std::string words =
      "doctor --contract suspend.dsse --keyring fleet.pub --json --root " +
      tree.folder.string();
  auto json = Checks(Torpor(words));
  EXPECT_EQ(HealthOf(json, "suspend"), "bad");
  EXPECT_EQ(HealthOf(json, "RTC"), "bad");
  tree.Put("sys/power/state", "freeze mem");
  tree.Put("sys/class/rtc/rtc0/since_epoch", "12");
  tree.Put("sys/class/rtc/rtc0/device/power/wakeup", "enabled");
  json = Checks(Torpor(words));
  EXPECT_EQ(HealthOf(json, "suspend"), "good");
  EXPECT_EQ(HealthOf(json, "RTC"), "good");
}

}  // namespace
}  // namespace torpor::cli
