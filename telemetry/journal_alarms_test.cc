#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "telemetry/journal.h"
#include "telemetry/journal_under_test.h"
#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JournalAlarms : public JournalFiles {
 protected:
  void Raise(Journal& journal, std::uint64_t number, Status expected = Status::kOk) {
    CycleCommit commit = Plain(number);
    commit.alarms = {{"a" + std::to_string(number), number, "body"}};
    EXPECT_EQ(journal.Commit(std::move(commit)), expected);
  }
  static std::vector<std::string> ToSend(const Journal& journal, const char* sink,
                                         std::size_t most = 10) {
    std::vector<std::string> ids;
    const auto alarms = journal.ToSend(sink, most);
    EXPECT_TRUE(alarms.ok());
    for (const Alarm& alarm : *alarms) ids.push_back(alarm.id);
    return ids;
  }
  std::int64_t Ask(const char* sql) const {
    sqlite3* other = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    const std::int64_t answer = AskInteger(other, sql);
    sqlite3_close(other);
    return answer;
  }
};

TEST_F(JournalAlarms, KnowOfEachSinkWhatItHasConfirmed) {
  {
    Journal journal = MustOpen();
    journal.DeliverTo({"webhook", "mqtt"});
    for (std::uint64_t n = 1; n <= 3; ++n) Raise(journal, n);
    EXPECT_EQ(journal.Note({{"a1", "webhook", true}, {"a2", "webhook", false}}),
              Status::kOk);
    EXPECT_EQ(journal.Note({{"a1", "mqtt", true}}), Status::kOk);
    EXPECT_EQ(journal.UndeliveredCount(), 2U);
  }
  Journal journal = MustOpen();
  journal.DeliverTo({"webhook", "mqtt"});
  EXPECT_THAT(ToSend(journal, "webhook"), ElementsAre("a3", "a2"));
  EXPECT_THAT(ToSend(journal, "webhook", 1), ElementsAre("a3"));
  EXPECT_THAT(ToSend(journal, "mqtt"), ElementsAre("a2", "a3"));
  EXPECT_EQ(journal.Note({{"a2", "webhook", true}, {"a2", "mqtt", true}}), Status::kOk);
  EXPECT_EQ(journal.Note({{"a2", "mqtt", true}, {"unheard-of", "mqtt", true}}),
            Status::kOk);
  EXPECT_EQ(journal.UndeliveredCount(), 1U);
  EXPECT_EQ(Ask("SELECT refusals FROM alarm_deliveries WHERE sink = 'webhook' AND "
                "alarm = 2"),
            1);
}

// While the disk is held or full, nobody is sent twice what was confirmed, and what waits
// in memory is sent from there.
TEST_F(JournalAlarms, GoOutThoughTheDiskTakesNothing) {
  Journal journal = MustOpen();
  journal.DeliverTo({"webhook"});
  Raise(journal, 1);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(Execute(other, "BEGIN IMMEDIATE"), SQLITE_OK);
  Raise(journal, 2, Status::kJournalOpen);
  EXPECT_EQ(journal.UndeliveredCount(), 2U);
  EXPECT_THAT(ToSend(journal, "webhook"), ElementsAre("a1", "a2"));
  EXPECT_EQ(journal.Note({{"a1", "webhook", true}, {"a2", "webhook", true}}),
            Status::kJournalOpen);
  EXPECT_THAT(ToSend(journal, "webhook"), IsEmpty());
  ASSERT_EQ(Execute(other, "ROLLBACK"), SQLITE_OK);
  sqlite3_close(other);
  // The one that is on the disk is delivered; the other one comes there, and is then.
  EXPECT_EQ(journal.Note({}), Status::kOk);
  EXPECT_EQ(journal.UndeliveredCount(), 1U);
  EXPECT_THAT(ToSend(journal, "webhook"), IsEmpty());
  EXPECT_EQ(journal.Commit(Plain(3)), Status::kOk);
  EXPECT_THAT(ToSend(journal, "webhook"), IsEmpty());
  EXPECT_EQ(journal.Note({}), Status::kOk);
  EXPECT_EQ(journal.UndeliveredCount(), 0U);
  EXPECT_EQ(MustOpen().UndeliveredCount(), 0U);
}

