#include "agent/alarm_sinks.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "core/test_folder.h"

namespace torpor::agent {
namespace {

class MakeAlarmSinks : public testing::Test {
 protected:
  MakeAlarmSinks() { options_.robot_id = "r-17"; }

  // Nothing: they were made.
  [[nodiscard]] Status Refused() const {
    const auto made = agent::MakeAlarmSinks(options_);
    const auto* const refusal = std::get_if<Refusal>(&made);
    return refusal != nullptr ? refusal->status : Status::kOk;
  }
  std::string Secret(const std::string& text, ::mode_t mode = 0600) {
    folder_.Write("secret", text);
    ::chmod((folder_ / "secret").c_str(), mode);
    return folder_ / "secret";
  }

  Options options_;
  TestFolder folder_;
};

TEST_F(MakeAlarmSinks, AreNoneUnlessAskedFor) {
  const auto made = agent::MakeAlarmSinks(options_);
  ASSERT_TRUE(std::holds_alternative<telemetry::AlarmSinks>(made));
  EXPECT_TRUE(std::get<telemetry::AlarmSinks>(made).empty());
}

TEST_F(MakeAlarmSinks, RefuseAnAddressAndARobotThatCannotBeNamed) {
  options_.alarm_webhook = "http://127.0.0.1:9/hook";
  EXPECT_EQ(Refused(), Status::kOk);
  options_.alarm_webhook = "127.0.0.1:9";
  EXPECT_EQ(Refused(), Status::kAlarmSinkAddress);
  options_.alarm_webhook = "http://127.0.0.1:9/hook";
  options_.robot_id = "r/17";
  EXPECT_EQ(Refused(), Status::kAlarmSinkAddress);
}

TEST_F(MakeAlarmSinks, TakeASecretFromAFileOfItsOwnersAlone) {
  options_.alarm_webhook = "https://hooks.example/torpor";
  options_.alarm_webhook_token = Secret("s3cret\n");
  EXPECT_EQ(Refused(), Status::kOk);
  options_.alarm_webhook_token = Secret("s3cret");
  EXPECT_EQ(Refused(), Status::kOk);
  options_.alarm_webhook_token = Secret("s3cret\n", 0640);
  EXPECT_EQ(Refused(), Status::kKeyFileExposed);
  for (const char* bad :
       {"", "\n", "two words\n", "two\nlines\n", "\ns3cret\n", "a\r\n"}) {
    options_.alarm_webhook_token = Secret(bad);
    EXPECT_EQ(Refused(), Status::kAlarmSecret) << bad;
  }
  options_.alarm_webhook_token = folder_ / "no-file";
  EXPECT_EQ(Refused(), Status::kAlarmSecret);
}

TEST_F(MakeAlarmSinks, LookAtTheirAuthoritiesAtTheStart) {
  options_.alarm_webhook = "https://hooks.example/torpor";
  options_.alarm_ca = folder_ / "nobody.pem";
  EXPECT_EQ(Refused(), Status::kAlarmSecret);
  folder_.Write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  options_.alarm_ca = folder_ / "ca.pem";
  EXPECT_EQ(Refused(), Status::kOk);
}

TEST_F(MakeAlarmSinks, SendNoSecretInClear) {
  options_.alarm_webhook = "http://hooks.example/torpor";
  options_.alarm_webhook_token = Secret("s3cret\n");
  EXPECT_EQ(Refused(), Status::kAlarmSecretInClear);
  options_.alarm_webhook.clear();
  options_.alarm_mqtt = "mqtt://broker.example";
  options_.alarm_mqtt_login = Secret("robot\ns3cret\n");
  EXPECT_EQ(Refused(), Status::kAlarmSecretInClear);
}

TEST_F(MakeAlarmSinks, TakeALoginOfTwoLines) {
  options_.alarm_mqtt = "mqtts://broker.example/not-an-address";
  options_.alarm_mqtt_login = Secret("robot\n");
  EXPECT_EQ(Refused(), Status::kAlarmSecret);
  options_.alarm_mqtt_login = Secret("robot\ns3cret\nmore\n");
  EXPECT_EQ(Refused(), Status::kAlarmSecret);
  options_.alarm_mqtt_login = Secret("robot\ns3cret\n");
  EXPECT_EQ(Refused(), Status::kAlarmSinkAddress) << "the next thing that is looked at";
}

}  // namespace
}  // namespace torpor::agent
