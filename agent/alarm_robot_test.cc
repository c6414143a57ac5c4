#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "agent/robot_under_test.h"

// What a robot does with the alarms in its journal at the end of a cycle.
namespace torpor::agent {
namespace {

using telemetry::Alarm;
using telemetry::AlarmSink;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScriptedSink final : public AlarmSink {
 public:
  [[nodiscard]] std::string_view name() const override { return "webhook"; }
  [[nodiscard]] Sent Send(std::span<const Alarm> alarms, Milliseconds time) override {
    given = time;
    if (on_send) on_send();
    if (down) return {{}, Status::kGatewayTimeout, "no answer in time"};
    Sent sent;
    for (const Alarm& alarm : alarms) {
      heard.push_back(alarm.id);
      sent.alarms.push_back({true, {}});
    }
    return sent;
  }

  bool down = false;
  Milliseconds given{};
  std::vector<std::string> heard;
  std::function<void()> on_send;
};

class AlarmRobot : public RobotTest {
 protected:
  AlarmRobot() {
    auto sink = std::make_unique<ScriptedSink>();
    sink_ = sink.get();
    sinks_.push_back(std::move(sink));
    auto journal = telemetry::Journal::Open(folder_ / "journal.sqlite", {});
    telemetry::CycleCommit commit;
    commit.record.cycle = 1;
    commit.alarms = {{"r-17-0123-1", 1, "{}"}};
    EXPECT_EQ(journal->Commit(std::move(commit)), Status::kOk);
  }

  ScriptedSink* sink_ = nullptr;
};

TEST_F(AlarmRobot, SendsAnAlarmBeforeThePageWhichKnowsOfItsDelivery) {
  std::uint64_t pushed = 99;
  sink_->on_send = [&] { pushed = gateway_.pushes(); };
  (void)Run(2);
  EXPECT_EQ(pushed, 0U);
  EXPECT_THAT(sink_->heard, ElementsAre("r-17-0123-1"));
  ASSERT_EQ(gateway_.pages().size(), 2U);
  EXPECT_THAT(gateway_.pages()[0].body, HasSubstr("\ntorpor_store_records 0\n"));
  (void)Run(1);
  EXPECT_EQ(sink_->heard.size(), 1U) << "nor after a restart";
}

TEST_F(AlarmRobot, SaysOnceThatItsJournalIsFullAndKeepsTheAlarm) {
  sink_->down = true;
  limits_.cycles = 3;
  int told = 0;
  for (const auto& record : Run(8)) {
    for (const auto& deviation : record.deviations) {
      if (deviation.what != Status::kJournalFull) continue;
      ++told;
      EXPECT_THAT(deviation.detail,
                  HasSubstr("the oldest cycles give way, 1 undelivered"));
      EXPECT_EQ(record.cycle, 5U) << "found with the fourth";
    }
  }
  EXPECT_EQ(told, 1);
  sink_->down = false;
  (void)Run(1);
  EXPECT_THAT(sink_->heard, ElementsAre("r-17-0123-1"));
}

TEST_F(AlarmRobot, HoldsTheNetworkWhileItSendsAndNotBeyond) {
  std::size_t open = 0;
  sink_->on_send = [&] { open = leases_.open(); };
  (void)Run(1, [&](std::size_t) { EXPECT_EQ(leases_.open(), 0U); });
  EXPECT_EQ(open, 1U);
}

TEST_F(AlarmRobot, ASinkThatIsDownIsNamedAndDelaysNeitherPageNorSleep) {
  sink_->down = true;
  const auto records = Run(3);
  EXPECT_EQ(gateway_.pushes(), 3U);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_FALSE(Has(records[0], Status::kAlarmSinkDown)) << "found after its commit";
  ASSERT_TRUE(Has(records[1], Status::kAlarmSinkDown));
  for (const auto& deviation : records[1].deviations) {
    if (deviation.what != Status::kAlarmSinkDown) continue;
    EXPECT_EQ(deviation.detail, "webhook: no answer in time");
  }
  EXPECT_THAT(gateway_.pages().back().body,
              HasSubstr("torpor_link_errors_total{link=\"network\"} 3\n"));
  EXPECT_THAT(gateway_.pages().back().body, HasSubstr("\ntorpor_store_records 1\n"));
  EXPECT_GT(sink_->given, Milliseconds(0));
  EXPECT_LE(2 * sink_->given, terms().report);
}

}  // namespace
}  // namespace torpor::agent
