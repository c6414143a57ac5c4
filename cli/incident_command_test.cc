// torpor incident as a person calls it.
#include <fstream>
#include <iterator>

#include "cli/test_command.h"
#include "core/json_hosted.h"

namespace torpor::cli {
namespace {

using testing::HasSubstr;

using IncidentCommand = Command;

TEST_F(IncidentCommand, ReplaysTheNightInATable) {
  const Ran ran = Torpor("incident --robots 4 --shift 2");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, HasSubstr("One night, replayed: 4 robots, 2 h, seed 1"));
  EXPECT_THAT(ran.out, HasSubstr("minutes until somebody is paged"));
  EXPECT_THAT(ran.out, HasSubstr("stray-work-seconds"));
  EXPECT_EQ(ran.out, Torpor("incident --robots 4 --shift 2").out);
  EXPECT_NE(ran.out, Torpor("incident --robots 4 --shift 2 --seed 2").out);
  EXPECT_THAT(Torpor("incident --robots 4 --shift 2 -q").out,
              testing::Not(HasSubstr("stray-work-seconds")));
}

TEST_F(IncidentCommand, ItsPageShowsWhatItPrints) {
  std::ifstream file(TORPOR_SOURCE_DIR "/docs/replay.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(page, HasSubstr("```text\n" + Torpor("incident").out + "```\n"));
  EXPECT_THAT(page,
              HasSubstr("```text\n" + Torpor("incident --assumptions").out + "```\n"));
}

TEST_F(IncidentCommand, TakesOtherThingsForGranted) {
  const Ran ran = Torpor(
      "incident -q --json --robots 3 --assume hiccups-per-hour=0 "
      "--assume rest-of-robot-watts=100");
  ASSERT_EQ(ran.exit_code, 0) << ran.out;
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json["robots"], 3);
  EXPECT_EQ(json["tellings"]["as it was"]["most_batches_waiting"], 1);
  EXPECT_LT(json["tellings"]["as it was"]["more_energy_share"], 0.05);
  EXPECT_FALSE(json["story"][0]["agrees"]);
  const Ran list = Torpor("incident --assumptions --assume hiccups-per-hour=0.5");
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_THAT(list.out, testing::ContainsRegex("hiccups-per-hour +0.5 +1/h +FITTED"));
}

TEST_F(IncidentCommand, DrawsAPicture) {
  Good("incident -q --robots 2 --shift 1 --plot night.svg");
  EXPECT_THAT(Read("night.svg"), testing::StartsWith("<svg"));
  Refused("incident -q --robots 2 --shift 1 --plot none/night.svg", 74, "io (4)");
}

TEST_F(IncidentCommand, RefusesBadValuesInOneLine) {
  Refused("incident --assume hicups-per-hour=3", 64, "did you mean 'hiccups-per-hour'?");
  Refused("incident --assume asleep-watts=900", 64, "0.1 to 50 W, not 900");
  Refused("incident --assume asleep-watts", 64, "NAME=VALUE");
  Refused("incident --assume asleep-watts=few", 64, "usage (1)");
  Refused("incident --robots 0", 64, "usage (1)");
  Refused("incident --shift 100", 64, "usage (1)");
  Refused("incident --seed x", 64, "usage (1)");
  Refused("incident --seed -1", 64, "usage (1)");
}

TEST_F(IncidentCommand, HelpHasExamples) {
  const Ran ran = Torpor("incident --help");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, HasSubstr("Examples:"));
  EXPECT_THAT(ran.out, HasSubstr("--assume"));
}

}  // namespace
}  // namespace torpor::cli
