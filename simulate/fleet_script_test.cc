#include "simulate/fleet_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace torpor::simulate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::vector<Scripted> Parsed(std::string_view text, std::uint32_t robots = 40,
                             std::uint64_t seed = 1) {
  auto script = ParseFleetScript(text, "test", robots, seed);
  EXPECT_TRUE(script.ok()) << script.refusal().what;
  return script.ok() ? *std::move(script) : std::vector<Scripted>{};
}

TEST(FleetScript, SaysWhenHowLongWhoAndWhat) {
  const auto script = Parsed(
      "# a night\n"
      "\n"
      " 10m\t12m 5 never-sleeps   # from here on\r\n"
      "0 end all gateway-down\n"
      "90s 1.5h 25% push-loss 50%\n"
      "1h 10s sim-0007 clock-step -90s");
  ASSERT_THAT(script, SizeIs(4));
  EXPECT_EQ(script[0].what, Trouble::kNeverSleeps);
  EXPECT_EQ(script[0].from, Instant(minutes(10)));
  EXPECT_EQ(script[0].to, Instant(minutes(22)));
  EXPECT_THAT(script[0].whom, SizeIs(5));
  EXPECT_EQ(script[1].what, Trouble::kGatewayDown);
  EXPECT_EQ(script[1].from, Instant{});
  EXPECT_EQ(script[1].to, Instant::max());
  EXPECT_THAT(script[1].whom, SizeIs(40));
  EXPECT_EQ(script[2].what, Trouble::kPushLoss);
  EXPECT_EQ(script[2].to, Instant(seconds(90) + minutes(90)));
  EXPECT_DOUBLE_EQ(script[2].share, 0.5);
  EXPECT_THAT(script[2].whom, SizeIs(10));
  EXPECT_EQ(script[3].step, -seconds(90));
  EXPECT_THAT(script[3].whom, ElementsAre(7));
}

TEST(FleetScript, KnowsEveryTroubleByItsName) {
  for (std::size_t i = 0; i < kTroubles; ++i) {
    const auto trouble = static_cast<Trouble>(i);
    std::string line = "1m 1m all " + std::string(NameOf(trouble));
    if (trouble == Trouble::kPushLoss) line += " 1%";
    if (trouble == Trouble::kClockStep) line += " +1h";
    const auto script = Parsed(line);
    ASSERT_THAT(script, SizeIs(1)) << line;
    EXPECT_EQ(script[0].what, trouble);
    EXPECT_THAT(TroubleTable(), HasSubstr(std::string(NameOf(trouble))));
  }
}

TEST(FleetScript, ChoosesEachRobotForOneTroubleAtMost) {
  const auto script = Parsed("1m end 15 silent\n1m end 15 hot-gpu\n1m end 10 woken\n");
  std::set<std::uint32_t> all;
  for (const Scripted& line : script) {
    EXPECT_TRUE(std::ranges::is_sorted(line.whom));
    all.insert(line.whom.begin(), line.whom.end());
  }
  EXPECT_THAT(all, SizeIs(40));
  EXPECT_EQ(*all.begin(), 1U);
  EXPECT_EQ(*all.rbegin(), 40U);
}

TEST(FleetScript, ChoosesTheSameForTheSameSeedAlone) {
  const auto once = Parsed("1m end 10 silent", 400, 3);
  EXPECT_EQ(once[0].whom, Parsed("1m end 10 silent", 400, 3)[0].whom);
  EXPECT_NE(once[0].whom, Parsed("1m end 10 silent", 400, 4)[0].whom);
}

TEST(FleetScript, RefusesALineThatCannotBePlayed) {
  const struct {
    std::string line, why;
  } kWrong[] = {
      {"10m 12m 5", "wants when"},
      {"soon 12m 5 silent", "'soon' is no time"},
      {"-1m 12m 5 silent", "is no time"},
      {"nan 12m 5 silent", "is no time"},
      {"infs 12m 5 silent", "is no time"},
      {"1e9s 12m 5 silent", "is no time"},
      {"99999h 12m 5 silent", "is no time"},
      {"10m 0s 5 silent", "is no time"},
      {"10m forever 5 silent", "not 'end'"},
      {"10m 12m 0 silent", "no number or share"},
      {"10m 12m 1.5 silent", "no number or share"},
      {"10m 12m -3 silent", "no number or share"},
      {"10m 12m 0% silent", "no number or share"},
      {"10m 12m 101% silent", "no number or share"},
      {"10m 12m sim-0041 silent", "none of them"},
      {"10m 12m 41 silent", "more than the 40 robots"},
      {"10m 12m 5 silly", "'silly' is no trouble"},
      {"10m 12m 5 silent 3", "takes no value"},
      {"10m 12m 5 push-loss", "wants a value"},
      {"10m 12m 5 push-loss 1.1", "no share"},
      {"10m 12m 5 clock-step 1h", "no step"},
      {"10m 12m 5 clock-step +", "no step"},
      {"10m 12m 5 gateway-down", "down for all"},
      {std::string(500, 'x'), "longer than"},
      {"10m 12m 5 \x1b[2Jsilent", "'?[2Jsilent'"},
  };
  for (const auto& [line, why] : kWrong) {
    const auto script = ParseFleetScript("\n" + line + "\n", "night.txt", 40, 1);
    ASSERT_FALSE(script.ok()) << line;
    EXPECT_EQ(script.status(), Status::kFleetScript);
    EXPECT_THAT(script.refusal().what, HasSubstr(why)) << line;
    EXPECT_THAT(script.refusal().what, testing::StartsWith("night.txt:2: ")) << line;
  }
}

TEST(FleetScript, TakesAnythingWithoutComingToHarm) {
  EXPECT_THAT(Parsed(""), SizeIs(0));
  EXPECT_THAT(Parsed("\n\n#\n \t\n"), SizeIs(0));
  EXPECT_FALSE(ParseFleetScript(std::string(1 << 16, '\0'), "t", 40, 1).ok());
  EXPECT_FALSE(ParseFleetScript(std::string(20'001, '\n') + "x", "t", 40, 1).ok());
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_FALSE(ParseFleetScript(bytes, "t", 40, 1).ok());
}

}  // namespace
}  // namespace torpor::simulate
