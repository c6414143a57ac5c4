#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/test_folder.h"
#include "telemetry/metric_set.h"
#include "telemetry/push.h"
#include "telemetry/test_certificates.h"
#include "telemetry/test_daemon.h"
#include "telemetry/test_snappy.h"

// What the real Prometheus makes of our pages, by its remote write.
namespace torpor::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Milliseconds kAmple{20'000};
constexpr std::int64_t kMinute = 60'000;

std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Prometheus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasSnappy() || !Daemon::IsThere("prometheus")) return;
    folder_.Write("prometheus.yml", configuration());
    running_ = daemon_.Start(
        "prometheus",
        [this](const std::string& address) {
          return std::vector<std::string>{
              "--web.listen-address=" + address,
              "--config.file=" + (folder_ / "prometheus.yml").string(),
              "--web.config.file=" + web_config(),
              "--storage.tsdb.path=" + (folder_ / "data").string(),
              "--web.enable-remote-write-receiver",
              "--query.lookback-delta=1d"};
        },
        scheme_, "/-/ready", asker_);
    ASSERT_TRUE(running_) << "Prometheus did not start";
  }
  virtual std::string configuration() { return "global: {}\n"; }
  virtual std::string web_config() { return ""; }

  [[nodiscard]] PushTarget As(const std::string& robot, std::int64_t at_ms) const {
    PushTarget target{scheme_ + daemon_.address(), robot, "", {}};
    target.receiver = Receiver::kRemoteWrite;
    target.at_ms = at_ms;
    return target;
  }
  [[nodiscard]] std::string Ask(const std::string& query) const {
    return Get(scheme_ + daemon_.address() + "/api/v1/query?query=" + query, asker_);
  }

  bool running_ = false;
  std::string scheme_ = "http://";
  Asker asker_;
  TestFolder folder_;
  Daemon daemon_;
};

// One that is told to wait for what comes late.
class PatientPrometheus : public Prometheus {
  std::string configuration() override {
    return "storage:\n  tsdb:\n    out_of_order_time_window: 1d\n";
  }
};

class SecurePrometheus : public Prometheus {
 protected:
  SecurePrometheus() {
    scheme_ = "https://";
    authority_.Sign("gateway");
    asker_.user_password = "amr-17:warehouse-7";
  }
  // The hash is bcrypt's of that password.
  std::string web_config() override {
    authority_.folder().Write(
        "web.yml", "tls_server_config:\n  cert_file: " + authority_.File("gateway.pem") +
                       "\n  key_file: " + authority_.File("gateway.key") +
                       "\nbasic_auth_users:\n  amr-17: "
                       "$2b$05$torportorportorportoreY14or5LkrUJT0BSI6NpSf6Xj14K1nDu\n");
    return authority_.File("web.yml");
  }
  TestAuthority authority_;
};

TEST_F(Prometheus, TakesTheWholePageUnderTheLabelsOfTheRobot) {
  if (!running_) return;
  std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  MetricSet set;
  set.robot_time_us = NowMs() * 1000;
  const PushResult result =
      Push(As("robot:7.a_b-c", NowMs()), page + PushTime(set), kAmple);
  ASSERT_EQ(result.status, Status::kOk) << result.detail;
  std::size_t lines = 1;  // of push_time_seconds
  for (std::size_t at = page.find("\ntorpor_"); at != std::string::npos;
       at = page.find("\ntorpor_", at + 1)) {
    ++lines;
  }
  EXPECT_THAT(Ask("count(%7Bjob=%22torpor%22,instance=%22robot:7.a_b-c%22%7D)"),
              HasSubstr("\"" + std::to_string(lines) + "\""));
  EXPECT_THAT(Ask("torpor_batches_dropped_total%7Breason=%22gap%22%7D"),
              HasSubstr("\"instance\":\"robot:7.a_b-c\",\"job\":\"torpor\","
                        "\"reason\":\"gap\""));
  EXPECT_THAT(Ask("time()-push_time_seconds%3C60"), HasSubstr("robot:7.a_b-c"));
}