TEST_F(JournalAlarms, TakeWhatIsKnownOfTheirDeliveryWithThem) {
  Journal journal = MustOpen({.cycles = 3});
  journal.DeliverTo({"webhook"});
  for (std::uint64_t n = 1; n <= 10; ++n) {
    Raise(journal, n);
    if (n != 2) {
      EXPECT_EQ(journal.Note({{"a" + std::to_string(n), "webhook", true}}), Status::kOk);
    }
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM alarms"), 4);
  EXPECT_EQ(Ask("SELECT count(*) FROM alarm_deliveries"), 3);
  EXPECT_EQ(Ask("SELECT min(alarm) FROM alarm_deliveries"), 8);
}

// A robot that nobody hears for months: what was measured gives way, alarms never do.
TEST_F(JournalAlarms, ByTheThousandLetTheOldestCyclesGiveWayAndSaySoOnce) {
  constexpr std::uint64_t kBytes = 2U << 20U;
  constexpr std::uint64_t kAlarms = 3000;
  Journal journal = MustOpen({.cycles = 1'000'000, .bytes = kBytes});
  journal.DeliverTo({"webhook"});
  std::vector<std::string> news;
  for (std::uint64_t n = 1; n <= kAlarms; ++n) {
    CycleCommit commit{Full(n), {}, {}, {}};
    commit.alarms = {{"a" + std::to_string(n), n, std::string(600, 'b')}};
    ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk) << n;
    if (auto one = journal.TakeNews(); !one.empty()) news.push_back(std::move(one));
    ASSERT_EQ(journal.CycleCount() + journal.DroppedCycles(), n);
    ASSERT_EQ(journal.Cycles(n, 1)->size(), 1U) << "the newest cycle stays";
  }
  EXPECT_EQ(journal.UndeliveredCount(), kAlarms);
  EXPECT_EQ(ToSend(journal, "webhook", kAlarms).front(), "a1");
  EXPECT_EQ(ToSend(journal, "webhook", kAlarms).size(), kAlarms);
  EXPECT_GT(journal.DroppedCycles(), 0U);
  EXPECT_LT(std::filesystem::file_size(path_), 2 * kBytes);
  ASSERT_EQ(news.size(), 2U);
  EXPECT_THAT(news[0], testing::HasSubstr("the oldest cycles give way"));
  EXPECT_THAT(news[1], testing::HasSubstr("undelivered alarms fill the journal"));
  // With them delivered it is a journal of cycles again.
  while (journal.UndeliveredCount() > 0) {
    std::vector<Delivery> deliveries;
    for (const auto& id : ToSend(journal, "webhook", 500)) {
      deliveries.push_back({id, "webhook", true});
    }
    ASSERT_EQ(journal.Note(std::move(deliveries)), Status::kOk);
  }
  for (std::uint64_t n = kAlarms + 1; n <= kAlarms + 200; ++n) {
    ASSERT_EQ(journal.Commit(Plain(n)), Status::kOk);
  }
  EXPECT_GT(journal.CycleCount(), 150U);
}

