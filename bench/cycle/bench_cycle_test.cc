// The parts of ./dev bench cycle that read and reckon, and the whole of it once, quickly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "bench/cycle/awake_watch.h"
#include "bench/cycle/findings.h"
#include "bench/cycle/journal_account.h"
#include "bench/cycle/process_usage.h"
#include "bench/cycle/scenario.h"
#include "bench/cycle/table.h"
#include "core/json_hosted.h"
#include "core/test_folder.h"

namespace torpor::bench {
namespace {

using std::chrono_literals::operator""ms;

TEST(ProcessUsage, ReadsWhatTheKernelWrites) {
  constexpr std::string_view kRollup =
      "55d0c-7ffd rollup\nRss:                5192 kB\nPss:                 812 kB\n"
      "Pss_Dirty:           700 kB\n";
  EXPECT_EQ(NumberOf(kRollup, "Rss:"), 5192U);
  EXPECT_EQ(NumberOf(kRollup, "Pss:"), 812U);
  EXPECT_EQ(NumberOf(kRollup, "Swap:"), 0U);
  EXPECT_EQ(NumberOf("", "Rss:"), 0U);
  EXPECT_EQ(NumberOf("Rss:", "Rss:"), 0U);
  EXPECT_EQ(RunTimeOf("2090417 31415 17\n"), Nanoseconds(2'090'417));
  EXPECT_EQ(RunTimeOf(""), Nanoseconds(0));
}

TEST(ProcessUsage, OfThisProcessIsMoreThanNothing) {
  const auto usage = ReadUsage(::getpid());
  ASSERT_TRUE(usage.ok());
  EXPECT_GT(usage->own_clock.count(), 0);
  EXPECT_GT(usage->rss_kib, 0U);
  EXPECT_GE(usage->threads, 1U);
  EXPECT_FALSE(ReadUsage(-1).ok());
}

TEST(AwakeWatch, ABlockedProgramIsAwakeUntilItHasRestedForLong) {
  using Seen = AwakeWatch::Seen;
  AwakeWatch watch(2400ms);
  const auto at = [](int milliseconds) { return Instant(Milliseconds(milliseconds)); };
  EXPECT_EQ(watch.See(at(0), Nanoseconds(100)), Seen::kNothing);
  EXPECT_EQ(watch.See(at(2400), Nanoseconds(100)), Seen::kFellAsleep) << "its start";
  EXPECT_EQ(watch.See(at(9000), Nanoseconds(100)), Seen::kNothing);
  EXPECT_EQ(watch.See(at(10'000), Nanoseconds(101)), Seen::kWoke);
  EXPECT_EQ(watch.See(at(12'001), Nanoseconds(101)), Seen::kNothing) << "it waits";
  EXPECT_EQ(watch.See(at(12'002), Nanoseconds(102)), Seen::kNothing);
  EXPECT_EQ(watch.See(at(14'401), Nanoseconds(102)), Seen::kNothing);
  EXPECT_EQ(watch.See(at(14'402), Nanoseconds(102)), Seen::kFellAsleep);
  EXPECT_EQ(watch.woke(), at(10'000));
  EXPECT_EQ(watch.last_moved(), at(12'002));
}

TEST(Findings, AMedianIsInTheMiddle) {
  EXPECT_EQ(SpreadOf({}).count, 0U);
  EXPECT_EQ(SpreadOf({3, 1, 2}).median, 2);
  EXPECT_EQ(SpreadOf({4, 1, 2, 3}).median, 2.5);
  EXPECT_EQ(SpreadOf({4, 1, 2, 3}).most, 4);
}

TEST(Findings, ABarIsMetUpToItsValueAndMissedBeyond) {
  Findings findings;
  ProgramFindings own;
  own.own_clock_ms = SpreadOf({2.0});
  own.rss_mb = 8.1;
  own.switches_asleep = 1;
  findings.programs.push_back(own);
  findings.backlog = BacklogFindings{
      .windows = 60, .inferences = 2, .dropped = 58, .before_ms = 1, .after_ms = 1.5};
  std::string missed;
  for (const Bar& bar : Bars(findings)) missed += bar.met() ? "" : bar.what + "; ";
  EXPECT_EQ(missed,
            "resident asleep; context switches in a sleep; inferences of a backlog; ");
}

TEST(JournalAccount, ACyclesReportStandsInTheNextRecord) {
  using telemetry::Phase;
  std::vector<telemetry::CycleRecord> records(2);
  const auto set = [&](std::size_t record, Phase phase, Milliseconds time) {
    records[record].phases[static_cast<std::size_t>(phase)] = time;
  };
  records[0].woke = Instant(1000ms);
  set(0, Phase::kReport, 900ms);  // of the cycle before
  set(0, Phase::kSleep, 5000ms);
  set(0, Phase::kCollect, 3ms);
  set(0, Phase::kInfer, 2ms);
  set(0, Phase::kJudge, 1ms);
  set(1, Phase::kReport, 40ms);
  EXPECT_EQ(VerdictAt(records[0]), Instant(1006ms));
  const auto cycles = OwnCycles(records);
  ASSERT_EQ(cycles.size(), 1U);
  EXPECT_EQ(cycles[0].report, 40ms);
  EXPECT_EQ(cycles[0].awake, 46ms);
}

void SayNothing(const std::string& /*line*/) {}

TEST(BenchCycle, RefusesAFolderThatIsNotOfARun) {
  const TestFolder folder;
  folder.Write("somebody's", "work");
  Wanted wanted;
  wanted.programs = folder.path();
  wanted.work = folder.path();
  const auto found = Measure(wanted, SayNothing);
  EXPECT_EQ(found.status(), Status::kFileExists);
  EXPECT_NE(found.refusal().what.find(folder.string()), std::string::npos);
  EXPECT_EQ(folder.Slurp("somebody's"), "work");
}

TEST(BenchCycle, MakesAnEarlierRunsFolderAnew) {
  const TestFolder folder;
  Wanted wanted;
  wanted.programs = folder.path();  // none is there, so that each try ends early
  wanted.work = folder / "work";
  EXPECT_EQ(Measure(wanted, SayNothing).status(), Status::kFileMissing);
  folder.Write("work/left", "behind");
  EXPECT_EQ(Measure(wanted, SayNothing).status(), Status::kFileMissing);
  EXPECT_EQ(folder.Slurp("work/left"), "");
}

// The real programs, but one: a shell script, or what it calls "$REAL".
std::filesystem::path ProgramsBut(const TestFolder& folder, const std::string& name,
                                  const std::string& script) {
  const std::filesystem::path real = TORPOR_BINARY_DIR;
  const auto programs = folder / "bin";
  std::filesystem::create_directories(programs);
  std::filesystem::create_symlink(real / "share", folder / "share");
  for (const char* const one :
       {"torpor", "torpord", "torpor-firmware", "torpor-bench-sleeper"}) {
    if (one != name) std::filesystem::create_symlink(real / "bin" / one, programs / one);
  }
  folder.Write("bin/" + name, "#!/bin/sh\nREAL=" + (real / "bin" / name).string() + "\n" +
                                  script + "\n");
  std::filesystem::permissions(programs / name, std::filesystem::perms::owner_all);
  return programs;
}

// Why a short run with such a program has come to nothing.
std::string WhyNot(const std::string& name, const std::string& script) {
  const TestFolder folder;
  Wanted wanted;
  wanted.programs = ProgramsBut(folder, name, script);
  wanted.work = folder / "work";
  wanted.timeline = TwoSeconds();
  wanted.cycles = 1;
  wanted.spare = 1;
  wanted.gateway_cycles = 0;
  wanted.windows = 0;
  const auto found = Measure(wanted, SayNothing);
  EXPECT_EQ(found.status(), Status::kInternal);
  return found.ok() ? "" : found.refusal().what;
}

TEST(BenchCycle, SaysWhichProgramEndedEarly) {
  EXPECT_EQ(WhyNot("torpord", "echo it is tired >&2; exit 3"),
            "torpord of robot ended early with 3: it is tired");
  EXPECT_EQ(WhyNot("torpor-bench-sleeper", "exit 5"),
            "torpor-bench-sleeper ended early with 5");
  // A flash, and then nothing but what looks like its socket.
  EXPECT_EQ(
      WhyNot("torpor-firmware", R"(case "$*" in *--provision*) exec "$REAL" "$@" ;; esac
for word; do case $word in socket:*) : >"${word#socket:}" ;; esac; done
exit 7)"),
      "torpor-firmware of robot ended early with 7");
}

TEST(BenchCycle, GivesUpOnAProgramThatDoesNothing) {
  EXPECT_THAT(
      WhyNot("torpord", "exec sleep 600"),
      testing::StartsWith("given up; cycles: torpord 0, bare epoll and timerfd "));
}

// The real programs for seconds; what is fast enough is not this test's question.
TEST(BenchCycle, MeasuresTheRealProgramsInAShortRun) {
  const TestFolder folder;
  Wanted wanted;
  wanted.programs = std::filesystem::path(TORPOR_BINARY_DIR) / "bin";
  wanted.work = folder / "work";
  wanted.timeline = TwoSeconds();
  wanted.cycles = 2;
  wanted.gateway_cycles = 0;
  wanted.windows = 0;
  wanted.warm_starts = 1;
  wanted.cold_starts = 0;
  const auto found = Measure(wanted, SayNothing);
  ASSERT_TRUE(found.ok()) << found.refusal().what;
  ASSERT_EQ(found->programs.size(), 2U) << "torpord and a bare sleeper";
  for (const ProgramFindings& one : found->programs) {
    EXPECT_GE(one.own_clock_ms.count, 2U) << one.name;
    EXPECT_GT(one.own_clock_ms.least, 0) << one.name;
    EXPECT_GT(one.rss_mb, 0) << one.name;
    EXPECT_TRUE(one.switches_asleep.has_value()) << one.name;
  }
  ASSERT_EQ(found->starts.size(), 1U);
  EXPECT_GT(found->starts[0].verdict_ms.median, 0);
  EXPECT_LT(found->starts[0].verdict_ms.median, found->starts[0].told_ms.median);
  EXPECT_GT(found->state_kb, 0);
  EXPECT_NE(Table(*found).find("| bare epoll and timerfd |"), std::string::npos);
  const auto json = nlohmann::json::parse(Json(*found));
  EXPECT_EQ(json.at("programs").size(), 2U);
  EXPECT_EQ(json.at("bars").size(), 4U);
}

}  // namespace
}  // namespace torpor::bench
