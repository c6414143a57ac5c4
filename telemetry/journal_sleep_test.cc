#include "telemetry/journal_sleep.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/test_folder.h"
#include "telemetry/journal.h"
#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

class JournalSleep : public testing::Test {
 protected:
  static CycleCommit Commit(std::uint64_t cycle, std::optional<SleepProof> sleep,
                            std::optional<double> slept) {
    CycleCommit commit;
    commit.record.cycle = cycle;
    commit.record.sleep = std::move(sleep);
    commit.record.slept = slept;
    return commit;
  }
  static SleepProof Known() {
    SleepProof sleep;
    sleep.gpu_before = "active";
    sleep.gpu_after = "suspended";
    sleep.suspended_ms = 54'500;
    sleep.railgated = true;
    sleep.pinned = true;
    sleep.idle_share = 0.75;
    sleep.causes = "channel, clocks";
    sleep.because = "suspended for 54.5 s of 55.0 s";
    sleep.active_sources = "alarmtimer 1";
    sleep.interrupts = 914;
    sleep.busiest_interrupts = "arch_timer 907, ttyTHS1 7";
    return sleep;
  }
  Result<Journal> Open(JournalLimits limits = {}) { return Journal::Open(path_, limits); }
  sqlite3* Other() {
    sqlite3* other = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    return other;
  }

  TestFolder folder_{TestFolder::InMemory()};
  std::filesystem::path path_ = folder_ / "journal.sqlite";
};

TEST_F(JournalSleep, GivesBackWhatIsKnownOfASleepAndWhatIsNot) {
  auto journal = Open();
  ASSERT_EQ(journal->Commit(Commit(1, std::nullopt, std::nullopt)), Status::kOk);
  ASSERT_EQ(journal->Commit(Commit(2, Known(), 0.99)), Status::kOk);
  ASSERT_EQ(journal->Commit(Commit(3, SleepProof{}, std::nullopt)), Status::kOk);
  const auto cycles = journal->Cycles(0, 10);
  ASSERT_TRUE(cycles.ok());
  EXPECT_EQ(cycles->at(0).sleep, std::nullopt) << "nobody looked";
  EXPECT_EQ(cycles->at(1).sleep, Known());
  EXPECT_EQ(cycles->at(1).slept, 0.99);
  EXPECT_EQ(cycles->at(2).sleep, SleepProof{});
  EXPECT_EQ(cycles->at(2).slept, std::nullopt);
  sqlite3* other = Other();
  EXPECT_EQ(
      AskInteger(other,
                 "SELECT count(*) FROM residency WHERE slept IS NULL AND "
                 "suspended_ms IS NULL AND railgated IS NULL AND idle_share IS NULL"),
      1);
  sqlite3_close(other);
}

TEST_F(JournalSleep, GivesWayWithItsCycle) {
  auto journal = Open({.cycles = 3});
  for (std::uint64_t cycle = 1; cycle <= 10; ++cycle) {
    ASSERT_EQ(journal->Commit(Commit(cycle, Known(), 1)), Status::kOk);
  }
  sqlite3* other = Other();
  EXPECT_EQ(AskInteger(other, "SELECT count(*) FROM residency"), 3);
  EXPECT_EQ(AskInteger(other, "SELECT min(cycle) FROM residency"), 8);
  EXPECT_EQ(AskInteger(other, "SELECT count(*) FROM interrupts"), 3);
  sqlite3_close(other);
}

TEST_F(JournalSleep, AJournalOfBeforeIsOpenedAndLosesNothing) {
  {
    std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/journal-before-rails.sql");
    const std::string sql((std::istreambuf_iterator<char>(file)), {});
    sqlite3* before = Other();
    ASSERT_EQ(Execute(before, sql), SQLITE_OK);
    sqlite3_close(before);
    const auto reader = JournalReader::Open(path_);
    ASSERT_TRUE(reader.ok());
    const auto cycles = reader->Cycles(0, 10);
    ASSERT_TRUE(cycles.ok()) << "a reader cannot give it the table";
    EXPECT_EQ(cycles->back().sleep, std::nullopt);
  }
  auto journal = Open();
  ASSERT_TRUE(journal.ok());
  ASSERT_EQ(journal->Commit(Commit(43, Known(), 0.5)), Status::kOk);
  const auto cycles = journal->Cycles(0, 10);
  ASSERT_TRUE(cycles.ok());
  EXPECT_EQ(cycles->front().sleep, std::nullopt);
  EXPECT_EQ(cycles->back().sleep, Known());
}

TEST_F(JournalSleep, ALongEvidenceIsCutAndNotRefused) {
  auto journal = Open();
  SleepProof sleep = Known();
  sleep.because = std::string(5000, 'x');
  ASSERT_EQ(journal->Commit(Commit(1, sleep, 1)), Status::kOk);
  EXPECT_EQ(journal->Cycles(0, 1)->at(0).sleep->because.size(), 1000U);
}

}  // namespace
}  // namespace torpor::telemetry
