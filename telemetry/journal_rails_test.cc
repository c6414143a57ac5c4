#include "telemetry/journal_rails.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "core/test_folder.h"
#include "telemetry/journal.h"
#include "telemetry/journal_schema.h"
#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

class JournalRails : public testing::Test {
 protected:
  static std::vector<RailJoules> Rails() {
    RailJoules supply;
    supply.rail = "VDD_IN";
    supply.how = Metered::kSampled;
    std::int64_t energy = 1'000'000;
    for (auto& phase : supply.phases) phase = Microjoules{energy++};
    RailJoules lost = supply;
    lost.rail = "VDD_SOC";
    lost.phases[static_cast<std::size_t>(Phase::kSleep)].reset();
    lost.why = "it stopped answering";
    RailJoules closed;
    closed.rail = "package-0";
    closed.why = "only root may read it, since 2020";
    return {supply, lost, closed};
  }
  static CycleCommit Commit(std::uint64_t cycle,
                            std::vector<RailJoules> rails = Rails()) {
    CycleCommit commit;
    commit.record.cycle = cycle;
    commit.record.rails = std::move(rails);
    return commit;
  }
  Result<Journal> Open(JournalLimits limits = {}) { return Journal::Open(path_, limits); }

  sqlite3* Other() {
    sqlite3* other = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    return other;
  }
  void MakeJournalOfBefore() {
    std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/journal-before-rails.sql");
    const std::string sql((std::istreambuf_iterator<char>(file)), {});
    sqlite3* before = Other();
    ASSERT_EQ(sqlite3_exec(before, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(before);
    sqlite3_close(before);
  }

  TestFolder folder_{TestFolder::InMemory()};
  std::filesystem::path path_ = folder_ / "journal.sqlite";
};

TEST_F(JournalRails, GivesBackWhatEachRailDeliveredAndWhatIsNotKnown) {
  auto journal = Open();
  ASSERT_EQ(journal->Commit(Commit(7)), Status::kOk);
  ASSERT_EQ(journal->Commit(Commit(8, {})), Status::kOk);
  ASSERT_EQ(journal->Commit(Commit(9)), Status::kOk);
  const auto cycles = journal->Cycles(0, 10);
  ASSERT_TRUE(cycles.ok());
  EXPECT_EQ((*cycles)[0].rails, Rails());
  EXPECT_TRUE((*cycles)[1].rails.empty());
  EXPECT_EQ((*cycles)[2].rails, Rails());
  EXPECT_EQ((*cycles)[0].rails[0].total(), Microjoules{7'000'021});
  EXPECT_EQ((*cycles)[0].rails[1].total(), std::nullopt);
  EXPECT_EQ((*cycles)[0].rails[1].inference(), Microjoules{2'000'005});
}

TEST_F(JournalRails, WhatIsUnmeteredIsNullAndTheViewSaysSo) {
  auto journal = Open();
  ASSERT_EQ(journal->Commit(Commit(7)), Status::kOk);
  sqlite3* other = Other();
  EXPECT_EQ(AskInteger(other, "SELECT count(*) FROM rail_energy WHERE sleep_uj IS NULL"),
            2);
  EXPECT_EQ(
      AskText(other,
              "SELECT how || ' ' || energy_j || ' ' || inference_j || ' ' || sleep_j "
              "FROM rail_summary WHERE rail = 'VDD_IN'"),
      "sampled 7.000021 2.000005 1.000006");
  EXPECT_EQ(AskInteger(other,
                       "SELECT count(*) FROM rail_summary WHERE energy_j IS NULL "
                       "AND why <> ''"),
            2);
  EXPECT_EQ(AskText(other, "SELECT how FROM rail_summary WHERE rail = 'package-0'"),
            "unmetered");
  sqlite3_close(other);
}

TEST_F(JournalRails, NameEveryWayOfMeteringAsTheProgramDoes) {
  auto journal = Open();
  for (const Metered how :
       {Metered::kNot, Metered::kCounted, Metered::kSampled, Metered::kAtMost}) {
    const std::uint64_t cycle = 1 + static_cast<std::uint64_t>(how);
    RailJoules rail;
    rail.how = how;
    ASSERT_EQ(journal->Commit(Commit(cycle, {rail})), Status::kOk);
    sqlite3* other = Other();
    EXPECT_EQ(AskText(other, "SELECT how FROM rail_summary ORDER BY cycle DESC LIMIT 1"),
              Name(how));
    sqlite3_close(other);
  }
}

TEST_F(JournalRails, GiveWayWithTheirCycles) {
  auto journal = Open({.cycles = 3});
  for (std::uint64_t cycle = 1; cycle <= 10; ++cycle) {
    ASSERT_EQ(journal->Commit(Commit(cycle)), Status::kOk);
  }
  sqlite3* other = Other();
  EXPECT_EQ(AskInteger(other, "SELECT count(*) FROM rail_energy"), 9);
  EXPECT_EQ(AskInteger(other, "SELECT min(cycle) FROM rail_energy"), 8);
  sqlite3_close(other);
}

TEST_F(JournalRails, AJournalOfBeforeIsOpenedAndLosesNothing) {
  MakeJournalOfBefore();
  {
    const auto reader = JournalReader::Open(path_);
    ASSERT_TRUE(reader.ok());
    const auto cycles = reader->Cycles(0, 10);
    ASSERT_TRUE(cycles.ok()) << "a reader cannot give it the table";
    EXPECT_EQ(cycles->size(), 2U);
    EXPECT_TRUE(cycles->back().rails.empty());
  }
  auto journal = Open();
  ASSERT_TRUE(journal.ok());
  EXPECT_FALSE(journal->moved_aside());
  EXPECT_EQ(journal->LastCycle(), 42U);
  EXPECT_EQ(journal->State("detector")->size(), 2U);
  EXPECT_EQ(journal->Counter("inferences"), 42);
  EXPECT_EQ(journal->UndeliveredCount(), 1U);
  ASSERT_EQ(journal->Commit(Commit(43)), Status::kOk);
  const auto cycles = journal->Cycles(0, 10);
  ASSERT_TRUE(cycles.ok());
  ASSERT_EQ(cycles->size(), 3U);
  EXPECT_EQ((*cycles)[1].deviations.size(), 1U);
  EXPECT_EQ((*cycles)[2].rails, Rails());
}

TEST_F(JournalRails, AnOlderTorporStillKnowsTheJournalForItsOwn) {
  { ASSERT_TRUE(Open().ok()); }
  sqlite3* other = Other();
  EXPECT_EQ(AskInteger(other, "PRAGMA user_version"), 1) << "what it looks at";
  EXPECT_EQ(AskInteger(other, "SELECT count(*) FROM pragma_table_info('cycles')"), 27);
  sqlite3_close(other);
}

}  // namespace
}  // namespace torpor::telemetry
