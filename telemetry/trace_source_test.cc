// Where cycles come from: trace and journal together, either alone, and neither.
#include "telemetry/trace_source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "telemetry/journal_under_test.h"
#include "telemetry/trace_table.h"
#include "telemetry/trace_timeline.h"
#include "telemetry/trace_under_test.h"
#include "telemetry/trace_writer.h"

namespace torpor::telemetry {
namespace {

namespace fs = std::filesystem;

class Source : public JournalFiles {
 protected:
  // Cycles of a robot, in its journal and its trace.
  void Journalled(std::uint64_t from, std::uint64_t to) {
    Journal journal = MustOpen();
    for (std::uint64_t number = from; number <= to; ++number) {
      CycleCommit commit;
      commit.record = Traced(number).record;
      commit.record.deviations[0].detail = "512 ms of 400 ms";
      ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
    }
  }
  void Trace(std::uint64_t from, std::uint64_t to) {
    TraceWriter writer(trace_, {16, "r-17"});
    for (std::uint64_t number = from; number <= to; ++number) {
      ASSERT_EQ(writer.Append(Traced(number)), Status::kOk);
    }
  }
  // Its cycles: "3t" with the trace's steps, "3j" with the journal's.
  std::string Read(const fs::path& path, TraceRange range = {}) {
    auto source = TraceSource::Open(path, range);
    if (!source.ok())
      return "status " + std::to_string(static_cast<int>(source.status()));
    robot_ = source->robot();
    trace_status_ = source->trace_status();
    std::string read;
    for (;;) {
      auto cycle = source->Next();
      if (!cycle.ok()) return read + "not read on";
      if (!*cycle) return read;
      cycles_.push_back(**cycle);
      read += std::to_string((*cycle)->record.cycle) +
              ((*cycle)->leases.empty() ? "j " : "t ");
    }
  }

