// torpor profile on a journal that is written meanwhile.
#include <array>
#include <cstdio>
#include <memory>
#include <sstream>

#include "cli/test_journal_command.h"
#include "core/json_hosted.h"
#include "telemetry/journal.h"

namespace torpor::cli {
namespace {

using nlohmann::json;
using std::chrono_literals::operator""s;
using telemetry::Phase;
using testing::HasSubstr;

class ProfileCommand : public CommandOnAJournal {
 protected:
  // A minute, of which it slept 58 s.
  void Cycle(std::uint64_t number, Microseconds since) const {
    telemetry::CycleCommit commit;
    telemetry::CycleRecord& record = commit.record;
    record.cycle = number;
    record.wall_us = 1'796'071'316'000'000;
    record.inferred = since > 0s;
    record.since_last_inference = since;
    record.phases[static_cast<std::size_t>(Phase::kSleep)] = 58s;
    record.phases[static_cast<std::size_t>(Phase::kCollect)] = 2s;
    if (!record.inferred) record.deviations = {{Status::kLinkDown, ""}};
    ASSERT_EQ(journal_->Commit(std::move(commit)), Status::kOk);
  }
  [[nodiscard]] std::vector<json> Lines(const std::string& words) const {
    const Ran ran = Torpor("profile --state state --json " + words);
    EXPECT_EQ(ran.exit_code, 0) << ran.out;
    std::vector<json> lines;
    std::istringstream text(ran.out);
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }
};

TEST_F(ProfileCommand, PrintsWhatFilledTheTimeBetweenInferences) {
  Cycle(1, 60s);
  Cycle(2, 0s);
  Cycle(3, 120s);
  Cycle(4, 7s);
  const auto lines = Lines("--all");
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1]["cycle"], 3);
  EXPECT_EQ(lines[1]["between_seconds"], 120.0);
  EXPECT_EQ(lines[1]["cycles"], 2);
  EXPECT_EQ(lines[1]["filled_seconds"]["asleep"], 116.0);
  EXPECT_EQ(lines[1]["causes"], json::array({"link-down"}));
  EXPECT_EQ(lines[3]["median_seconds"], 60.0);
  EXPECT_EQ(lines[3]["period_seconds"], nullptr) << "no contract is at hand";
  EXPECT_EQ(Lines("--cycles 1").size(), 2U) << "and the summary";

  Good("contract new --base warehouse-60s --robot r-17 -o night.toml");
  const auto judged = Lines("--all --contract night.toml").back();
  EXPECT_EQ(judged["period_seconds"], 60.0);
  EXPECT_EQ(judged["too_soon"], 1) << "an inference every 7 s is the fault of that night";
  EXPECT_EQ(judged["too_late"], 0);

  const std::string text = Torpor("profile --state state --contract night.toml").out;
  EXPECT_THAT(text, HasSubstr("2 cycles, link-down"));
  EXPECT_THAT(text, HasSubstr("20:41:56"));
  EXPECT_THAT(text, HasSubstr("by the contract 60.0 s: 1 came sooner"));
  EXPECT_THAT(text, HasSubstr("asleep 96.67 %"));
}

TEST_F(ProfileCommand, FollowsARobotThatWorks) {
  Cycle(1, 60s);
  const std::string line = "cd " + folder_.string() +
                           " && exec " TORPOR_BINARY_DIR
                           "/bin/torpor profile --state state --follow --json 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), ::pclose);
  ASSERT_TRUE(pipe);
  std::array<char, 4096> text{};
  for (int cycle = 1; cycle <= 3; ++cycle) {
    ASSERT_TRUE(std::fgets(text.data(), text.size(), pipe.get()));
    EXPECT_EQ(json::parse(text.data())["cycle"], cycle);
    if (cycle < 3) Cycle(static_cast<std::uint64_t>(cycle + 1), 60s);
  }
  // Another file of the folder is no news, and a journal that is gone is the end.
  Write("state/activation.json", "{}");
  std::filesystem::rename(folder_ / "state/journal.sqlite", folder_ / "state/aside");
  std::string rest;
  while (std::fgets(text.data(), text.size(), pipe.get())) rest += text.data();
  EXPECT_THAT(rest, HasSubstr("file-missing (5)"));
}

TEST_F(ProfileCommand, RefusesInOneLine) {
  Refused("profile --state nowhere", 66, "file-missing (5)");
  Refused("profile --state state --contract none.toml", 66, "none.toml");
  Refused("profile --state state --cycles 0", 64, "usage (1)");
  Refused("profile", 64, "--state");
  std::filesystem::create_directory(folder_ / "junk");
  Write("junk/journal.sqlite", std::string(8192, 'x'));
  Refused("profile --state junk", 74, "junk/journal.sqlite");
}

}  // namespace
}  // namespace torpor::cli
