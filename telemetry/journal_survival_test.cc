// What Commit() called done is there afterwards: the power cut at every write, kill -9 at
// random moments, and a disk that is full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "core/test_folder.h"
#include "telemetry/journal.h"
#include "telemetry/power_cut_disk.h"

namespace torpor::telemetry {
namespace {

namespace fs = std::filesystem;

// Its folder exists; the file itself never does, the disk of the test is in memory.
const char* const kOnTheDisk = "/torpor-journal-that-is-in-memory";

// Everything a cycle leaves says the cycle's number, so that a mixture shows.
CycleCommit Numbered(std::uint64_t n) {
  CycleCommit commit;
  commit.record.cycle = n;
  commit.record.contract = std::string(16, 'c');
  commit.record.deviations = {{Status::kInferLate, "cycle " + std::to_string(n)}};
  commit.counters = {{"newest", static_cast<std::int64_t>(n)}};
  commit.state = {
      {"newest", std::vector<std::byte>(1 + n % 7, static_cast<std::byte>(n))}};
  if (n % 5 == 0) commit.alarms = {{"alarm " + std::to_string(n), n, "body"}};
  return commit;
}

// Whole cycles up to `last`, without a gap, and nothing that speaks of another moment.
void ExpectWholeUpTo(const JournalReader& journal, std::uint64_t last) {
  const auto cycles = journal.Cycles(0, 1'000'000);
  ASSERT_TRUE(cycles.ok());
  ASSERT_EQ(journal.LastCycle(), last);
  EXPECT_EQ(cycles->size() + journal.DroppedCycles(), last);
  std::uint64_t expected = last - cycles->size();
  for (const CycleRecord& record : *cycles) {
    ASSERT_EQ(record.cycle, ++expected);
    ASSERT_EQ(record.deviations.size(), 1U);
    ASSERT_EQ(record.deviations.front().detail, "cycle " + std::to_string(record.cycle));
  }
  EXPECT_EQ(journal.UndeliveredCount(), last / 5);
  if (last == 0) return;
  ASSERT_EQ(journal.Counter("newest"), static_cast<std::int64_t>(last));
  ASSERT_EQ(journal.State("newest"),
            std::vector<std::byte>(1 + last % 7, static_cast<std::byte>(last)));
}

class JournalSurvival : public ::testing::TestWithParam<Unsynced> {};

// Opens, commits, carries the log over twice and drops the oldest; says how far it came.
std::uint64_t Live(PowerCutDisk& disk) {
  constexpr std::uint64_t kCycles = 30;
  auto journal = Journal::Open(kOnTheDisk, {.cycles = 20, .bytes = 1U << 20U});
  std::uint64_t done = 0;
  while (journal.ok() && !disk.is_off() && done < kCycles) {
    if (journal->Commit(Numbered(done + 1)) != Status::kOk) break;
    ++done;
  }
  return done;
}

TEST_P(JournalSurvival, KeepsWhatWasCommittedWhereverThePowerIsCut) {
  std::mt19937 random(20250317);
  std::uint64_t cuts = 0;
  for (std::uint64_t at = 1;; ++at) {
    PowerCutDisk disk;
    disk.CutAt(at);
    const std::uint64_t done = Live(disk);
    if (!disk.is_off()) break;
    ++cuts;
    disk.PowerOn(GetParam(), random);
    auto journal = Journal::Open(kOnTheDisk, {.cycles = 20, .bytes = 1U << 20U});
    ASSERT_TRUE(journal.ok()) << "cut at " << at << ": "
                              << static_cast<int>(journal.status());
    ASSERT_FALSE(journal->moved_aside().has_value()) << "cut at " << at;
    // The one that was being written may have made it.
    const std::uint64_t last = journal->LastCycle();
    ASSERT_TRUE(last == done || last == done + 1)
        << "cut at " << at << ", committed " << done << ", there is " << last;
    ExpectWholeUpTo(*journal, last);
    ASSERT_EQ(journal->Commit(Numbered(last + 1)), Status::kOk) << "cut at " << at;
    ExpectWholeUpTo(*journal, last + 1);
    if (HasFatalFailure()) FAIL() << "cut at " << at;
  }
  EXPECT_GT(cuts, 300U);
  std::cerr << cuts << " cuts\n";
}

std::string NameOfFate(const ::testing::TestParamInfo<Unsynced>& info) {
  return info.param == Unsynced::kLost   ? "UnsyncedIsLost"
         : info.param == Unsynced::kKept ? "UnsyncedIsKept"
                                         : "UnsyncedIsTorn";
}
INSTANTIATE_TEST_SUITE_P(PowerCut, JournalSurvival,
                         ::testing::Values(Unsynced::kLost, Unsynced::kKept,
                                           Unsynced::kTorn),
                         NameOfFate);

TEST(JournalDurability, SyncsEveryCommitAlsoAfterReopening) {
  PowerCutDisk disk;
  for (std::uint64_t n = 1; n <= 6; ++n) {
    auto journal = Journal::Open(kOnTheDisk, {});
    ASSERT_TRUE(journal.ok());
    const std::uint64_t before = disk.syncs();
    ASSERT_EQ(journal->Commit(Numbered(n)), Status::kOk);
    EXPECT_GT(disk.syncs(), before);
  }
}

TEST(JournalDurability, RefusesADiskThatCannotKeepALog) {
  PowerCutDisk disk;
  disk.ForbidLog();
  EXPECT_EQ(Journal::Open(kOnTheDisk, {}).status(), Status::kJournalNotDurable);
}

TEST(JournalOnAFullDisk, HoldsWhatItCannotWriteAndWritesItLater) {
  PowerCutDisk disk;
  auto journal = Journal::Open(kOnTheDisk, {});
  ASSERT_TRUE(journal.ok());
  std::uint64_t n = 1;
  for (; n <= 30; ++n) ASSERT_EQ(journal->Commit(Numbered(n)), Status::kOk);
  disk.SetRoom(disk.bytes());
  Status status = Status::kOk;
  for (; n <= 1000 && status == Status::kOk; ++n) status = journal->Commit(Numbered(n));
  ASSERT_EQ(status, Status::kJournalFull);
  for (int more = 0; more < 10; ++more, ++n) {
    ASSERT_EQ(journal->Commit(Numbered(n)), Status::kJournalFull);
  }
  EXPECT_EQ(journal->held(), 11U);
  EXPECT_EQ(journal->failures(), 11U);
  EXPECT_EQ(journal->Save({}, {}), Status::kOk);  // asks for no room
  ExpectWholeUpTo(*journal, n - 12);

  disk.SetRoom(std::numeric_limits<std::size_t>::max());
  ASSERT_EQ(journal->Commit(Numbered(n)), Status::kOk);
  EXPECT_EQ(journal->held(), 0U);
  EXPECT_EQ(journal->LostCycles(), 0U);
  ExpectWholeUpTo(*journal, n);
}

TEST(JournalOnAFullDisk, CountsWhatItCouldNotHoldAndKeepsItsAlarms) {
  PowerCutDisk disk;
  auto journal = Journal::Open(kOnTheDisk, {});
  ASSERT_TRUE(journal.ok());
  disk.SetRoom(disk.bytes());
  constexpr std::uint64_t kMore = Journal::kMostHeld + 100;
  std::uint64_t refused = 0;
  for (std::uint64_t n = 1; refused < kMore; ++n) {
    refused += journal->Commit(Numbered(n)) == Status::kJournalFull ? 1U : 0U;
  }
  EXPECT_EQ(journal->held(), Journal::kMostHeld);
  const std::uint64_t written = journal->LastCycle();
  disk.SetRoom(std::numeric_limits<std::size_t>::max());
  ASSERT_EQ(journal->Commit(Numbered(written + kMore + 1)), Status::kOk);
  EXPECT_EQ(journal->LostCycles(), 101U);
  EXPECT_EQ(journal->CycleCount(), written + Journal::kMostHeld);
  EXPECT_EQ(journal->UndeliveredCount(), (written + kMore + 1) / 5);
}

// A folder of its own for each test, gone afterwards.
class JournalFile : public ::testing::Test {
 protected:
  TestFolder folder_{TestFolder::InMemory()};  // a kill takes nothing from memory
  const fs::path path_ = folder_ / "journal.sqlite";
};

// Commits for ever, and says each time that it has.
[[noreturn]] void CommitUntilKilled(const fs::path& path, int say) {
  auto journal = Journal::Open(path, {.cycles = 300, .bytes = 1U << 20U});
  if (!journal.ok()) ::_exit(1);
  for (std::uint64_t n = journal->LastCycle() + 1;; ++n) {
    if (journal->Commit(Numbered(n)) != Status::kOk) ::_exit(2);
    if (::write(say, &n, sizeof n) != sizeof n) ::_exit(3);
  }
}

TEST_F(JournalFile, SurvivesBeingKilledAtAnyMoment) {
  constexpr std::uint32_t kSeed = 4711;
  std::cerr << "seed " << kSeed << "\n";
  std::mt19937 random(kSeed);
  std::uint64_t last = 0;
  for (int round = 0; round < 60; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      CommitUntilKilled(path_, ends[1]);
    }
    ::close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself, " << WEXITSTATUS(status);
    std::uint64_t said = last;
    while (::read(ends[0], &said, sizeof said) == sizeof said) last = said;
    ::close(ends[0]);

    auto journal = Journal::Open(path_, {.cycles = 300, .bytes = 1U << 20U});
    ASSERT_TRUE(journal.ok()) << "round " << round;
    ASSERT_FALSE(journal->moved_aside().has_value()) << "round " << round;
    const std::uint64_t found = journal->LastCycle();
    ASSERT_TRUE(found == last || found == last + 1)
        << "round " << round << ", said " << last << ", there is " << found;
    ExpectWholeUpTo(*journal, found);
    if (HasFatalFailure()) FAIL() << "round " << round;
    last = found;
  }
  EXPECT_GT(last, 60U);
}

// Commits until the journal says that it is full; the exit status says how that went.
[[noreturn]] void CommitUntilFull(const fs::path& path, rlim_t most_bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{most_bytes, most_bytes};
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(1);
  auto journal = Journal::Open(path, {});
  if (!journal.ok()) ::_exit(2);
  Status status = Status::kOk;
  std::uint64_t n = 1;
  for (; n <= 5000 && status == Status::kOk; ++n) status = journal->Commit(Numbered(n));
  if (status != Status::kJournalFull) ::_exit(3);
  ::_exit(journal->LastCycle() == n - 2 ? 0 : 4);
}

TEST_F(JournalFile, TakesALimitOnTheFileSizeForAFullDisk) {
  // The one meets the log while it grows, the other the file when the log is carried
  // over.
  for (const rlim_t most_bytes : {rlim_t{200 * 1024}, rlim_t{400 * 1024}}) {
    const fs::path path = folder_ / std::to_string(most_bytes);
    const pid_t child = ::fork();
    if (child == 0) CommitUntilFull(path, most_bytes);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0) << most_bytes;
    auto journal = Journal::Open(path, {});
    ASSERT_TRUE(journal.ok());
    const std::uint64_t last = journal->LastCycle();
    EXPECT_GT(last, 3U);
    ExpectWholeUpTo(*journal, last);
    EXPECT_EQ(journal->Commit(Numbered(last + 1)), Status::kOk);
  }
}

}  // namespace
}  // namespace torpor::telemetry