TEST_F(JournalAlarms, ThatFillItToTheLastPageAreAllDeliveredAndMakeRoomAgain) {
  constexpr std::uint64_t kBytes = 256U << 10U;
  Journal journal = MustOpen({.cycles = 1'000'000, .bytes = kBytes});
  journal.DeliverTo({"webhook", "mqtt"});
  std::uint64_t n = 0;
  int refused = 0;
  while (refused < 5 && n < 5000) {
    CycleCommit commit = Plain(++n);
    const std::size_t bytes = refused == 0 ? 600 : 20'000;
    commit.alarms = {{"a" + std::to_string(n), n, std::string(bytes, 'b')}};
    if (journal.Commit(std::move(commit)) == Status::kJournalFull) ++refused;
  }
  EXPECT_EQ(journal.held(), 5U);
  EXPECT_EQ(journal.UndeliveredCount(), n) << "those held in memory among them";
  EXPECT_LE(std::filesystem::file_size(path_), 2 * kBytes);
  // Until no page is left that anything could be written to.
  for (const std::size_t bytes : {2000U, 200U}) {
    Status saved = Status::kOk;
    for (int i = 0; i < 5000 && saved == Status::kOk; ++i) {
      const std::string key = std::to_string(bytes) + "-" + std::to_string(i);
      saved = journal.Save(std::array{StateEntry{key, std::vector<std::byte>(bytes)}});
    }
    EXPECT_EQ(saved, Status::kJournalFull);
  }
  const std::uint64_t raised = n;
  // One sink has confirmed all before the other confirms any: nothing can go yet.
  for (const char* sink : {"webhook", "mqtt"}) {
    std::vector<std::string> sent;
    for (std::uint64_t i = 0; i < raised; ++i) {
      std::vector<Delivery> deliveries;
      for (const auto& id : ToSend(journal, sink, 8)) {
        sent.push_back(id);
        deliveries.push_back({id, sink, true});
      }
      if (deliveries.empty()) break;
      EXPECT_EQ(journal.Note(std::move(deliveries)), Status::kOk);
    }
    EXPECT_EQ(sent.size(), raised) << "each once";
    EXPECT_EQ(sent.front(), "a1");
    EXPECT_EQ(sent.back(), "a" + std::to_string(raised));
  }
  EXPECT_EQ(journal.Commit(Plain(++n)), Status::kOk) << "there is room again";
  EXPECT_EQ(journal.held(), 0U);
  EXPECT_EQ(journal.Note({}), Status::kOk);
  EXPECT_EQ(journal.UndeliveredCount(), 0U);
  EXPECT_LE(std::filesystem::file_size(path_), 2 * kBytes + 64U * 4096U);
}

TEST_F(JournalAlarms, AJournalOfBeforeIsGivenTheTable) {
  {
    Journal journal = MustOpen();
    Raise(journal, 1);
  }
  EXPECT_EQ(Ask("DROP TABLE alarm_deliveries"), -1);
  EXPECT_EQ(Ask("DROP TRIGGER IF EXISTS deliveries_go_with_their_alarm"), -1);
  Journal journal = MustOpen();
  journal.DeliverTo({"webhook"});
  EXPECT_THAT(ToSend(journal, "webhook"), ElementsAre("a1"));
  EXPECT_EQ(journal.Note({{"a1", "webhook", true}}), Status::kOk);
  EXPECT_EQ(journal.UndeliveredCount(), 0U);
}

TEST_F(JournalAlarms, AreListedFromACycleOnThoseThatWereDeliveredToo) {
  Journal journal = MustOpen();
  for (const std::uint64_t cycle : {1U, 2U, 3U}) {
    CycleCommit commit = Plain(cycle);
    commit.alarms = {{"alarm-" + std::to_string(cycle), cycle, "words"}};
    ASSERT_EQ(journal.Commit(std::move(commit)), Status::kOk);
  }
  ASSERT_EQ(Confirm(journal, "alarm-2"), Status::kOk);
  const auto alarms = journal.Alarms(2, 9);
  ASSERT_TRUE(alarms.ok());
  ASSERT_EQ(alarms->size(), 2U);
  EXPECT_EQ((*alarms)[0].alarm.id, "alarm-2");
  EXPECT_TRUE((*alarms)[0].delivered);
  EXPECT_EQ((*alarms)[1].alarm.body, "words");
  EXPECT_FALSE((*alarms)[1].delivered);
  EXPECT_EQ(journal.Alarms(0, 1)->size(), 1U);
}

}  // namespace
}  // namespace torpor::telemetry
