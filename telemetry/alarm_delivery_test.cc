#include "telemetry/alarm_delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <thread>

#include "telemetry/journal_under_test.h"

namespace torpor::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Takes what it is given, or is down, or dislikes some.
class FakeSink final : public AlarmSink {
 public:
  explicit FakeSink(std::string name) : name_(std::move(name)) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Sent Send(std::span<const Alarm> alarms, Milliseconds time) override {
    ++calls;
    given = time;
    if (wastes) std::this_thread::sleep_for(time);
    Sent sent;
    for (const Alarm& alarm : alarms) {
      if (down) {
        sent.status = Status::kGatewayUnreachable;
        sent.detail = "nobody there";
        return sent;
      }
      asked.push_back(alarm.id);
      if (disliked.contains(alarm.id)) {
        sent.alarms.push_back({false, "ugly"});
        continue;
      }
      heard.push_back(alarm.id);
      if (deaf_after == heard.size()) {
        sent.status = Status::kGatewayTimeout;
        return sent;
      }
      sent.alarms.push_back({true, {}});
    }
    return sent;
  }

  bool down = false, wastes = false;
  std::set<std::string> disliked;
  std::size_t deaf_after = 0;  // takes that one and does not say so; 0: never
  int calls = 0;
  Milliseconds given{};
  std::vector<std::string> asked, heard;

 private:
  std::string name_;
};

class AlarmDeliveryTest : public JournalFiles {
 protected:
  AlarmDeliveryTest() {
    for (const char* name : {"webhook", "mqtt"}) {
      auto sink = std::make_unique<FakeSink>(name);
      (sinks_.empty() ? first_ : second_) = sink.get();
      sinks_.push_back(std::move(sink));
    }
  }

