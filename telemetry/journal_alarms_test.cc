#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace torpor::telemetry
