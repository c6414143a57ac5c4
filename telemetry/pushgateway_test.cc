#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/push.h"
#include "telemetry/test_certificates.h"
#include "telemetry/test_daemon.h"

// What the real Pushgateway makes of our pushes: its verbs are not those of its clients.
namespace torpor::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Milliseconds kAmple{20'000};

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The lines of a page that carry a value of torpor's.
std::vector<std::string> Series(const std::string& page) {
  std::vector<std::string> series;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("torpor_")) series.push_back(std::move(line));
  }
  return series;
}

class Pushgateway : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Daemon::IsThere("prometheus-pushgateway")) return;
    running_ = daemon_.Start(
        "prometheus-pushgateway",
        [this](const std::string& address) {
          return std::vector<std::string>{"--web.listen-address=" + address,
                                          "--web.config.file=" + web_config(),
                                          "--persistence.file="};
        },
        scheme_, "/-/ready", asker_);
    ASSERT_TRUE(running_) << "the Pushgateway did not start";
  }
  // What else its command line says.
  virtual std::string web_config() { return ""; }

  [[nodiscard]] std::string gateway() const { return scheme_ + daemon_.address(); }
  PushResult PushAs(const std::string& robot, const std::string& page) const {
    return Push({gateway(), robot, "", {}}, page, kAmple);
  }
  [[nodiscard]] std::string Metrics() const {
    return Get(gateway() + "/metrics", asker_);
  }

  bool running_ = false;
  std::string scheme_ = "http://";
  Asker asker_;
  Daemon daemon_;
};

// The same with a certificate that nobody but its maker vouches for.
class TlsPushgateway : public Pushgateway {
 protected:
  TlsPushgateway() {
    scheme_ = "https://";
    authority_.Sign("gateway");
  }
  std::string web_config() override {
    authority_.folder().Write(
        "web.yml", "tls_server_config:\n  cert_file: " + authority_.File("gateway.pem") +
                       "\n  key_file: " + authority_.File("gateway.key") + "\n" +
                       more_config());
    return authority_.File("web.yml");
  }
  virtual std::string more_config() { return ""; }
  [[nodiscard]] PushTarget Target() const {
    return {gateway(), "one", authority_.File("authority.pem"), {}};
  }

  TestAuthority authority_;
};

// One that wants to know who pushes: a certificate of its authority, and a password.
class AskingPushgateway : public TlsPushgateway {
 protected:
  AskingPushgateway() {
    authority_.Sign("robot");
    asker_ = {authority_.File("robot.pem"), authority_.File("robot.key"),
              std::string("amr-17:") + kPassword};
  }
  // The hash is bcrypt's of kPassword.
  std::string more_config() override {
    return "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: " +
           authority_.File("authority.pem") +
           "\nbasic_auth_users:\n  amr-17: "
           "$2b$05$torportorportorportoreY14or5LkrUJT0BSI6NpSf6Xj14K1nDu\n";
  }
  [[nodiscard]] PushTarget Knowing(const char* password) const {
    PushTarget target = Target();
    target.credentials.certificate = authority_.Text("robot.pem");
    target.credentials.key = authority_.Text("robot.key");
    ShowPassword("amr-17", password, target.credentials);
    return target;
  }

  static constexpr const char* kPassword = "warehouse-7";
};

TEST_F(Pushgateway, ReplacesTheWholeGroupOfARobot) {
  if (!running_) return;
  ASSERT_EQ(PushAs("one", "# TYPE torpor_a gauge\ntorpor_a 1\ntorpor_b 2\n").status,
            Status::kOk);
  ASSERT_EQ(PushAs("two", "torpor_b 5\n").status, Status::kOk);
  EXPECT_THAT(Metrics(), HasSubstr("torpor_b{instance=\"one\",job=\"torpor\"} 2\n"));
  ASSERT_EQ(PushAs("one", "# TYPE torpor_a gauge\ntorpor_a 3\n").status, Status::kOk);
  const std::string metrics = Metrics();
  EXPECT_THAT(metrics, HasSubstr("torpor_a{instance=\"one\",job=\"torpor\"} 3\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("torpor_b{instance=\"one\"")));
  EXPECT_THAT(metrics, HasSubstr("torpor_b{instance=\"two\",job=\"torpor\"} 5\n"));
}

