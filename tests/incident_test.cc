// The night that torpor comes from, one fault at a time: torpor simulate --incident plays
// each on a pretended machine, with the real firmware and the real torpord, and each must
// be refused or named, by its number, in the first cycle after it.
#include <gmock/gmock.h>

#include <stdexcept>

#include "simulate/child.h"
#include "tests/bench_robot.h"

namespace torpor::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class IncidentTest : public testing::Test {
 protected:
  // Its exit code; what it said is in out and err.
  int Run(const std::vector<std::string>& more, const fs::path& programs = Programs()) {
    std::vector<std::string> argv = {programs / "torpor", "simulate", "--work",
                                     folder_ / "work"};
    argv.insert(argv.end(), more.begin(), more.end());
    fs::remove(folder_ / "out");
    fs::remove(folder_ / "err");
    auto torpor = simulate::Child::Start(argv, {folder_ / "out", folder_ / "err"});
    EXPECT_TRUE(torpor.ok());
    return torpor.ok() ? torpor->Wait() : -1;
  }
  [[nodiscard]] std::string Out() const { return Contents(folder_ / "out"); }
  [[nodiscard]] std::string Err() const { return Contents(folder_ / "err"); }

  // Plays one that must be told of; its account.
  json Play(const std::string& name) {
    EXPECT_EQ(Run({"--json", "--incident", name}), 0) << Err();
    const json all = json::parse(Out(), nullptr, false);
    if (!all.is_array() || all.size() != 1) throw std::runtime_error("none: " + Out());
    EXPECT_EQ(all[0]["incident"], name);
    EXPECT_EQ(all[0]["reason"], 0) << all[0]["because"];
    return all[0];
  }

  // Everything that was said is of this reason, from this cycle on, in each.
  static void ExpectTold(const json& account, int reason, std::uint64_t first,
                         std::uint64_t last) {
    EXPECT_EQ(account["first_cycle"], first);
    ASSERT_EQ(account["told"].size(), last - first + 1) << account["told"].dump(2);
    for (std::uint64_t i = 0; i < account["told"].size(); ++i) {
      EXPECT_EQ(account["told"].at(i)["reason"], reason);
      EXPECT_EQ(account["told"].at(i)["cycle"], first + i);
    }
  }

  // Of the robot that was run last.
  [[nodiscard]] std::string Lines(const std::string& name) const {
    return Contents(folder_ / "work" / ("incident-" + name) / "robot.log");
  }

  TestFolder folder_;
};

TEST_F(IncidentTest, WithoutAFaultNothingIsNamedOnTheSameMachine) {
  const json account = Play("none");
  EXPECT_TRUE(account["told"].empty()) << account["told"].dump(2);
  EXPECT_TRUE(account["began_seconds"].is_null());
  EXPECT_THAT(account["found"].at(0), HasSubstr("proved for each of 33 sleeps"));
}

// In compressed time each wait for the accelerator's process ends after a real minute.
TEST_F(IncidentTest, ASessionThatNeverClosesIsEndedInItsCycleAndTheGpuSleeps) {
  const json account = Play("session-hangs");
  ExpectTold(account, 420, 28, 28);
  EXPECT_EQ(account["told"].at(0)["detail"],
            "not gone by the deadline of release; killed");
  EXPECT_THAT(account["found"].at(1), HasSubstr("proved for each of 33 sleeps"));
}

TEST_F(IncidentTest, ASessionThatIsLeftOpenIsNamedWithItsHolderInTheNextCycle) {
  const json account = Play("session-left-open");
  ExpectTold(account, 441, 29, 34);
  // It was left open by the inference of cycle 28.
  EXPECT_GT(account["began_seconds"], 26 * 60);
  EXPECT_LT(account["began_seconds"], 27 * 60);
  EXPECT_EQ(account["told"].at(0)["detail"],
            "channel: 17000000.gpu active for 58.9 s of 58.9 s: gpu-session (pid 1001) "
            "holds 1, one is /dev/nvhost-gpu");
  EXPECT_THAT(Lines("session-left-open"), HasSubstr("! gpu-channel-open (channel: "));
}

TEST_F(IncidentTest, AFloodedQueueIsOneInferenceOnTheNewestAndTheRestIsCounted) {
  const json account = Play("queue-flooded");
  ExpectTold(account, 209, 28, 32);
  EXPECT_THAT(account["found"].at(1),
              HasSubstr("cycle 33, the first with a link again: 6 batches had come for 3 "
                        "slots; the newest was inferred, the other 5 gave way"));
  EXPECT_THAT(Lines("queue-flooded"), HasSubstr("dropped 5 (overrun)"));
  // 1 at boot, then 8 cycles that had a batch after commissioning.
  EXPECT_THAT(account["found"].at(2), HasSubstr("was given 9 pieces of work"));
}

