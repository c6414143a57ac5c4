#include "agent/sent_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/test_folder.h"

namespace torpor::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Each page is of a process of its own: nothing but the file knows of the one before.
class Sent : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> Page(std::vector<std::string> now,
                                              bool taken = true) const {
    SentSeries series(file_);
    auto ended = series.EndedBy(std::move(now));
    if (taken) series.Taken();
    return ended;
  }
  TestFolder folder_;
  std::filesystem::path file_ = folder_ / "series";
};

TEST_F(Sent, AreEndedByThePageThatHasThemNoMore) {
  EXPECT_THAT(Page({"a", "b", "c"}), IsEmpty());
  EXPECT_THAT(Page({"b", "d"}), ElementsAre("a", "c"));
  EXPECT_THAT(Page({"b", "d"}), IsEmpty());
}

// It may have arrived all the same.
TEST_F(Sent, AreEndedAgainUntilAPageIsKnownToHaveArrived) {
  EXPECT_THAT(Page({"a"}), IsEmpty());
  EXPECT_THAT(Page({"b"}, false), ElementsAre("a"));
  EXPECT_THAT(Page({"c"}, false), ElementsAre("a", "b"));
  EXPECT_THAT(Page({"b"}), ElementsAre("a", "c"));
  EXPECT_THAT(Page({"b"}), IsEmpty());
}

TEST_F(Sent, CostNoWriteWhileTheyStayTheSame) {
  (void)Page({"a", "b"});
  const auto written = std::filesystem::last_write_time(file_);
  std::filesystem::last_write_time(file_, written - std::chrono::hours(1));
  (void)Page({"a", "b"});
  EXPECT_EQ(std::filesystem::last_write_time(file_), written - std::chrono::hours(1));
}

TEST_F(Sent, AreForgottenWithADamagedFile) {
  (void)Page({"a", "b"});
  const std::string good = folder_.Slurp("series");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    folder_.Write("series", bad);
    EXPECT_THAT(Page({"c"}), IsEmpty()) << i;
    folder_.Write("series", good.substr(0, i));
    EXPECT_THAT(Page({"c"}), IsEmpty()) << i;
  }
  folder_.Write("series", good);
  EXPECT_THAT(Page({"c"}), ElementsAre("a", "b"));
}

TEST_F(Sent, NeedNoFile) {
  file_ = folder_ / "missing" / "series";
  EXPECT_THAT(Page({"a"}), IsEmpty());
  file_.clear();
  EXPECT_THAT(Page({"b"}), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

}  // namespace
}  // namespace torpor::agent