TEST_F(Pushgateway, TakesTheWholePage) {
  if (!running_) return;
  const std::string page =
      ReadAll(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt");
  const PushResult result = PushAs("robot:7.a_b-c", page);
  ASSERT_EQ(result.status, Status::kOk) << result.detail;
  const std::vector<std::string> stored = Series(Metrics());
  EXPECT_EQ(stored.size(), Series(page).size());
  EXPECT_GT(stored.size(), 50U);
  for (const std::string& line : stored) {
    EXPECT_THAT(line, HasSubstr("instance=\"robot:7.a_b-c\""));
  }
}

TEST_F(Pushgateway, TakesTheSamePageCompressed) {
  if (!running_) return;
  const std::string page =
      ReadAll(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt");
  ASSERT_EQ(PushAs("one", page).status, Status::kOk);
  const std::vector<std::string> in_clear = Series(Metrics());
  ASSERT_EQ(PushAs("one", "").status, Status::kOk);
  EXPECT_THAT(Series(Metrics()), testing::IsEmpty());
  PushTarget target{gateway(), "one", "", {}};
  target.gzip = true;
  const PushResult result = Push(target, page, kAmple);
  ASSERT_EQ(result.status, Status::kOk) << result.detail;
  EXPECT_EQ(Series(Metrics()), in_clear);
}

TEST_F(Pushgateway, SaysWhyItRejects) {
  if (!running_) return;
  const PushResult late = PushAs("one", "torpor_a 1 1790000000000\n");
  EXPECT_EQ(late.status, Status::kGatewayRejected);
  EXPECT_EQ(late.http_status, 400);
  EXPECT_THAT(late.detail, HasSubstr("timestamp"));
  EXPECT_EQ(PushAs("one", "torpor_a 1").status, Status::kGatewayRejected);
  EXPECT_EQ(PushAs("one", "no metric at all\n").status, Status::kGatewayRejected);
}

TEST_F(TlsPushgateway, IsTrustedByItsAuthorityAndByNobodyElse) {
  if (!running_) return;
  PushTarget target = Target();
  target.ca_file = "";
  EXPECT_EQ(Push(target, "torpor_a 1\n", kAmple).status, Status::kGatewayUnreachable);
  target = Target();
  EXPECT_EQ(Push(target, "torpor_a 1\n", kAmple).status, Status::kOk);
  EXPECT_THAT(Metrics(), HasSubstr("torpor_a{instance=\"one\""));
  // Its name is in the certificate, another one is not.
  const std::string address = daemon_.address();
  target.gateway = "https://gateway.invalid" + address.substr(address.find(':'));
  target.resolver = [](const std::string&) { return std::string("127.0.0.1"); };
  EXPECT_EQ(Push(target, "torpor_a 2\n", kAmple).status, Status::kGatewayUnreachable);
  EXPECT_THAT(Metrics(), Not(HasSubstr("torpor_a{instance=\"one\",job=\"torpor\"} 2")));
  target.ca_file = "/nonexistent/authority.pem";
  EXPECT_EQ(Push(target, "torpor_a 3\n", kAmple).status, Status::kGatewayUnreachable);
}

TEST_F(AskingPushgateway, TakesAPageOfARobotThatItKnows) {
  if (!running_) return;
  const PushResult result = Push(Knowing(kPassword), "torpor_a 1\n", kAmple);
  EXPECT_EQ(result.status, Status::kOk) << result.detail;
  EXPECT_THAT(Metrics(), HasSubstr("torpor_a{instance=\"one\",job=\"torpor\"} 1\n"));
  PushTarget target = Knowing(kPassword);
  target.gzip = true;
  ASSERT_EQ(Push(target, "torpor_a 2\n", kAmple).status, Status::kOk);
  EXPECT_THAT(Metrics(), HasSubstr("torpor_a{instance=\"one\",job=\"torpor\"} 2\n"));
}

TEST_F(AskingPushgateway, TakesNoPageOfAStrangerAndTheSecretIsNotTold) {
  if (!running_) return;
  const PushResult wrong = Push(Knowing("warehouse-8"), "torpor_a 1\n", kAmple);
  EXPECT_EQ(wrong.status, Status::kGatewayRejected);
  EXPECT_EQ(wrong.http_status, 401);
  PushTarget target = Knowing(kPassword);
  target.credentials.authorization.clear();
  EXPECT_EQ(Push(target, "torpor_a 1\n", kAmple).http_status, 401);
  // Without a certificate, or with another's key, there is no answer at all.
  target = Knowing(kPassword);
  target.credentials.certificate.clear();
  const PushResult stranger = Push(target, "torpor_a 1\n", kAmple);
  EXPECT_EQ(stranger.status, Status::kGatewayUnreachable);
  target = Knowing(kPassword);
  target.credentials.key = authority_.Text("gateway.key");
  const PushResult mixed = Push(target, "torpor_a 1\n", kAmple);
  EXPECT_EQ(mixed.status, Status::kGatewayUnreachable);
  for (const PushResult& result : {wrong, stranger, mixed}) {
    EXPECT_THAT(result.detail, Not(HasSubstr("warehouse")));
    EXPECT_THAT(result.detail, Not(HasSubstr("PRIVATE")));
  }
  EXPECT_THAT(Metrics(), Not(HasSubstr("torpor_a{")));
}

}  // namespace
}  // namespace torpor::telemetry