TEST_F(IncidentTest, PinnedClocksAreNamedInTheCycleThatEndsTheirFirstSleep) {
  const json account = Play("clocks-pinned");
  ExpectTold(account, 442, 28, 34);
  // The middle of its sleep, which begins by the robot's own shift later.
  EXPECT_NEAR(account["began_seconds"].get<double>(), 25.5 * 60 + 21.5, 0.1);
  EXPECT_THAT(account["told"].at(0)["detail"],
              HasSubstr("power/control = on, min_freq = 1020000000, max_freq = "));
}

TEST_F(IncidentTest, ASpinIsNamedInTheCycleThatEndsItsFirstSleep) {
  const json account = Play("cpu-spun");
  ExpectTold(account, 443, 28, 34);
  EXPECT_EQ(account["told"].at(0)["detail"],
            "spin: on a processor in 58.9 s of sleep: torpord 18.0 s");
}

TEST_F(IncidentTest, ContractsThatAre40SecondsApartAreRefusedByBothBeforeAnyCycle) {
  const json account = Play("disagrees");
  ASSERT_EQ(account["told"].size(), 2U);
  for (const std::size_t side : {0U, 1U}) {
    EXPECT_EQ(account["told"].at(side)["cycle"], 0);
    EXPECT_EQ(account["told"].at(side)["reason"], 1010);
    EXPECT_EQ(account["told"].at(side)["name"], "period_ms");
  }
  EXPECT_EQ(account["told"].at(0)["who"], "torpord");
  EXPECT_EQ(account["told"].at(0)["detail"], "here 60000 ms, there 100000 ms");
  EXPECT_EQ(account["told"].at(1)["who"], "torpor-firmware");
  EXPECT_EQ(account["told"].at(1)["detail"], "here 100000 ms, there 60000 ms");
  EXPECT_THAT(account["found"].at(0), HasSubstr("torpord ended with 78"));
  EXPECT_EQ(Lines("disagrees"), "") << "nothing was begun";
}

TEST_F(IncidentTest, TheSameIncidentTwiceGivesTheSameBytesAndThoseOfThePage) {
  const std::vector<std::string> again = {"-q", "--incident", "session-left-open"};
  std::vector<std::string> all = again;
  for (const char* other : {"queue-flooded", "disagrees"}) {
    all.insert(all.end(), {"--incident", other});
  }
  EXPECT_EQ(Run(all), 0) << Err();
  std::string shown = Out();
  const std::string lines = Lines("session-left-open");
  EXPECT_GT(lines.size(), 4'000U);
  EXPECT_EQ(Run(again), 0) << Err();
  EXPECT_TRUE(shown.starts_with(Out())) << Out();
  EXPECT_EQ(Lines("session-left-open"), lines);

  const std::string work = folder_ / "work";
  for (auto at = shown.find(work); at != std::string::npos; at = shown.find(work)) {
    shown.replace(at, work.size(), "build/demo");
  }
  EXPECT_THAT(Contents(fs::path(TORPOR_SOURCE_DIR) / "docs/incident.md"),
              HasSubstr("```text\n" + shown + "```\n"));
}

// The same programs, but torpord is not let look at the machine: nobody names the fault,
// and it is the real torpord's silence that counts, whatever the switch said.
TEST_F(IncidentTest, ATorpordThatDoesNotLookIsFoundOut) {
  const fs::path bin = folder_ / "bin";
  fs::create_directory(bin);
  fs::create_directory_symlink(Programs() / "../share", folder_ / "share");
  fs::copy_file(Programs() / "torpor", bin / "torpor");
  fs::create_symlink(Programs() / "torpor-firmware", bin / "torpor-firmware");
  std::ofstream(bin / "torpord")
      << "#!/bin/sh\n"
         "for word; do\n"
         "  shift\n"
         "  case $word in\n"
         "    --system-root) skip=1 ;;\n"
         "    *) test -n \"$skip\" || set -- \"$@\" \"$word\"\n"
         "       skip= ;;\n"
         "  esac\n"
         "done\n"
         "exec '"
      << (Programs() / "torpord").string() << "' \"$@\"\n";
  fs::permissions(bin / "torpord", fs::perms::owner_all);
  EXPECT_EQ(Run({"-q", "--incident", "clocks-pinned"}, bin), 70);
  EXPECT_THAT(Out(), HasSubstr("340 incident-unnamed: cycle 28 does not name "
                               "gpu-clocks-pinned"));
  EXPECT_THAT(Err(), HasSubstr("incident-unnamed (340)"));
  EXPECT_EQ(Run({"-q", "--incident", "none"}, bin), 70)
      << "quiet is no proof where nobody looked";
  EXPECT_THAT(Out(), HasSubstr("rest is not proved"));
}

TEST_F(IncidentTest, AnIncidentIsNoNightOfAnotherKind) {
  EXPECT_NE(Run({"--incident", "none", "--unplug"}), 0);
  EXPECT_THAT(Err(), HasSubstr("excludes"));
  EXPECT_NE(Run({"--incident", "sabotage"}), 0);
  EXPECT_FALSE(fs::exists(folder_ / "work"));
}

}  // namespace
}  // namespace torpor::tests
