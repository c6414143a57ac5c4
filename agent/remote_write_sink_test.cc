// What leaves a robot under --sink remote-write, page after page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "agent/sink.h"
#include "core/test_folder.h"
#include "simulate/gateway.h"
#include "telemetry/remote_write.h"
#include "telemetry/test_snappy.h"
#include "telemetry/test_write_request.h"

namespace torpor::agent {
namespace {

using simulate::FaultGateway;
using simulate::GatewayFault;
using telemetry::WrittenSeries;
using ::testing::HasSubstr;

class RemoteWriteSink : public testing::Test {
 protected:
  RemoteWriteSink() {
    sink_.kind = SinkKind::kRemoteWrite;
    sink_.series = folder_ / "series";
    metrics_.robot_time_us = 1'790'000'000'123'456;
  }
  telemetry::PushResult Send(const std::string& robot = "r-17") const {
    return SendPage(sink_, gateway_.address() + "/base/", robot, metrics_,
                    Milliseconds{20'000});
  }
  [[nodiscard]] std::vector<WrittenSeries> Last() const {
    return telemetry::ReadWriteRequest(telemetry::Unsnappy(gateway_.pages().back().body));
  }
  // Of the series of the last page that have ended, name and reason.
  [[nodiscard]] std::vector<std::string> Ended() const {
    std::vector<std::string> ended;
    for (const WrittenSeries& one : Last()) {
      if (one.ended()) ended.push_back(one.label("__name__") + " " + one.label("reason"));
    }
    std::ranges::sort(ended);
    return ended;
  }

  SinkOptions sink_;
  telemetry::MetricSet metrics_;
  TestFolder folder_;
  FaultGateway gateway_;
};

TEST_F(RemoteWriteSink, PostsThePageAsTheProtocolSays) {
  if (!telemetry::HasSnappy()) return;
  EXPECT_FALSE(RefuseSink(sink_).has_value());
  const auto result = Send("robot:7.a_b-c");
  ASSERT_EQ(result.status, Status::kOk) << result.detail;
  const auto page = gateway_.pages().back();
  EXPECT_EQ(page.method, "POST");
  EXPECT_EQ(page.path, "/base/api/v1/write");
  for (const char* header : {"\r\nContent-Type: application/x-protobuf\r\n",
                             "\r\nContent-Encoding: snappy\r\n",
                             "\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n",
                             "\r\nUser-Agent: torpor\r\n"}) {
    EXPECT_THAT(page.head, HasSubstr(header));
  }
  const auto series = Last();
  EXPECT_EQ(series.size(),
            telemetry::SeriesOf(telemetry::MetricPage(metrics_)).size() + 1);
  for (const WrittenSeries& one : series) {
    EXPECT_EQ(one.label("job"), "torpor");
    EXPECT_EQ(one.label("instance"), "robot:7.a_b-c");
    EXPECT_EQ(one.at_ms, 1'790'000'000'123);
    EXPECT_FALSE(one.ended());
  }
  EXPECT_EQ(series.back().label("__name__"), "push_time_seconds");
  EXPECT_EQ(series.back().value, 1'790'000'000.123456);
}

// Whoever keeps a robot's last page for a day must not keep its last refusal so.
TEST_F(RemoteWriteSink, EndsTheReasonsThatAreOver) {
  if (!telemetry::HasSnappy()) return;
  metrics_.refused = Status::kExpired;
  ASSERT_EQ(Send().status, Status::kOk);
  EXPECT_TRUE(Ended().empty());
  metrics_.refused = Status::kOk;
  metrics_.abstains = Status::kStandstill;
  ASSERT_EQ(Send().status, Status::kOk);
  EXPECT_THAT(Ended(),
              testing::ElementsAre("torpor_abstains none", "torpor_refused expired"));
  ASSERT_EQ(Send().status, Status::kOk);
  EXPECT_TRUE(Ended().empty());
  // Nobody knows whether this one arrived; the next says it again.
  gateway_.set_fault(GatewayFault::kReset);
  metrics_.abstains = Status::kOk;
  EXPECT_EQ(Send().status, Status::kGatewayUnreachable);
  gateway_.set_fault(GatewayFault::kNone);
  ASSERT_EQ(Send().status, Status::kOk);
  EXPECT_THAT(Ended(), testing::ElementsAre("torpor_abstains standstill"));
}

TEST_F(RemoteWriteSink, FailsAsEveryOtherPushDoes) {
  if (!telemetry::HasSnappy()) return;
  struct Case {
    GatewayFault fault;
    Status status;
  };
  for (const auto& [fault, status] :
       {Case{GatewayFault::kReject, Status::kGatewayRejected},
        {GatewayFault::kBroken, Status::kGatewayRejected},
        {GatewayFault::kMoved, Status::kGatewayRejected},
        {GatewayFault::kReset, Status::kGatewayUnreachable},
        {GatewayFault::kRubbish, Status::kGatewayRubbish}}) {
    gateway_.set_fault(fault);
    EXPECT_EQ(Send().status, status) << static_cast<int>(fault);
  }
  gateway_.set_fault(GatewayFault::kHang);
  EXPECT_EQ(SendPage(sink_, gateway_.address(), "r", metrics_, Milliseconds{300}).status,
            Status::kGatewayTimeout);
  EXPECT_EQ(Send("../r").status, Status::kAddressRefused);
}

TEST_F(RemoteWriteSink, HasACompressionOfItsOwn) {
  sink_.gzip = true;
  const auto refusal = RefuseSink(sink_);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->status, Status::kSinkOptions);
}

}  // namespace
}  // namespace torpor::agent