TEST_F(Prometheus, SeesARobotForADayAndAnEndedSeriesNoMore) {
  if (!running_) return;
  const std::int64_t now = NowMs();
  ASSERT_EQ(
      Push(As("one", now - 40 * kMinute), "torpor_a 1\ntorpor_b 2\n", kAmple).status,
      Status::kOk);
  EXPECT_THAT(Ask("torpor_a"), HasSubstr("\"1\""));
  PushTarget target = As("one", now - 20 * kMinute);
  target.ended = {"torpor_b"};
  const PushResult result = Push(target, "torpor_a 3\n", kAmple);
  ASSERT_EQ(result.status, Status::kOk) << result.detail;
  EXPECT_THAT(Ask("torpor_a"), HasSubstr("\"3\""));
  EXPECT_THAT(Ask("torpor_b"), Not(HasSubstr("metric\"")));
  EXPECT_THAT(Ask("torpor_b%20offset%2030m"), HasSubstr("\"2\""));
}

// The robot's clock is the sample's. docs/sinks.md says what that means.
TEST_F(Prometheus, TakesNoPageFromBeforeTheLastOne) {
  if (!running_) return;
  const std::int64_t now = NowMs();
  ASSERT_EQ(Push(As("one", now), "torpor_a 1\n", kAmple).status, Status::kOk);
  const PushResult back = Push(As("one", now - kMinute), "torpor_a 2\n", kAmple);
  EXPECT_EQ(back.status, Status::kGatewayRejected);
  EXPECT_EQ(back.http_status, 400);
  EXPECT_THAT(back.detail, HasSubstr("out of order"));
  EXPECT_EQ(Push(As("one", now), "torpor_a 1\n", kAmple).status, Status::kOk)
      << "the same page again";
}

// Or it would refuse the one that is ahead, as later versions may.
TEST_F(Prometheus, HearsNobodyElseWhenOneRobotIsHoursAhead) {
  if (!running_) return;
  const std::int64_t now = NowMs();
  const PushResult ahead = Push(As("one", now + 120 * kMinute), "torpor_a 1\n", kAmple);
  const PushResult others = Push(As("two", now), "torpor_a 1\n", kAmple);
  EXPECT_NE(ahead.status == Status::kOk, others.status == Status::kOk);
}

TEST_F(PatientPrometheus, HearsTheOthersAndTheOneWhoseClockWasMended) {
  if (!running_) return;
  const std::int64_t now = NowMs();
  ASSERT_EQ(Push(As("one", now + 120 * kMinute), "torpor_a 1\n", kAmple).status,
            Status::kOk);
  EXPECT_EQ(Push(As("two", now), "torpor_a 2\n", kAmple).status, Status::kOk);
  EXPECT_EQ(Push(As("one", now), "torpor_a 3\n", kAmple).status, Status::kOk);
  EXPECT_THAT(Ask("torpor_a%7Binstance=%22one%22%7D"), HasSubstr("\"3\""));
  EXPECT_THAT(Ask("torpor_a%7Binstance=%22two%22%7D"), HasSubstr("\"2\""));
}

TEST_F(Prometheus, RejectsWhatItDoesNotTake) {
  if (!running_) return;
  PushTarget target = As("one", NowMs());
  target.gateway += "/elsewhere";
  const PushResult result = Push(target, "torpor_a 1\n", kAmple);
  EXPECT_EQ(result.status, Status::kGatewayRejected);
  EXPECT_EQ(result.http_status, 404);
}

TEST_F(SecurePrometheus, WantsToKnowWhoIsThere) {
  if (!running_) return;
  PushTarget target = As("one", NowMs());
  target.ca_file = authority_.File("authority.pem");
  EXPECT_EQ(Push(target, "torpor_a 1\n", kAmple).http_status, 401);
  ShowPassword("amr-17", "warehouse-7", target.credentials);
  const PushResult result = Push(target, "torpor_a 2\n", kAmple);
  EXPECT_EQ(result.status, Status::kOk) << result.detail;
  EXPECT_THAT(Ask("torpor_a"), HasSubstr("\"2\""));
}

}  // namespace
}  // namespace torpor::telemetry
