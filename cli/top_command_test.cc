// torpor top where there is no terminal.
#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <sstream>
#include <thread>

#include "cli/test_journal_command.h"
#include "core/json_hosted.h"
#include "telemetry/journal.h"

namespace torpor::cli {
namespace {

using nlohmann::json;
using std::chrono_literals::operator""s;
using telemetry::Phase;
using testing::HasSubstr;
using testing::Not;

class TopCommand : public CommandOnAJournal {
 protected:
  // A cycle of bench-10s that woke so long ago.
  void Cycle(std::uint64_t number, Microseconds ago) const {
    telemetry::CycleCommit commit;
    telemetry::CycleRecord& record = commit.record;
    record.cycle = number;
    record.wall_us = std::int64_t{std::time(nullptr)} * 1'000'000 - ago.count();
    record.inferred = true;
    record.batch_sequence = number;
    record.since_last_inference = 10s;
    record.verdict = telemetry::Verdict::kNormal;
    record.score = 0.5;
    record.energy = Microjoules{24'600'000};
    record.phases[static_cast<std::size_t>(Phase::kSleep)] = 9s;
    record.phases[static_cast<std::size_t>(Phase::kCollect)] = 1s;
    ASSERT_EQ(journal_->Commit(std::move(commit)), Status::kOk);
  }
  // What it prints while it runs.
  using Pipe = std::unique_ptr<FILE, int (*)(FILE*)>;
  [[nodiscard]] Pipe Start(const std::string& words) const {
    const std::string line = "cd " + folder_.string() +
                             " && exec " TORPOR_BINARY_DIR "/bin/torpor top " + words +
                             " 2>&1";
    return {::popen(line.c_str(), "r"), ::pclose};
  }
  static std::string LineOf(FILE* pipe) {
    std::array<char, 8192> text{};
    return std::fgets(text.data(), text.size(), pipe) != nullptr ? text.data() : "";
  }
};

TEST_F(TopCommand, PrintsALineForEachNewCycleAndEndsWithTheJournal) {
  Cycle(1, 20s);
  Cycle(2, 2s);
  const Pipe pipe = Start("--state state --contract bench-10s");
  ASSERT_TRUE(pipe);
  EXPECT_THAT(LineOf(pipe.get()), HasSubstr("  cycle 2  asleep 9.00 s of 10.0 s"));
  Cycle(3, 1s);
  EXPECT_THAT(LineOf(pipe.get()), HasSubstr("  cycle 3  "));
  std::filesystem::rename(folder_ / "state/journal.sqlite", folder_ / "state/aside");
  EXPECT_THAT(LineOf(pipe.get()), HasSubstr("file-missing (5)"));
  EXPECT_EQ(LineOf(pipe.get()), "");
}

TEST_F(TopCommand, TellsOnceThatARobotIsOverdue) {
  Cycle(1, 600s);
  const Pipe pipe = Start("--state state --contract bench-10s --json");
  ASSERT_TRUE(pipe);
  EXPECT_EQ(json::parse(LineOf(pipe.get()))["event"], "cycle");
  const json overdue = json::parse(LineOf(pipe.get()));
  EXPECT_EQ(overdue["event"], "overdue");
  EXPECT_NEAR(overdue["overdue_seconds"].get<double>(), 585, 10);
  ASSERT_EQ(journal_->Save({}, std::array{telemetry::CounterEntry{"news", 1}}),
            Status::kOk);
  std::this_thread::sleep_for(1s);  // until that is looked at
  Cycle(2, 1s);
  const json next = json::parse(LineOf(pipe.get()));
  EXPECT_EQ(next["event"], "cycle") << "not told again: " << next;
  EXPECT_EQ(next["cycle"], 2);
  std::filesystem::rename(folder_ / "state/journal.sqlite", folder_ / "state/aside");
}

TEST_F(TopCommand, PrintsOneFrameAndEnds) {
  Cycle(1, 2s);
  const std::string frame = Torpor("top --state state --contract bench-10s --once").out;
  EXPECT_THAT(frame, HasSubstr("CYCLE 1  woke"));
  EXPECT_THAT(frame, HasSubstr("0.50 of 1.00, normal"));
  EXPECT_THAT(frame, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Torpor("top --state state --once").out, HasSubstr("period unknown"));

  std::istringstream lines(
      Torpor("top --state state --contract bench-10s --once --json").out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(json::parse(line)["cycle"], 1);
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(json::parse(line)["event"], "now");
  EXPECT_THAT((std::array{"asleep", "awake"}),
              testing::Contains(json::parse(line)["doing"].get<std::string>()));
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(TopCommand, JudgesByTheMomentThatItIsGiven) {
  Cycle(1, 600s);
  const auto once = [&](const std::string& at) {
    return Torpor("top --state state --contract bench-10s --once " + at).out;
  };
  EXPECT_THAT(once(""), HasSubstr("OVERDUE by"));
  EXPECT_THAT(once("--at last"), HasSubstr("asleep since"));
  EXPECT_THAT(once("--at 2031-01-01T06:00:00Z"), HasSubstr("2031-01-01 06:00:00 UTC"));
  EXPECT_THAT(once("--at 2001-01-01T06:00:00Z"), HasSubstr("ahead of this clock"));
}

TEST_F(TopCommand, PrintsALineForEachPeriodOfAFleet) {
  const std::string command =
      "top --fleet 20 --for 10m --pace max --fault \"3m end sim-0007 failing-bearing\"";
  const std::string text = Torpor(command).out;
  EXPECT_EQ(std::ranges::count(text, '\n'), 10);
  EXPECT_EQ(text, Torpor(command).out) << "the same for the same seed";
  EXPECT_THAT(text, HasSubstr("0:10:00  20 robots: "));
  EXPECT_THAT(text, HasSubstr("1 alarm, 0 in breach"));
  EXPECT_THAT(text, HasSubstr("worst: sim-0007 ALARM"));

  std::istringstream lines(Torpor(command + " --json").out);
  json last;
  for (std::string line; std::getline(lines, line);) last = json::parse(line);
  EXPECT_EQ(last["at_seconds"], 600.0);
  EXPECT_EQ(last["worst"][0]["robot"], "sim-0007");

  const std::string once = Torpor(command + " --once").out;
  EXPECT_THAT(once, HasSubstr("a simulated fleet of 20  0:10:00 of 0:10:00"));
  EXPECT_THAT(once, HasSubstr("sim-0007  ALARM, "));
  EXPECT_EQ(json::parse(Torpor(command + " --once --json").out)["alarms"], 1);
  Write("night.txt", "3m end sim-0002 silent\n");
  EXPECT_THAT(Torpor("top --fleet 3 --script night.txt --once").out, HasSubstr("SILENT"));
}

TEST_F(TopCommand, RefusesInOneLine) {
  Refused("top", 64, "--state or --fleet");
  Refused("top --state state --fleet 4", 64, "usage (1)");
  Refused("top --state nowhere", 66, "nowhere/journal.sqlite");
  Refused("top --state state --at yesterday", 64, "--at yesterday: not now, last");
  Refused("top --state state --at 2026-12-01T06:00:00Z!", 64, "00Z!: not now, last");
  Refused("top --state state --contract none.toml", 66, "none.toml");
  Refused("top --fleet 0", 64, "usage (1)");
  Refused("top --fleet 4 --at last", 64, "usage (1)");
  Refused("top --fleet 4 --pace fast", 64, "--pace fast");
  Refused("top --fleet 4 --fault \"1m 1m 9 silent\"", 65, "--fault:1: '9'");
  Refused("top --state state --pace max", 64, "usage (1)");
}

}  // namespace
}  // namespace torpor::cli
