#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <functional>

#include "core/test_folder.h"
#include "simulate/gateway.h"
#include "simulate/mosquitto_under_test.h"
#include "simulate/test_alarms.h"
#include "telemetry/alarm_mqtt.h"
#include "telemetry/mqtt_publisher.h"

// What becomes of alarms at the real broker, and at ends of a connection that only look
// like one. Deadlines are real time, and the margins wide.
namespace torpor::simulate {
namespace {

using telemetry::Alarm;
using telemetry::AlarmSink;
using telemetry::MakeMqtt;
using telemetry::MqttTarget;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Milliseconds kDeadline{400};
constexpr Milliseconds kAmple{30'000};

class MqttBroker : public testing::Test {
 protected:
  AlarmSink::Sent Send(const MqttTarget& target, int alarms,
                       Milliseconds deadline = kAmple) {
    std::string why;
    auto sink = MakeMqtt(target, why);
    EXPECT_TRUE(sink.ok()) << why;
    const auto began = std::chrono::steady_clock::now();
    auto sent = (*sink)->Send(Alarms(alarms), deadline);
    EXPECT_LT(std::chrono::steady_clock::now() - began, deadline + Milliseconds(1700));
    return sent;
  }
  [[nodiscard]] MqttTarget To(const std::string& url) const {
    return {url, "r-1", "", "", ""};
  }
  // Sends until somebody has subscribed, who comes by a process of its own.
  AlarmSink::Sent SendWhenSubscribed(const MqttTarget& target, int alarms) {
    AlarmSink::Sent sent;
    for (int i = 0; i < 100; ++i) {
      sent = Send(target, alarms);
      if (sent.detail != "nobody has subscribed to torpor/r-1/alarm") break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return sent;
  }
  bool AwaitHeard(const std::string& what) {
    for (int i = 0; i < 600 && broker_.heard().find(what) == std::string::npos; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return broker_.heard().find(what) != std::string::npos;
  }

  TestFolder folder_;
  MosquittoUnderTest broker_{folder_};
};

TEST_F(MqttBroker, ConfirmsWhatSomebodyHasSubscribedToAndNothingElse) {
  if (broker_.Missing()) return;
  auto sent = Send(To(broker_.url()), 1);
  EXPECT_EQ(sent.status, Status::kGatewayUnreachable);
  EXPECT_EQ(sent.detail, "Connection refused");
  ASSERT_TRUE(broker_.Start()) << folder_.Slurp("mosquitto.log");
  sent = Send(To(broker_.url()), 2);
  EXPECT_EQ(sent.status, Status::kGatewayRejected);
  EXPECT_EQ(sent.detail, "nobody has subscribed to torpor/r-1/alarm");
  EXPECT_TRUE(sent.alarms.empty());

  ASSERT_TRUE(broker_.Subscribe());
  sent = SendWhenSubscribed(To(broker_.url()), 3);
  EXPECT_EQ(sent.status, Status::kOk) << sent.detail;
  ASSERT_EQ(sent.alarms.size(), 3U);
  for (const auto& one : sent.alarms) EXPECT_TRUE(one.confirmed);
  ASSERT_TRUE(
      AwaitHeard("torpor/r-1/state 0 "
                 "{\"robot\":\"r-1\",\"delivery\":\"complete\","
                 "\"alarm\":\"r-1-0123-3\"}\n"))
      << broker_.heard();
  const std::string heard = broker_.heard();
  EXPECT_THAT(heard, HasSubstr("torpor/r-1/alarm 0 {\"id\":\"r-1-0123-1\"}\n"
                               "torpor/r-1/alarm 0 {\"id\":\"r-1-0123-2\"}\n"
                               "torpor/r-1/alarm 0 {\"id\":\"r-1-0123-3\"}\n"));
}

// Who subscribes is not there when the alarm comes, nor is the broker when he is back.
TEST_F(MqttBroker, KeepsAnAlarmForASubscriberWhoIsAway) {
  if (broker_.Missing()) return;
  ASSERT_TRUE(broker_.Start());
  ASSERT_TRUE(broker_.Subscribe());
  EXPECT_EQ(SendWhenSubscribed(To(broker_.url()), 1).status, Status::kOk);
  ASSERT_TRUE(AwaitHeard("complete"));
  broker_.Stop();
  ASSERT_TRUE(broker_.Start());
  EXPECT_EQ(Send(To(broker_.url()), 2).status, Status::kOk);
  EXPECT_TRUE(AwaitHeard("r-1-0123-2")) << broker_.heard();
}

TEST_F(MqttBroker, PublishesTheLastWillOfARobotThatIsCutOff) {
  if (broker_.Missing()) return;
  ASSERT_TRUE(broker_.Start());
  ASSERT_TRUE(broker_.Subscribe());
  EXPECT_EQ(SendWhenSubscribed(To(broker_.url()), 1).status, Status::kOk);
  ASSERT_TRUE(AwaitHeard("complete"));
  EXPECT_THAT(broker_.heard(), Not(HasSubstr("broken-off")));
  const auto address = telemetry::ParseMqtt(broker_.url());
  const std::string robot = "r-1", none;
  const auto alarms = Alarms(2);
  const telemetry::MqttJob job{*address, robot, none, none, none, 5, alarms};
  const telemetry::Deadline limit(kAmple);
  (void)telemetry::AskChild(
      [&](const telemetry::Say&) {
        telemetry::PublishAlarms(job, [](std::string_view) { ::_exit(1); });
      },
      limit, 100);
  EXPECT_TRUE(
      AwaitHeard("torpor/r-1/state 0 "
                 "{\"robot\":\"r-1\",\"delivery\":\"broken-off\","
                 "\"alarm\":\"r-1-0123-2\"}\n"))
      << broker_.heard();
}

TEST_F(MqttBroker, OverTlsIsTrustedByItsAuthorityAndNameAndWantsALogin) {
  if (broker_.Missing()) return;
  const std::string key = folder_ / "key.pem", certificate = folder_ / "cert.pem",
                    passwords = folder_ / "passwords";
  const std::string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
      "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout " +
      key + " -out " + certificate + " 2>/dev/null && " +
      broker_.Program("bin/mosquitto_passwd") + " -c -b " + passwords + " robot s3cret";
  ASSERT_EQ(std::system(make.c_str()), 0);
  ASSERT_TRUE(broker_.Start("allow_anonymous false\npassword_file " + passwords +
                            "\ncertfile " + certificate + "\nkeyfile " + key + "\n"))
      << folder_.Slurp("mosquitto.log");
  MqttTarget target{broker_.url("mqtts://", "localhost"), "r-1", "robot", "s3cret",
                    certificate};
  ASSERT_TRUE(broker_.Subscribe(
      {"-h", "localhost", "-u", "robot", "-P", "s3cret", "--cafile", certificate}));
  auto sent = SendWhenSubscribed(target, 1);
  EXPECT_EQ(sent.status, Status::kOk) << sent.detail;
  EXPECT_TRUE(AwaitHeard("r-1-0123-1"));

  MqttTarget wrong = target;
  wrong.password = "guess";
  sent = Send(wrong, 1);
  EXPECT_EQ(sent.status, Status::kGatewayRejected);
  EXPECT_EQ(sent.detail, "Not authorized");
  wrong = target;
  wrong.url = broker_.url("mqtts://", "127.0.0.1");  // which is not in the certificate
  EXPECT_EQ(Send(wrong, 1).status, Status::kGatewayUnreachable);
  wrong = target;
  wrong.ca_file = "";  // nobody else vouches for it
  sent = Send(wrong, 1);
  EXPECT_EQ(sent.status, Status::kGatewayUnreachable);
  EXPECT_THAT(sent.detail, HasSubstr("TLS"));
  // Unless it is among the system's authorities.
  ::setenv("SSL_CERT_FILE", certificate.c_str(), 1);
  sent = Send(wrong, 1);
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_EQ(sent.status, Status::kOk) << sent.detail;
}

// A server that speaks a few bytes of the protocol and stops where it is told.
class HalfBroker {
 public:
  explicit HalfBroker(int acknowledged) : acknowledged_(acknowledged) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    auto* address = reinterpret_cast<sockaddr*>(&here);
    EXPECT_EQ(::bind(listener_, address, size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    ::getsockname(listener_, address, &size);
    port_ = ntohs(here.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  HalfBroker(const HalfBroker&) = delete;
  HalfBroker& operator=(const HalfBroker&) = delete;
  ~HalfBroker() {
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::string url() const {
    return "mqtt://127.0.0.1:" + std::to_string(port_);
  }

 private:
  void Serve() const {
    const int client = ::accept(listener_, nullptr, nullptr);
    std::array<char, 4096> some{};
    (void)::read(client, some.data(), some.size());
    Say(client, {0x20, 3, 0, 0, 0});  // CONNACK
    for (char number = 1; number <= acknowledged_; ++number) {
      if (number == 1) (void)::read(client, some.data(), some.size());
      Say(client, {0x40, 2, 0, number});  // PUBACK
    }
    while (::read(client, some.data(), some.size()) > 0) {
    }
    ::close(client);
  }
  static void Say(int client, std::initializer_list<char> bytes) {
    EXPECT_EQ(::write(client, bytes.begin(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  int acknowledged_, listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(MqttBroker, ThatFallsSilentHasConfirmedWhatItHas) {
  if (broker_.Missing()) return;
  for (const int acknowledged : {0, 2}) {
    const HalfBroker half(acknowledged);
    const auto sent = Send(To(half.url()), 3, Milliseconds(2000));
    EXPECT_EQ(sent.status, Status::kGatewayTimeout) << sent.detail;
    EXPECT_EQ(sent.alarms.size(), static_cast<std::size_t>(acknowledged));
  }
}

TEST_F(MqttBroker, ThatIsNoneConfirmsNothingAndIsCutOff) {
  if (broker_.Missing()) return;
  for (const auto fault :
       {GatewayFault::kHang, GatewayFault::kReset, GatewayFault::kEmpty,
        GatewayFault::kRubbish, GatewayFault::kDrip, GatewayFault::kHuge}) {
    FaultGateway server(fault);
    server.set_drip_interval(Milliseconds(20));
    MqttTarget target = To("mqtt" + server.address().substr(4));
    auto sent = Send(target, 2, kDeadline);
    EXPECT_NE(sent.status, Status::kOk) << static_cast<int>(fault);
    EXPECT_TRUE(sent.alarms.empty()) << static_cast<int>(fault);
    target.url = "mqtts" + server.address().substr(4);
    sent = Send(target, 2, kDeadline);
    EXPECT_NE(sent.status, Status::kOk) << static_cast<int>(fault);
    EXPECT_TRUE(sent.alarms.empty()) << static_cast<int>(fault);
  }
}

TEST(Mqtt, RefusesAnAddressThatItWouldNotCall) {
  std::string why;
  for (const char* bad : {"", "broker", "http://a", "mqtt://", "mqtt://user:word@a",
                          "mqtt://a/topic", "mqtt://a:0", "mqtt://a?x", "MQTT://a"}) {
    EXPECT_EQ(MakeMqtt({bad, "r-1", "", "", ""}, why).status(), Status::kAddressRefused)
        << bad;
  }
  EXPECT_EQ(MakeMqtt({"mqtt://a", "r/+/1", "", "", ""}, why).status(),
            Status::kAddressRefused);
  EXPECT_EQ(telemetry::ParseMqtt("mqtt://a")->port, "1883");
  EXPECT_EQ(telemetry::ParseMqtt("mqtts://[fd00::7]")->port, "8883");
}

}  // namespace
}  // namespace torpor::simulate
