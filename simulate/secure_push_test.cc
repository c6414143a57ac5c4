// What a push with credentials makes of a gateway that misbehaves behind TLS: it is back
// in time all the same, and what it proved itself with is told to nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "simulate/gateway.h"
#include "simulate/test_tls_front.h"
#include "telemetry/push.h"
#include "telemetry/test_gunzip.h"

namespace torpor::simulate {
namespace {

using telemetry::Credentials;
using telemetry::Push;
using telemetry::PushResult;
using telemetry::PushTarget;
using telemetry::Receiver;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Milliseconds kDeadline{300};
constexpr Milliseconds kAmple{20'000};
constexpr const char* kToken = "t0ken-of-amr-17";
constexpr const char* kPassword = "passw0rd-of-amr-17";

class SecurePush : public testing::Test {
 protected:
  // A certificate alone, and with each kind of secret.
  std::vector<Credentials> Kinds() const {
    Credentials certificate;
    certificate.certificate = front_.authority().Text("robot.pem");
    certificate.key = front_.authority().Text("robot.key");
    std::vector<Credentials> kinds(3, certificate);
    telemetry::ShowToken(kToken, kinds[1]);
    telemetry::ShowPassword("amr-17", kPassword, kinds[2]);
    return kinds;
  }
  PushTarget With(Credentials credentials) const {
    PushTarget target{
        front_.address(), "robot-7", front_.authority().File("authority.pem"), {}};
    target.credentials = std::move(credentials);
    target.receiver = receiver_;
    return target;
  }
  PushResult PushWith(const Credentials& credentials, Milliseconds deadline) const {
    const auto began = std::chrono::steady_clock::now();
    PushResult result = Push(With(credentials), "a 1\n", deadline);
    EXPECT_LT(std::chrono::steady_clock::now() - began, deadline + Milliseconds(1700));
    for (const char* secret : {kToken, kPassword, "PRIVATE KEY"}) {
      EXPECT_THAT(result.detail, Not(HasSubstr(secret)));
    }
    return result;
  }

  Receiver receiver_ = Receiver::kPushgateway;
  FaultGateway gateway_;
  TlsFront front_{gateway_};
};

TEST_F(SecurePush, ShowsWhatItWasGivenAndNothingElse) {
  const auto kinds = Kinds();
  for (const Credentials& credentials : kinds) {
    const PushResult result = PushWith(credentials, kAmple);
    EXPECT_EQ(result.status, Status::kOk) << result.detail;
  }
  const auto pages = gateway_.pages();
  ASSERT_EQ(pages.size(), kinds.size());
  EXPECT_THAT(pages[0].head, Not(HasSubstr("Authorization")));
  EXPECT_THAT(pages[1].head, HasSubstr("Authorization: Bearer t0ken-of-amr-17\r\n"));
  // printf %s amr-17:passw0rd-of-amr-17 | base64
  EXPECT_THAT(pages[2].head, HasSubstr("Authorization: Basic "
                                       "YW1yLTE3OnBhc3N3MHJkLW9mLWFtci0xNw==\r\n"));
}

TEST_F(SecurePush, CompressesAPageAsItDoesInClear) {
  PushTarget target = With(Kinds()[1]);
  target.gzip = true;
  ASSERT_EQ(Push(target, "a 1\n", kAmple).status, Status::kOk);
  const auto pages = gateway_.pages();
  ASSERT_EQ(pages.size(), 1U);
  EXPECT_THAT(pages[0].head, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(pages[0].head, HasSubstr("Authorization: Bearer t0ken-of-amr-17\r\n"));
  EXPECT_EQ(telemetry::Gunzip(pages[0].body), "a 1\n");
}

TEST_F(SecurePush, IsBackInTimeWhateverTheGatewayDoes) {
  for (const Credentials& credentials : Kinds()) {
    receiver_ = credentials.authorization.empty() ? Receiver::kVictoriaMetrics
                                                  : Receiver::kPushgateway;
    for (const auto fault : {GatewayFault::kHang, GatewayFault::kDrip}) {
      gateway_.set_fault(fault);
      EXPECT_EQ(PushWith(credentials, kDeadline).status, Status::kGatewayTimeout);
    }
    for (const auto fault :
         {GatewayFault::kRubbish, GatewayFault::kHuge, GatewayFault::kHeaders}) {
      gateway_.set_fault(fault);
      EXPECT_EQ(PushWith(credentials, kAmple).status, Status::kGatewayRubbish)
          << static_cast<int>(fault);
    }
    for (const auto fault :
         {GatewayFault::kMoved, GatewayFault::kReject, GatewayFault::kBroken}) {
      gateway_.set_fault(fault);
      const PushResult result = PushWith(credentials, kAmple);
      EXPECT_EQ(result.status, Status::kGatewayRejected);
      EXPECT_EQ(result.tries, 1);
    }
  }
}

TEST_F(SecurePush, TellsNobodyTheSecretThatAGatewaySendsBack) {
  gateway_.set_fault(GatewayFault::kEcho);
  for (const Credentials& credentials : Kinds()) {
    const PushResult result = PushWith(credentials, kAmple);
    EXPECT_EQ(result.status, Status::kGatewayRejected);
    EXPECT_THAT(result.detail, HasSubstr("PUT /metrics"));
    EXPECT_THAT(result.detail, Not(HasSubstr("YW1yLTE3OnBhc3N3")));
  }
}

TEST_F(SecurePush, SendsNothingWithoutTls) {
  for (const Credentials& credentials : Kinds()) {
    PushTarget target = With(credentials);
    target.gateway = gateway_.address();
    EXPECT_EQ(Push(target, "a 1\n", kAmple).status, Status::kSinkSecretInClear);
  }
  EXPECT_EQ(gateway_.connections(), 0U);
}

}  // namespace
}  // namespace torpor::simulate
