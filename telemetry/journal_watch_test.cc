#include "telemetry/journal_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <thread>

#include "core/test_folder.h"
#include "telemetry/journal.h"

namespace torpor::telemetry {
namespace {

using News = JournalWatch::News;
using Steady = std::chrono::steady_clock;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

class JournalWatchTest : public testing::Test {
 protected:
  JournalWatchTest() {
    auto opened = Journal::Open(folder_ / kJournalFile, {});
    EXPECT_TRUE(opened.ok());
    journal_ = std::make_unique<Journal>(*std::move(opened));
  }
  void Commit() {
    CycleCommit commit;
    commit.record.cycle = ++cycle_;
    ASSERT_EQ(journal_->Commit(std::move(commit)), Status::kOk);
  }

  TestFolder folder_;
  std::unique_ptr<Journal> journal_;
  std::uint64_t cycle_ = 0;
};

TEST_F(JournalWatchTest, TellsOfACommitOnceAndWhenItIsOver) {
  JournalWatch watch(folder_);
  const auto began = Steady::now();
  Commit();
  EXPECT_EQ(watch.Wait(30s), News::kWritten);
  EXPECT_GE(Steady::now() - began, JournalWatch::kQuiet);
  EXPECT_EQ(watch.Wait(50ms), News::kNothing) << "it was told already";
}

TEST_F(JournalWatchTest, SaysNothingOfOtherFiles) {
  JournalWatch watch(folder_);
  folder_.Write("activation.json", "{}");
  EXPECT_EQ(watch.Wait(JournalWatch::kQuiet + 100ms), News::kNothing);
}

TEST_F(JournalWatchTest, ForgetsNoCommitWhileItHearsOthers) {
  JournalWatch watch(folder_);
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  ASSERT_EQ(::write(pipe[1], "q", 1), 1);
  Commit();
  EXPECT_EQ(watch.Wait(30s, std::array{pipe[0]}), News::kInput);
  EXPECT_EQ(watch.Wait(30s), News::kWritten);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(JournalWatchTest, EndsWithTheJournalOrItsFolder) {
  JournalWatch watch(folder_);
  std::filesystem::rename(folder_ / kJournalFile, folder_ / "aside");
  EXPECT_EQ(watch.Wait(30s), News::kGone);
  EXPECT_EQ(watch.error(), 0);
  EXPECT_EQ(watch.Wait(30s), News::kGone) << "for ever";

  const TestFolder other;
  JournalWatch moved(other / "none");
  EXPECT_EQ(moved.Wait(30s), News::kGone);
  EXPECT_EQ(moved.error(), ENOENT);
}

}  // namespace
}  // namespace torpor::telemetry
