#include "telemetry/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "telemetry/journal_schema.h"
#include "telemetry/journal_under_test.h"
#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

using JournalTest = JournalFiles;
using JournalReaderTest = JournalFiles;

TEST_F(JournalTest, GivesBackEveryFieldOfACycle) {
  Journal journal = MustOpen();
  ASSERT_EQ(journal.Commit({Full(7), {}, {}, {}}), Status::kOk);
  const auto cycles = journal.Cycles(0, 10);
  ASSERT_TRUE(cycles.ok());
  ASSERT_EQ(cycles->size(), 1U);
  const CycleRecord &got = cycles->front(), want = Full(7);
  EXPECT_EQ(got.cycle, want.cycle);
  EXPECT_EQ(got.woke, want.woke);
  EXPECT_EQ(got.wall_us, want.wall_us);
  EXPECT_EQ(got.phases, want.phases);
  EXPECT_EQ(got.inferred, want.inferred);
  EXPECT_EQ(got.batch_sequence, want.batch_sequence);
  EXPECT_EQ(got.batch_age, want.batch_age);
  EXPECT_EQ(got.since_last_inference, want.since_last_inference);
  EXPECT_EQ(got.dropped_overrun, want.dropped_overrun);
  EXPECT_EQ(got.dropped_stale, want.dropped_stale);
  EXPECT_EQ(got.dropped_corrupt, want.dropped_corrupt);
  EXPECT_EQ(got.dropped_gap, want.dropped_gap);
  EXPECT_EQ(got.verdict, want.verdict);
  EXPECT_EQ(got.why_abstained, want.why_abstained);
  EXPECT_EQ(got.score, want.score);
  EXPECT_EQ(got.alarm, want.alarm);
  EXPECT_EQ(got.energy, want.energy);
  EXPECT_EQ(got.metered, want.metered);
  EXPECT_EQ(got.wakeups_awake, want.wakeups_awake);
  EXPECT_EQ(got.wakeups_asleep, want.wakeups_asleep);
  EXPECT_EQ(got.contract, want.contract);
  ASSERT_EQ(got.deviations.size(), 2U);
  EXPECT_EQ(got.deviations[0].what, Status::kInferLate);
  EXPECT_EQ(got.deviations[0].detail, "infer took 512 ms of 400 ms");
  EXPECT_EQ(got.deviations[1].detail, "radio");
}

TEST_F(JournalTest, RemembersStateCountersAndAlarmsAcrossARestart) {
  {
    Journal journal = MustOpen();
    CycleCommit commit = Plain(1);
    commit.state = {{"detector", {std::byte{1}, std::byte{0}, std::byte{2}}},
                    {"empty", {}}};
    commit.counters = {{"cycles", 41}};
    commit.alarms = {{"robot-1/7", 1, "{\"score\":1.2}"}};
    ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
    const std::array<CounterEntry, 1> newer = {CounterEntry{"cycles", 42}};
    ASSERT_EQ(journal.Save({}, newer), Status::kOk);
  }
  const Journal journal = MustOpen();
  ASSERT_TRUE(journal.State("detector").has_value());
  EXPECT_EQ(journal.State("detector")->size(), 3U);
  EXPECT_EQ(journal.State("detector")->at(2), std::byte{2});
  EXPECT_EQ(journal.State("empty")->size(), 0U);
  EXPECT_FALSE(journal.State("unheard-of").has_value());
  EXPECT_EQ(journal.Counter("cycles"), 42);
  EXPECT_EQ(journal.LastCycle(), 1U);
  ASSERT_EQ(journal.Undelivered(10)->size(), 1U);
  EXPECT_EQ(journal.Undelivered(10)->front().body, "{\"score\":1.2}");
}

