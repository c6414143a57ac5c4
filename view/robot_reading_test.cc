#include "view/robot_reading.h"

#include <gtest/gtest.h>

#include <memory>

#include "contract/test_terms.h"
#include "core/test_folder.h"
#include "simulate/run_folder.h"
#include "telemetry/journal.h"
#include "telemetry/journal_watch.h"

namespace torpor::view {
namespace {

class RobotReadingTest : public testing::Test {
 protected:
  RobotReadingTest() {
    auto opened = telemetry::Journal::Open(folder_ / telemetry::kJournalFile, {});
    EXPECT_TRUE(opened.ok());
    journal_ = std::make_unique<telemetry::Journal>(*std::move(opened));
  }
  void Cycle(std::uint64_t number, std::vector<telemetry::Alarm> alarms = {}) const {
    telemetry::CycleCommit commit;
    commit.record.cycle = number;
    commit.record.woke = FromMicroseconds(static_cast<std::int64_t>(number) * 10'000'000);
    commit.record.wall_us = wall_ + static_cast<std::int64_t>(number) * 10'000'000;
    commit.record.deviations = {{Status::kLinkDown, "no\x1b[31m answer"}};
    commit.alarms = std::move(alarms);
    ASSERT_EQ(journal_->Commit(std::move(commit)), Status::kOk);
  }

  TestFolder folder_;
  std::unique_ptr<telemetry::Journal> journal_;
  std::int64_t wall_ = 1'796'071'316'000'000;
};

TEST_F(RobotReadingTest, ReadsOnWhereItWas) {
  auto reader = RobotReader::Open(folder_, {});
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->reading().last(), nullptr);
  Cycle(1);
  Cycle(2);
  EXPECT_TRUE(*reader->ReadOn());
  EXPECT_FALSE(*reader->ReadOn());
  Cycle(3);
  EXPECT_TRUE(*reader->ReadOn());
  ASSERT_EQ(reader->reading().cycles.size(), 3U);
  EXPECT_EQ(reader->reading().last()->cycle, 3U);
  EXPECT_EQ(reader->reading().last()->deviations[0].detail, "no?[31m answer");
  EXPECT_FALSE(reader->reading().terms.ok()) << "there is no bundle";
  EXPECT_FALSE(reader->reading().simulated);
}

TEST_F(RobotReadingTest, ReadsAlarmsWhateverTheirBodiesSay) {
  Cycle(1,
        {{"a", 1, R"({"kind":"bearing","robot":"r-1\u001b","what":"w","because":"b"})"}});
  Cycle(2, {{"b", 2, "rubbish"}, {"c", 2, R"({"kind":5,"what":["x"]})"}});
  const auto reader = RobotReader::Open(folder_, {});
  ASSERT_TRUE(reader.ok());
  const RobotReading& reading = reader->reading();
  EXPECT_EQ(reading.undelivered, 3U);
  ASSERT_EQ(reading.alarms.size(), 3U);
  EXPECT_EQ(reading.alarms[0].kind, "");
  ASSERT_TRUE(reading.episode.has_value());
  EXPECT_EQ(reading.episode->cycle, 1U);
  EXPECT_EQ(reading.robot, "r-1?");
}

TEST_F(RobotReadingTest, KnowsALifeOfCompressedTime) {
  wall_ = simulate::kRunBegins;
  Cycle(1);
  const auto reader = RobotReader::Open(folder_, contract::GoodTerms());
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(reader->reading().simulated);
  EXPECT_EQ(reader->reading().terms->period, contract::GoodTerms().period);
}

TEST_F(RobotReadingTest, RefusesWhatIsNoJournal) {
  EXPECT_EQ(RobotReader::Open(folder_ / "none", {}).status(), Status::kFileMissing);
  const TestFolder junk;
  junk.Write(telemetry::kJournalFile, std::string(8192, 'x'));
  EXPECT_FALSE(RobotReader::Open(junk, {}).ok());
}

}  // namespace
}  // namespace torpor::view