  // As torpord begins: whatever is not on the disk is forgotten.
  void Start() {
    delivery_.reset();
    journal_.reset();
    journal_ = std::make_unique<Journal>(MustOpen());
    delivery_ = std::make_unique<AlarmDelivery>(*journal_, sinks_);
  }
  void Raise(int count) {
    for (int i = 0; i < count; ++i) {
      CycleCommit commit = Plain(++cycle_);
      commit.alarms = {{std::to_string(cycle_), cycle_, "body"}};
      ASSERT_EQ(journal_->Commit(std::move(commit)), Status::kOk);
    }
  }
  std::vector<SinkTrouble> Deliver() { return delivery_->Deliver(Milliseconds(10'000)); }

  AlarmSinks sinks_;
  FakeSink *first_ = nullptr, *second_ = nullptr;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<AlarmDelivery> delivery_;
  std::uint64_t cycle_ = 0;
};

TEST_F(AlarmDeliveryTest, SendsEachAlarmOnceToEachSinkOldestFirst) {
  Start();
  EXPECT_FALSE(delivery_->due());
  Raise(3);
  EXPECT_TRUE(delivery_->due());
  EXPECT_THAT(Deliver(), IsEmpty());
  EXPECT_THAT(first_->heard, ElementsAre("1", "2", "3"));
  EXPECT_THAT(second_->heard, ElementsAre("1", "2", "3"));
  EXPECT_FALSE(delivery_->due());
  Start();
  EXPECT_FALSE(delivery_->due()) << "what was acknowledged is not sent after a restart";
  EXPECT_THAT(Deliver(), IsEmpty());
  EXPECT_EQ(first_->calls, 1);
}

TEST_F(AlarmDeliveryTest, ASinkThatWorksIsNotSentAgainWhatAnotherLacks) {
  Start();
  second_->down = true;
  Raise(2);
  for (int i = 0; i < 3; ++i) {
    const auto troubles = Deliver();
    ASSERT_EQ(troubles.size(), 1U);
    EXPECT_EQ(troubles[0].what, Status::kAlarmSinkDown);
    EXPECT_EQ(troubles[0].detail, "mqtt: nobody there");
  }
  Start();
  (void)Deliver();
  EXPECT_THAT(first_->heard, ElementsAre("1", "2"));
  EXPECT_EQ(second_->calls, 4) << "once a cycle";
  EXPECT_EQ(journal_->UndeliveredCount(), 2U);
  second_->down = false;
  EXPECT_THAT(Deliver(), IsEmpty());
  EXPECT_THAT(second_->heard, ElementsAre("1", "2"));
  EXPECT_EQ(journal_->UndeliveredCount(), 0U);
}

TEST_F(AlarmDeliveryTest, WhatWasTakenAndNotConfirmedIsSentAgain) {
  Start();
  Raise(3);
  first_->deaf_after = 2;
  EXPECT_EQ(Deliver().size(), 1U);
  first_->deaf_after = 0;
  EXPECT_THAT(Deliver(), IsEmpty());
  EXPECT_THAT(first_->heard, ElementsAre("1", "2", "2", "3"));
}

TEST_F(AlarmDeliveryTest, SendsNoMoreThanItMayInACycle) {
  Start();
  Raise(2 * AlarmDelivery::kMostAtOnce + 1);
  for (const std::size_t sent : {8U, 16U, 17U}) {
    (void)Deliver();
    EXPECT_EQ(first_->heard.size(), sent);
  }
  EXPECT_FALSE(delivery_->due());
}

TEST_F(AlarmDeliveryTest, OneThatIsRefusedStaysBehindTheOthersAndIsNeverGivenUp) {
  Start();
  first_->disliked = {"1", "2"};
  Raise(4);
  const auto troubles = Deliver();
  ASSERT_EQ(troubles.size(), 2U);
  EXPECT_EQ(troubles[0].what, Status::kAlarmRefused);
  EXPECT_EQ(troubles[0].detail, "webhook: 1: ugly");
  EXPECT_THAT(first_->asked, ElementsAre("1", "2", "3", "4"));
  Raise(1);
  // One of them each time, in turn, and behind what is new.
  for (int i = 0; i < 4; ++i) (void)Deliver();
  EXPECT_THAT(first_->asked, ElementsAre("1", "2", "3", "4", "5", "1", "2", "1", "2"));
  Start();
  first_->disliked.clear();
  (void)Deliver();
  (void)Deliver();
  EXPECT_FALSE(delivery_->due());
  EXPECT_THAT(first_->heard, ElementsAre("3", "4", "5", "1", "2"));
}

TEST_F(AlarmDeliveryTest, ADeadSinkTakesItsShareOfTheTimeAndNoMore) {
  Start();
  Raise(1);
  first_->down = first_->wastes = true;
  (void)delivery_->Deliver(Milliseconds(400));
  EXPECT_LE(first_->given, Milliseconds(200));
  EXPECT_GT(first_->given, Milliseconds(0));
  EXPECT_LE(second_->given, Milliseconds(200));
  // With the first one satisfied the second has all of it.
  first_->down = first_->wastes = false;
  (void)Deliver();
  Raise(1);
  second_->down = true;
  (void)Deliver();
  EXPECT_GT(second_->given, Milliseconds(5'000));
}

TEST_F(AlarmDeliveryTest, WhatWaitsOnlyForASinkThatIsGoneIsDelivered) {
  Start();
  second_->down = true;
  Raise(1);
  (void)Deliver();
  sinks_.pop_back();
  Start();
  (void)Deliver();
  EXPECT_FALSE(delivery_->due());
  EXPECT_EQ(first_->calls, 1);
}

TEST_F(AlarmDeliveryTest, WithoutSinksNothingIsDelivered) {
  sinks_.clear();
  Start();
  Raise(1);
  EXPECT_FALSE(delivery_->due());
  EXPECT_THAT(Deliver(), IsEmpty());
  EXPECT_EQ(journal_->UndeliveredCount(), 1U);
}

}  // namespace
}  // namespace torpor::telemetry