TEST_F(JournalTest, ACounterThatIsRefusedIsWrittenWhenItCanBe) {
  Journal journal = MustOpen();
  ASSERT_EQ(journal.Save({}, std::array{CounterEntry{"cycles", 1}}), Status::kOk);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(Execute(other, "BEGIN IMMEDIATE"), SQLITE_OK);
  EXPECT_EQ(journal.Save({}, std::array{CounterEntry{"cycles", 2}}),
            Status::kJournalOpen);
  ASSERT_EQ(Execute(other, "ROLLBACK"), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_EQ(journal.Save({}, std::array{CounterEntry{"cycles", 2}}), Status::kOk);
  EXPECT_EQ(journal.Counter("cycles"), 2);
  EXPECT_EQ(journal.Save({}, std::array{CounterEntry{"cycles", 1}}), Status::kOk);
  EXPECT_EQ(journal.Counter("cycles"), 1);
}

TEST_F(JournalTest, KnowsHowManyAlarmsWaitAfterEachChange) {
  Journal journal = MustOpen();
  const JournalReader& file = journal;
  for (std::uint64_t n = 1; n <= 6; ++n) {
    CycleCommit commit = Plain(n);
    if (n % 2 == 0) commit.alarms = {{std::to_string(n), n, "body"}};
    ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
    EXPECT_EQ(journal.UndeliveredCount(), n / 2);
    EXPECT_EQ(journal.UndeliveredCount(), file.UndeliveredCount());
  }
  ASSERT_EQ(Confirm(journal, "4"), Status::kOk);
  EXPECT_EQ(journal.UndeliveredCount(), 2U);
  EXPECT_EQ(MustOpen().UndeliveredCount(), 2U);
}

// A robot's memory is some 16 kB of which a cycle changes a part.
TEST_F(JournalTest, WritesOfAStateOnlyThePagesThatChanged) {
  Journal journal = MustOpen();
  std::vector<std::byte> memory(16'384, std::byte{1});
  ASSERT_EQ(journal.Save(std::array{StateEntry{"memory", memory}}), Status::kOk);
  const fs::path log = path_.string() + "-wal";
  constexpr std::uintmax_t kFrame = 4096 + 24;
  for (const std::size_t changed : {0U, 5'000U, 16'000U}) {
    memory[changed] = std::byte{2};
    const auto before = fs::file_size(log);
    ASSERT_EQ(journal.Save(std::array{StateEntry{"memory", memory}}), Status::kOk);
    EXPECT_LE(fs::file_size(log) - before, 2 * kFrame) << changed;
    EXPECT_EQ(journal.State("memory"), memory);
  }
  memory.resize(17'000);  // of another length it is written anew
  ASSERT_EQ(journal.Save(std::array{StateEntry{"memory", memory}}), Status::kOk);
  EXPECT_EQ(journal.State("memory"), memory);
}

TEST_F(JournalTest, TakesAnAlarmOnceAndKeepsItUntilItIsConfirmed) {
  Journal journal = MustOpen();
  for (std::uint64_t n = 1; n <= 3; ++n) {
    CycleCommit commit = Plain(n);
    commit.alarms = {{"same", n, "body " + std::to_string(n)}};
    ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
  }
  ASSERT_EQ(journal.Undelivered(10)->size(), 1U);
  EXPECT_EQ(journal.UndeliveredCount(), 1U);
  EXPECT_EQ(journal.Undelivered(10)->front().body, "body 1");
  EXPECT_EQ(Confirm(journal, "same"), Status::kOk);
  EXPECT_EQ(Confirm(journal, "same"), Status::kOk);
  EXPECT_EQ(Confirm(journal, "unheard-of"), Status::kOk);
  EXPECT_EQ(journal.UndeliveredCount(), 0U);
  EXPECT_TRUE(journal.Undelivered(10)->empty());
  // Raised again after it was delivered, it is still the same alarm.
  CycleCommit commit = Plain(4);
  commit.alarms = {{"same", 4, "again"}};
  ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
  EXPECT_EQ(journal.UndeliveredCount(), 0U);
}

TEST_F(JournalTest, RefusesACycleNumberThatWasUsed) {
  Journal journal = MustOpen();
  CycleCommit first = Plain(5);
  first.record.score = 1;
  CycleCommit second = Plain(5);
  second.record.score = 2;
  EXPECT_EQ(journal.Commit(std::move(first)), Status::kOk);
  EXPECT_EQ(journal.Commit(std::move(second)), Status::kInternal);
  EXPECT_EQ(journal.Cycles(0, 9)->front().score, 1.0);
  EXPECT_EQ(journal.Commit(Plain(6)), Status::kOk);
}

TEST_F(JournalTest, RefusesToChangeWhatWasJournalled) {
  Journal journal = MustOpen();
  ASSERT_EQ(journal.Commit(Plain(1)), Status::kOk);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  EXPECT_EQ(Execute(other, "UPDATE cycles SET score = 0"), SQLITE_CONSTRAINT);
  sqlite3_close(other);
}

TEST_F(JournalTest, StoresAScoreThatIsNotANumberAsNone) {
  Journal journal = MustOpen();
  CycleCommit commit = Plain(1);
  commit.record.score = std::numeric_limits<double>::quiet_NaN();
  ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
  EXPECT_TRUE(std::isnan(journal.Cycles(0, 9)->front().score)) << "and none is not 0";
}

TEST_F(JournalTest, CutsADetailThatIsHuge) {
  Journal journal = MustOpen();
  CycleCommit commit = Plain(1);
  commit.record.deviations = {{Status::kInferLate, std::string(20'000'000, 'x')}};
  ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
  EXPECT_EQ(journal.Cycles(0, 9)->front().deviations.front().detail.size(), 1000U);
}

TEST_F(JournalTest, IsNotBlockedByAnAlarmItCannotStore) {
  Journal journal = MustOpen();
  CycleCommit commit = Plain(1);
  commit.alarms = {{"huge", 1, std::string(20'000'000, 'x')}};
  EXPECT_EQ(journal.Commit(std::move(commit)), Status::kInternal);
  EXPECT_EQ(journal.Commit(Plain(2)), Status::kOk);
  EXPECT_EQ(journal.LostCycles(), 1U);
}

TEST_F(JournalTest, DropsTheOldestCyclesAndCountsThem) {
  Journal journal = MustOpen({.cycles = 10, .bytes = 1U << 20U});
  for (std::uint64_t n = 1; n <= 50; ++n) {
    ASSERT_EQ(journal.Commit({Full(n), {}, {}, {}}), Status::kOk);
  }
  EXPECT_EQ(journal.CycleCount(), 10U);
  EXPECT_EQ(journal.DroppedCycles(), 40U);
  EXPECT_EQ(journal.Cycles(0, 1)->front().cycle, 41U);
  EXPECT_EQ(journal.LastCycle(), 50U);
}

TEST_F(JournalTest, StaysWithinItsBytesAndKeepsUndeliveredAlarms) {
  constexpr std::uint64_t kBytes = 256 * 1024;
  Journal journal = MustOpen({.cycles = 1'000'000, .bytes = kBytes});
  for (std::uint64_t n = 1; n <= 1500; ++n) {
    CycleCommit commit{Full(n), {}, {}, {}};
    commit.record.deviations.assign(4, {Status::kInferLate, std::string(200, 'd')});
    if (n % 100 == 1) commit.alarms = {{"alarm " + std::to_string(n), n, "body"}};
    ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
    if (n == 501) {
      ASSERT_EQ(Confirm(journal, "alarm 1"), Status::kOk);
    }
  }
  EXPECT_LT(fs::file_size(path_), kBytes * 5 / 4);
  fs::path log = path_;
  log += "-wal";
  EXPECT_LT(fs::file_size(log), std::uintmax_t{2} << 20U);
  EXPECT_GT(journal.DroppedCycles(), 500U);
  EXPECT_EQ(journal.DroppedCycles() + journal.CycleCount(), 1500U);
  EXPECT_EQ(journal.UndeliveredCount(), 14U);
  EXPECT_EQ(journal.Undelivered(1)->front().id, "alarm 101");
}

TEST_F(JournalTest, ACounterThatGoesAndComesBackIsWrittenEachTime) {
  Journal journal = MustOpen();
  ASSERT_EQ(journal.Save({}, {{{"pushes", 5}}}), Status::kOk);
  ASSERT_EQ(journal.Save({}, {{{"pushes", 6}, {"pushes", 5}}}), Status::kOk);
  EXPECT_EQ(journal.Counter("pushes"), 5);
  ASSERT_EQ(journal.Save({}, {{{"pushes", 6}}}), Status::kOk);
  EXPECT_EQ(journal.Counter("pushes"), 6);
}

TEST_F(JournalTest, RefusesAJournalOfAnotherVersion) {
  { const Journal journal = MustOpen(); }
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(Execute(other, "PRAGMA user_version = 2"), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_EQ(Journal::Open(path_, {}).status(), Status::kJournalSchema);
  EXPECT_EQ(JournalReader::Open(path_).status(), Status::kJournalSchema);
}

TEST_F(JournalTest, RefusesTheDatabaseOfAnotherProgram) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(Execute(other, "CREATE TABLE recipes (name TEXT)"), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_EQ(Journal::Open(path_, {}).status(), Status::kJournalSchema);
  EXPECT_TRUE(fs::exists(path_));
}

TEST_F(JournalTest, RefusesAFolderThatIsNotThere) {
  EXPECT_EQ(Journal::Open(folder_ / "absent" / "journal.sqlite", {}).status(),
            Status::kJournalOpen);
}

TEST_F(JournalTest, TakesAnEmptyFileForANewJournal) {
  std::ofstream(path_).close();
  Journal journal = MustOpen();
  EXPECT_FALSE(journal.moved_aside().has_value());
  EXPECT_EQ(journal.Commit(Plain(1)), Status::kOk);
}

TEST_F(JournalReaderTest, ReadsWhileTheJournalIsWritten) {
  Journal journal = MustOpen();
  ASSERT_EQ(journal.Commit({Full(1), {}, {}, {}}), Status::kOk);
  const auto reader = JournalReader::Open(path_);
  ASSERT_TRUE(reader.ok());
  for (std::uint64_t n = 2; n <= 40; ++n) {
    ASSERT_EQ(journal.Commit({Full(n), {}, {}, {}}), Status::kOk);
    EXPECT_EQ(reader->LastCycle(), n);
  }
  const auto page = reader->Cycles(11, 20);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->size(), 20U);
  EXPECT_EQ(page->front().cycle, 11U);
  EXPECT_EQ(page->back().cycle, 30U);
  EXPECT_EQ(page->back().deviations.size(), 2U);
}

TEST_F(JournalReaderTest, SaysWhyThereIsNothingToRead) {
  EXPECT_EQ(JournalReader::Open(path_).status(), Status::kFileMissing);
  std::ofstream(path_) << std::string(5000, '?');
  EXPECT_EQ(JournalReader::Open(path_).status(), Status::kJournalCorrupt);
}

TEST_F(JournalReaderTest, ViewsNameUnitsAndReasons) {
  Journal journal = MustOpen();
  ASSERT_EQ(journal.Commit({Full(7), {}, {}, {}}), Status::kOk);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  EXPECT_EQ(AskText(other,
                    "SELECT verdict || ' ' || why_abstained || ' ' || energy_j || ' ' || "
                    "energy_from || ' ' || dropped_batches FROM cycle_summary"),
            "anomaly standstill 74.0 metered 10");
  EXPECT_EQ(AskText(other, "SELECT reason FROM deviation_summary"), "infer-late");
  sqlite3_close(other);
}

TEST_F(JournalReaderTest, ColumnsAreThoseOfTheDocument) {
  { const Journal journal = MustOpen(); }
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  std::string columns;
  {
    Statement statement(other,
                        "SELECT t.name || '.' || c.name FROM sqlite_schema t, "
                        "pragma_table_info(t.name) c "
                        "WHERE t.type IN ('table', 'view') "
                        "ORDER BY t.type, t.rowid, c.cid");
    while (statement.Next()) columns += statement.Text(0) + "\n";
  }
  sqlite3_close(other);

  std::string documented;
  std::ifstream file(TORPOR_SOURCE_DIR "/docs/journal.md");
  bool of_tables = true;  // the body of an alarm is no table
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) of_tables = line != "## The body of an alarm";
    const std::size_t end = line.find('`', 3);
    if (of_tables && line.starts_with("| `") && end != std::string::npos) {
      documented += line.substr(3, end - 3) + "\n";
    }
  }
  EXPECT_EQ(documented, columns);
}

}  // namespace
}  // namespace torpor::telemetry
