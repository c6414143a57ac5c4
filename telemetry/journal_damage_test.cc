// A journal that is damaged, before it is opened or under it.
#include <fstream>

#include "telemetry/journal_under_test.h"
#include "telemetry/move_aside.h"

namespace torpor::telemetry {
namespace {

namespace fs = std::filesystem;

class DamagedJournal : public JournalFiles {
 protected:
  // More than SQLite keeps in memory, so that dropping the oldest must read the file.
  static constexpr JournalLimits kLarge{.cycles = 1500, .bytes = 16U << 20U};

  // Up to its limit of cycles; the next one's number.
  static std::uint64_t Fill(Journal& journal) {
    for (std::uint64_t n = 1; n <= kLarge.cycles; ++n) {
      CycleCommit commit{Full(n), {}, {}, {{"same", 7}}};
      commit.record.deviations.assign(4, {Status::kInferLate, std::string(200, 'd')});
      EXPECT_EQ(journal.Commit(std::move(commit)), Status::kOk);
    }
    return kLarge.cycles + 1;
  }
  [[nodiscard]] fs::path With(const std::string& ending) const {
    fs::path longer = path_;
    return longer += ending;
  }
  void Spoil() const {
    for (const fs::path& file : {path_, With("-wal")}) {
      const auto size = fs::file_size(file);
      std::fstream(file, std::ios::in | std::ios::out | std::ios::binary)
          << std::string(size, '\x5a');
    }
  }
  // `next` becomes the number after the one that failed.
  static Status CommitUntilItFails(Journal& journal, std::uint64_t& next) {
    Status status = Status::kOk;
    for (; next < 1600 && status == Status::kOk; ++next) {
      status = journal.Commit({Full(next), {}, {}, {{"same", 7}}});
    }
    return status;
  }
};

TEST_F(DamagedJournal, MovesADamagedFileAsideAndNeverDeletesIt) {
  const std::string rubbish(5000, '?');
  std::ofstream(path_) << rubbish;
  Journal journal = MustOpen();
  ASSERT_TRUE(journal.moved_aside().has_value());
  EXPECT_EQ(journal.moved_aside()->filename(), "journal.sqlite.corrupt-1");
  EXPECT_EQ(fs::file_size(*journal.moved_aside()), rubbish.size());
  EXPECT_EQ(journal.Commit(Plain(1)), Status::kOk);
}

TEST_F(DamagedJournal, FindsADamagedPageAtOpening) {
  {
    Journal journal = MustOpen();
    for (std::uint64_t n = 1; n <= 100; ++n) {
      ASSERT_EQ(journal.Commit({Full(n), {}, {}, {}}), Status::kOk);
    }
  }
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 2; page < 6; ++page) {
      file.seekp(page * 4096);
      file << std::string(4096, '\x5a');
    }
  }
  Journal journal = MustOpen();
  ASSERT_TRUE(journal.moved_aside().has_value());
  EXPECT_EQ(journal.CycleCount(), 0U);
}

TEST_F(DamagedJournal, BeginsAnewWhenTheFileIsDamagedUnderIt) {
  Journal journal = MustOpen(kLarge);
  std::uint64_t n = Fill(journal);
  Spoil();
  const Status status = CommitUntilItFails(journal, n);
  EXPECT_EQ(status, Status::kJournalCorrupt);
  EXPECT_EQ(journal.Counter("same"), 7) << "the new file has what the old one had";
  ASSERT_TRUE(journal.moved_aside().has_value());
  EXPECT_EQ(journal.LastCycle(), n - 1);
  EXPECT_EQ(journal.Commit({Full(n), {}, {}, {}}), Status::kOk);
}

// Nothing that is damaged is deleted; where it cannot be moved aside, cycles wait in
// memory.
TEST_F(DamagedJournal, HoldsCyclesWhileADamagedFileCannotBeMovedAside) {
  Journal journal = MustOpen(kLarge);
  std::uint64_t n = Fill(journal);
  for (int i = 1; i <= kMostMovedAside; ++i) {
    std::ofstream(With(".corrupt-" + std::to_string(i))) << "an older one";
  }
  Spoil();
  const Status status = CommitUntilItFails(journal, n);
  const std::uint64_t first_held = n - 1;
  EXPECT_EQ(status, Status::kIo);
  EXPECT_EQ(journal.Commit({Full(n++), {}, {}, {}}), Status::kIo);
  EXPECT_EQ(journal.Save({}, {{{"same", 7}}}), Status::kJournalCorrupt);
  EXPECT_EQ(Confirm(journal, "nobody"), Status::kJournalCorrupt);
  fs::remove(With(".corrupt-3"));
  EXPECT_EQ(journal.Commit({Full(n), {}, {}, {}}), Status::kJournalCorrupt);
  EXPECT_EQ(journal.moved_aside()->filename(), "journal.sqlite.corrupt-3");
  EXPECT_EQ(journal.CycleCount(), n - first_held + 1) << "all that waited";
  EXPECT_EQ(journal.LastCycle(), n);
}

}  // namespace
}  // namespace torpor::telemetry