  const fs::path trace_ = folder_ / kTraceFile;
  std::string robot_;
  Status trace_status_{};
  std::vector<TracedCycle> cycles_;
};

TEST_F(Source, TheTraceGivesTheSpansAndTheJournalTheWordsAndWhatIsOlder) {
  Journalled(1, 9);
  Trace(4, 8);
  EXPECT_EQ(Read(folder_), "1j 2j 3j 4t 5t 6t 7t 8t 9j ");
  EXPECT_EQ(robot_, "r-17");
  for (const TracedCycle& cycle : cycles_) {
    ASSERT_EQ(cycle.record.deviations.size(), 2U);
    EXPECT_EQ(cycle.record.deviations[0].detail, "512 ms of 400 ms");
  }
  for (std::size_t i = 1; i < cycles_.size(); ++i) {
    EXPECT_GE(cycles_[i].begin() + std::chrono::milliseconds(45), cycles_[i - 1].end());
  }
}

TEST_F(Source, EitherAloneIsEnough) {
  Trace(1, 3);
  EXPECT_EQ(Read(folder_), "1t 2t 3t ");
  EXPECT_EQ(Read(trace_), "1t 2t 3t ");
  EXPECT_EQ(cycles_[0].record.deviations[0].detail, "");
  fs::remove(trace_);
  Journalled(1, 3);
  EXPECT_EQ(Read(folder_), "1j 2j 3j ");
  EXPECT_EQ(trace_status_, Status::kFileMissing);
  EXPECT_EQ(robot_, folder_.path().filename());
  EXPECT_EQ(Read(path_), "1j 2j 3j ");
  folder_.Write(kTraceFile, "damaged");
  EXPECT_EQ(Read(folder_), "1j 2j 3j ");
  EXPECT_EQ(trace_status_, Status::kTraceMalformed);
}

TEST_F(Source, ARunOfTorporSimulateIsFoundByItsFolder) {
  Trace(1, 2);
  Journalled(1, 2);
  const TestFolder runs;
  fs::create_directories(runs / "bearing-1");
  fs::create_directory_symlink(folder_, runs / "bearing-1/state");
  EXPECT_EQ(Read(runs / "bearing-1"), "1t 2t ");
  fs::remove(trace_);
  EXPECT_EQ(Read(runs / "bearing-1/"), "1j 2j ");
  EXPECT_EQ(robot_, "bearing-1");
}

TEST_F(Source, ARangeIsOfTheJournalsNumbers) {
  Journalled(1, 9);
  Trace(4, 8);
  EXPECT_EQ(Read(folder_, {.from = 3, .last = {}}), "3j 4t 5t 6t 7t 8t 9j ");
  EXPECT_EQ(Read(folder_, {.from = 0, .last = 3}), "7t 8t 9j ");
  EXPECT_EQ(Read(folder_, {.from = 8, .last = 5}), "8t 9j ");
  EXPECT_EQ(Read(folder_, {.from = 0, .last = 500}), Read(folder_));
  EXPECT_EQ(Read(trace_, {.from = 0, .last = 2}), "7t 8t ");
  EXPECT_EQ(Read(folder_, {.from = 50, .last = {}}), "");
}

// A journal that was moved aside: its numbers begin anew, and the trace has both.
TEST_F(Source, CyclesOfAnEarlierJournalAreLeftToTheTraceAlone) {
  Trace(7, 9);
  Trace(1, 2);
  Journalled(1, 3);
  EXPECT_EQ(Read(folder_), "1t 2t 3j ");
  EXPECT_EQ(Read(trace_), "7t 8t 9t 1t 2t ");
}

TEST_F(Source, ManyRowsComeOneAtATime) {
  Journalled(1, 600);
  std::string expected;
  for (int i = 1; i <= 600; ++i) expected += std::to_string(i) + "j ";
  EXPECT_EQ(Read(folder_), expected);
}

TEST_F(Source, NothingAndSomethingElseAreRefused) {
  EXPECT_EQ(TraceSource::Open(folder_ / "none", {}).status(), Status::kFileMissing);
  EXPECT_EQ(TraceSource::Open(folder_, {}).status(), Status::kFileMissing);
  folder_.Write("letter", "dear robot");
  EXPECT_EQ(TraceSource::Open(folder_ / "letter", {}).status(), Status::kTraceMalformed);
  folder_.Write(kTraceFile, "dear robot");
  EXPECT_EQ(TraceSource::Open(folder_, {}).status(), Status::kTraceMalformed);
}

TEST_F(Source, ARowEndsWhereTheNextOneBegins) {
  const CycleRecord row = Traced(3).record;
  const TracedCycle alone = FromJournal(row, nullptr);
  const CycleRecord next = Traced(4).record;
  const TracedCycle followed = FromJournal(row, &next);
  EXPECT_EQ(followed.end(), FromJournal(next, nullptr).begin());
  EXPECT_EQ(alone.begin(), followed.begin());
  CycleRecord later = next;  // torpord was not running in between
  later.woke += std::chrono::hours(1);
  EXPECT_EQ(FromJournal(row, &later).end(), alone.end());
  CycleRecord absurd;
  absurd.woke = Instant::min();
  absurd.phases.fill(Microseconds::max());
  EXPECT_LE(FromJournal(absurd, &absurd).steps.front().begin.time_since_epoch(),
            Microseconds(-kTraceMost));
}

TEST(Shown, MakesUtf8OfAnything) {
  EXPECT_EQ(Shown("plain, \xC3\xBC, \xE2\x82\xAC, \xF0\x9F\x92\xA4"),
            "plain, \xC3\xBC, \xE2\x82\xAC, \xF0\x9F\x92\xA4");
  // RFC 3629: alone, overlong, a surrogate, beyond the last, cut short.
  for (const std::string_view bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                                     "\xF4\x90\x80\x80", "\xF0\x9F\x92", "\xFF"}) {
    const std::string shown = Shown(bad);
    EXPECT_EQ(shown.substr(0, 3), "\xEF\xBF\xBD");
    EXPECT_EQ(shown.size(), 3 * bad.size());
  }
  EXPECT_EQ(Shown("0123456789", 10), "0123456...");
  EXPECT_EQ(Shown("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 10),
            "\xE2\x82\xAC\xE2\x82\xAC...");
  EXPECT_EQ(JsonText("\"\\\n\x7F"), R"("\"\\\u000a\u007f")");
}

TEST(TraceTable, SaysWhatACycleDidInOneRow) {
  EXPECT_EQ(
      TraceTableRow(Traced(2)),
      "       2     120.000000    59.957     1.200     0.500     0.100     0.200    "
      "40.000     74.000  anomaly  network 40.000; link 1.200; accelerator 0.600 "
      "REVOKED; infer-late; lease-revoked;\n");
  const std::string line = TraceJsonLine(Traced(2));
  EXPECT_EQ(line.back(), '\n');
  for (const char* part :
       {R"("cycle":2)", R"({"step":"sleep","begin":60.042500,"end":120.000000})",
        R"({"holder":"accelerator","begin":120.001200,"end":120.001800,"revoked":true})",
        R"("score":1.5,)", R"("rail":"VDD_IN","how":"sampled","wake":null)",
        R"("reason":"infer-late")"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << line;
  }
}

}  // namespace
}  // namespace torpor::telemetry
