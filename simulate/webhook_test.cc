#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "simulate/gateway.h"
#include "simulate/test_alarms.h"
#include "telemetry/alarm_webhook.h"

// What becomes of alarms at a web server, and at one that misbehaves. The deadlines here
// are real time, and the margins wide, as in simulate/gateway_test.cc.
namespace torpor::simulate {
namespace {

using telemetry::Alarm;
using telemetry::AlarmSink;
using telemetry::MakeWebhook;
using telemetry::WebhookTarget;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Milliseconds kDeadline{300};
constexpr Milliseconds kAmple{20'000};

AlarmSink::Sent SendTo(const WebhookTarget& target, const std::vector<Alarm>& alarms,
                       Milliseconds deadline) {
  auto sink = MakeWebhook(target);
  EXPECT_TRUE(sink.ok());
  const auto began = std::chrono::steady_clock::now();
  auto sent = (*sink)->Send(alarms, deadline);
  EXPECT_LT(std::chrono::steady_clock::now() - began, deadline + Milliseconds(1700));
  EXPECT_TRUE(::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD);
  return sent;
}

WebhookTarget To(const FaultGateway& server) {
  return {server.address() + "/hook", "", ""};
}

TEST(Webhook, PostsTheBodyWithTheIdThatMakesItOne) {
  const FaultGateway server;
  WebhookTarget target = To(server);
  target.token = "s3cret";
  const auto sent = SendTo(target, Alarms(2), kAmple);
  EXPECT_EQ(sent.status, Status::kOk) << sent.detail;
  ASSERT_EQ(sent.alarms.size(), 2U);
  EXPECT_TRUE(sent.alarms[0].confirmed && sent.alarms[1].confirmed);
  const auto pages = server.pages();
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[1].method, "POST");
  EXPECT_EQ(pages[1].path, "/hook");
  EXPECT_EQ(pages[1].body, "{\"id\":\"r-1-0123-2\"}");
  EXPECT_THAT(pages[1].head, HasSubstr("\r\nIdempotency-Key: r-1-0123-2\r\n"));
  EXPECT_THAT(pages[1].head, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(pages[1].head, HasSubstr("\r\nAuthorization: Bearer s3cret\r\n"));
}

TEST(Webhook, ShowsNoSecretThatAServerSendsBack) {
  const FaultGateway server(GatewayFault::kEcho);
  WebhookTarget target = To(server);
  target.token = "s3cret";
  const auto sent = SendTo(target, Alarms(1), kAmple);
  ASSERT_EQ(sent.alarms.size(), 1U);
  EXPECT_FALSE(sent.alarms[0].confirmed);
  EXPECT_THAT(sent.alarms[0].words, HasSubstr("Authorization"));
  EXPECT_THAT(sent.alarms[0].words, Not(HasSubstr("s3cret")));
}

TEST(Webhook, SendsNoAuthorizationUnlessThereIsAToken) {
  const FaultGateway server;
  EXPECT_EQ(SendTo(To(server), Alarms(1), kAmple).status, Status::kOk);
  EXPECT_THAT(server.pages().front().head, Not(HasSubstr("Authorization")));
}

TEST(Webhook, OneAlarmThatIsRefusedDoesNotBlockThoseBehindIt) {
  FaultGateway server;
  server.set_refused_word("0123-1");
  const auto sent = SendTo(To(server), Alarms(3), kAmple);
  EXPECT_EQ(sent.status, Status::kOk);
  ASSERT_EQ(sent.alarms.size(), 3U);
  EXPECT_FALSE(sent.alarms[0].confirmed);
  EXPECT_EQ(sent.alarms[0].words, "HTTP 422, not this one");
  EXPECT_TRUE(sent.alarms[1].confirmed && sent.alarms[2].confirmed);
  server.set_fault(GatewayFault::kReject);  // 400
  EXPECT_FALSE(SendTo(To(server), Alarms(1), kAmple).alarms.at(0).confirmed);
}

// One attempt: what one alarm finds would find the next.
TEST(Webhook, AServerInTroubleConfirmsNothingAndIsNotAskedAgain) {
  const std::vector<std::pair<GatewayFault, Status>> troubles = {
      {GatewayFault::kHang, Status::kGatewayTimeout},
      {GatewayFault::kDrip, Status::kGatewayTimeout},
      {GatewayFault::kReset, Status::kGatewayUnreachable},
      {GatewayFault::kEmpty, Status::kGatewayRubbish},
      {GatewayFault::kMute, Status::kGatewayRubbish},
      {GatewayFault::kRubbish, Status::kGatewayRubbish},
      {GatewayFault::kHuge, Status::kGatewayRubbish},
      {GatewayFault::kHeaders, Status::kGatewayRubbish},
      {GatewayFault::kMoved, Status::kGatewayRejected},
      {GatewayFault::kBroken, Status::kGatewayRejected}};
  for (const auto& [fault, status] : troubles) {
    FaultGateway server(fault);
    server.set_drip_interval(Milliseconds(40));
    const bool by_time = status == Status::kGatewayTimeout;
    const auto sent = SendTo(To(server), Alarms(3), by_time ? kDeadline : kAmple);
    EXPECT_EQ(sent.status, status) << static_cast<int>(fault);
    EXPECT_TRUE(sent.alarms.empty()) << static_cast<int>(fault);
    EXPECT_LE(server.connections(), 1U) << static_cast<int>(fault);
  }
}

TEST(Webhook, SaysWhyANameLeadsNowhere) {
  WebhookTarget target{"http://hook.invalid/", "", "",
                       [](const std::string&) { return std::string(); }};
  auto sent = SendTo(target, Alarms(1), kAmple);
  EXPECT_EQ(sent.status, Status::kDnsFailed);
  EXPECT_EQ(sent.detail, "hook.invalid does not resolve");
  target.resolver = [](const std::string&) {
    for (;;) ::pause();
    return std::string();
  };
  EXPECT_EQ(SendTo(target, Alarms(1), kDeadline).status, Status::kDnsTimeout);
}

TEST(Webhook, RefusesAnAddressThatItWouldNotCall) {
  for (const char* bad : {"", "hook.example", "ftp://a/", "http://user:word@a/",
                          "http://a/?token=1", "http://a:0/", "http://a/\r\nX: y"}) {
    EXPECT_EQ(MakeWebhook({bad, "", ""}).status(), Status::kAddressRefused) << bad;
  }
}

}  // namespace
}  // namespace torpor::simulate
