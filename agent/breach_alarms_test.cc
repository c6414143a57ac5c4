#include "agent/breach_alarms.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "agent/robot_under_test.h"
#include "core/json_hosted.h"
#include "telemetry/metric_set.h"

namespace torpor::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BreachRobot : public RobotTest {
 protected:
  [[nodiscard]] std::vector<telemetry::Alarm> Raised() const {
    const auto journal = telemetry::JournalReader::Open(folder_ / "journal.sqlite");
    EXPECT_TRUE(journal.ok());
    return *journal->Undelivered(100);
  }
};

TEST_F(BreachRobot, AContractThatIsBrokenThriceInARowIsOneAlarm) {
  world_.wakeups = 2;
  const auto records = Run(12);
  const auto raised = Raised();
  ASSERT_EQ(raised.size(), 1U);
  const auto body = nlohmann::json::parse(raised[0].body);
  EXPECT_EQ(body["id"], raised[0].id);
  EXPECT_EQ(body["kind"], "contract");
  EXPECT_EQ(body["robot"], "r-17");
  EXPECT_EQ(body["clause"], "wakeups");
  EXPECT_EQ(body["measured"], 2);
  EXPECT_EQ(body["allowed"], 0);
  EXPECT_EQ(body["allowed_is"], "most");
  EXPECT_EQ(body["unit"], "wake-ups asleep");
  EXPECT_EQ(body["contract"], records[0].contract);
  EXPECT_EQ(body["because"],
            "wakeups: there were 2 wake-ups asleep, at most 0 wake-ups asleep allowed; 3 "
            "cycles in a row");
  // The first cycle began without a sleep of its own, and was kept or not measured.
  const auto since = body["since_cycle"].get<std::uint64_t>();
  EXPECT_EQ(body["cycle"], since + 2);
  EXPECT_EQ(body["since_unix_s"], records.at(since - 1).wall_us / 1'000'000);
  EXPECT_THAT(raised[0].id, HasSubstr("r-17-" + records[0].contract + "-"));
}

TEST_F(BreachRobot, ARestartInAnEpisodeRaisesNoSecondAlarm) {
  world_.wakeups = 2;
  (void)Run(5);
  EXPECT_EQ(Raised().size(), 1U);
  for (int i = 0; i < 3; ++i) (void)Run(5);
  EXPECT_EQ(Raised().size(), 1U);
  // Nor do restarts in each cycle hide it that a contract is broken.
  world_.wakeups = 0;
  (void)Run(12);
  world_.wakeups = 2;
  for (int i = 0; i < 8; ++i) (void)Run(2);
  EXPECT_EQ(Raised().size(), 2U);
  std::set<std::string> ids;
  for (const auto& alarm : Raised()) ids.insert(alarm.id);
  EXPECT_EQ(ids.size(), 2U) << "another episode has another id";
}

TEST_F(BreachRobot, ARobotThatKeepsItsContractRaisesNone) {
  (void)Run(12);
  EXPECT_THAT(Raised(), IsEmpty());
}

class BreachAlarmsTest : public testing::Test {
 protected:
  BreachAlarmsTest()
      : journal_(*telemetry::Journal::Open(folder_ / "journal.sqlite", {})) {}

  static std::size_t Break(BreachAlarms& alarms, int cycles) {
    std::size_t begun = 0;
    for (int i = 0; i < cycles; ++i) {
      cycle::Judgement judgement;
      judgement[0] = {true, {9, 8, "s"}};
      begun += alarms.Take({}, judgement).size();
    }
    return begun;
  }
  void Save(const telemetry::StateEntry& entry) {
    ASSERT_EQ(journal_.Save(std::span(&entry, 1)), Status::kOk);
  }

  TestFolder folder_;
  telemetry::Journal journal_;
};

TEST_F(BreachAlarmsTest, AreOfOneContract) {
  BreachAlarms first(journal_, "aaaa");
  EXPECT_EQ(Break(first, 4), 1U);
  Save(first.Save());
  BreachAlarms same(journal_, "aaaa");
  EXPECT_EQ(Break(same, 4), 0U);
  BreachAlarms other(journal_, "bbbb");
  EXPECT_EQ(Break(other, 2), 0U);
  EXPECT_EQ(Break(other, 2), 1U);
}

TEST_F(BreachAlarmsTest, BeginAnewWhereWhatIsRememberedCannotBeRead) {
  for (const char* bad :
       {"", "{", "[]", "{\"contract\":\"aaaa\"}",
        "{\"contract\":\"aaaa\",\"episodes\":[[1,2,true,4,5]]}",
        "{\"contract\":\"aaaa\",\"episodes\":[0,1,2,3,4,5]}",
        "{\"contract\":\"aaaa\",\"episodes\":[[3,0,\"yes\",1,1],[],[],[],[],[]]}"}) {
    const auto bytes = AsBytes(std::string_view(bad));
    Save({"breach-episodes", {bytes.begin(), bytes.end()}});
    BreachAlarms alarms(journal_, "aaaa");
    EXPECT_EQ(Break(alarms, 3), 1U) << bad;
  }
}

// Names reach sinks and people's scripts; clauses are called as in the metrics.
TEST(BreachAlarm, HasTheFieldsThatItsDocumentLists) {
  std::ifstream document(TORPOR_SOURCE_DIR "/docs/journal.md");
  const std::string text{std::istreambuf_iterator<char>(document), {}};
  const std::string metrics = telemetry::MetricPage({});
  for (std::size_t i = 0; i < cycle::kClauses; ++i) {
    cycle::Opened opened;
    opened.clause = static_cast<cycle::Clause>(i);
    const auto body = nlohmann::json::parse(BreachAlarm("r-17", {}, opened).body);
    for (const auto& [name, value] : body.items()) {
      EXPECT_THAT(text, HasSubstr("| `" + name + "` |")) << name;
    }
    EXPECT_THAT(metrics, HasSubstr("clause=" + body["clause"].dump()));
  }
}

}  // namespace
}  // namespace torpor::agent
