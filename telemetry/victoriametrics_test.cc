#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/metric_set.h"
#include "telemetry/push.h"
#include "telemetry/test_certificates.h"
#include "telemetry/test_daemon.h"

// What the real VictoriaMetrics makes of our pages.
namespace torpor::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Milliseconds kAmple{20'000};

class VictoriaMetrics : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Daemon::IsThere("victoria-metrics")) return;
    running_ = daemon_.Start(
        "victoria-metrics",
        [this](const std::string& address) {
          std::vector<std::string> arguments = {
              "-httpListenAddr=" + address,
              "-storageDataPath=" + (folder_ / "data").string(),
              "-memory.allowedBytes=64MB", "-search.latencyOffset=1ms"};
          for (const std::string& one : more_arguments()) arguments.push_back(one);
          return arguments;
        },
        scheme_, "/health", asker_);
    ASSERT_TRUE(running_) << "VictoriaMetrics did not start";
  }
  virtual std::vector<std::string> more_arguments() { return {}; }

  [[nodiscard]] PushTarget As(const std::string& robot) const {
    PushTarget target{base(), robot, "", {}};
    target.receiver = Receiver::kVictoriaMetrics;
    return target;
  }
  [[nodiscard]] std::string base() const { return scheme_ + daemon_.address(); }
  // What it holds of these series, as it hands them to a Prometheus; what was sent may be
  // seen a second later. Waits for `expected`.
  [[nodiscard]] std::string Federated(const std::string& expected) const {
    std::string text;
    for (int i = 0; i < 600 && text.find(expected) == std::string::npos; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      (void)Get(base() + "/internal/force_flush", asker_);
      text = Get(base() + "/federate?match[]=%7Bjob=%22torpor%22%7D", asker_);
    }
    return text;
  }

  bool running_ = false;
  std::string scheme_ = "http://";
  Asker asker_;
  TestFolder folder_;
  Daemon daemon_;
};

class SecureVictoriaMetrics : public VictoriaMetrics {
 protected:
  SecureVictoriaMetrics() {
    scheme_ = "https://";
    asker_.user_password = "amr-17:warehouse-7";
    authority_.Sign("gateway");
  }
  std::vector<std::string> more_arguments() override {
    return {"-tls", "-tlsCertFile=" + authority_.File("gateway.pem"),
            "-tlsKeyFile=" + authority_.File("gateway.key"), "-httpAuth.username=amr-17",
            "-httpAuth.password=warehouse-7"};
  }
  TestAuthority authority_;
};

TEST_F(VictoriaMetrics, TakesTheWholePageUnderTheLabelsOfTheRobot) {
  if (!running_) return;
  std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  MetricSet set;
  set.robot_time_us = 1'790'000'000'000'000;
  const PushResult result = Push(As("robot:7.a_b-c"), page + PushTime(set), kAmple);
  ASSERT_EQ(result.status, Status::kOk) << result.detail;
  const std::string held = Federated("push_time_seconds{");
  const auto lines = [](const std::string& text, const std::string& start) {
    std::size_t count = 0;
    for (std::size_t at = text.find("\n" + start); at != std::string::npos;
         at = text.find("\n" + start, at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(lines("\n" + held, "torpor_"), lines(page, "torpor_"));
  EXPECT_EQ(lines("\n" + held, "push_time_seconds"), 1U);
  std::size_t labelled = 0;
  for (std::size_t at = held.find("instance=\"robot:7.a_b-c\""); at != std::string::npos;
       at = held.find("instance=\"robot:7.a_b-c\"", at + 1)) {
    ++labelled;
  }
  EXPECT_EQ(labelled, lines(page, "torpor_") + 1);
}

TEST_F(VictoriaMetrics, TakesTheSamePageCompressed) {
  if (!running_) return;
  std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  ASSERT_EQ(Push(As("one"), page, kAmple).status, Status::kOk);
  PushTarget target = As("two");
  target.gzip = true;
  const PushResult result = Push(target, page, kAmple);
  ASSERT_EQ(result.status, Status::kOk) << result.detail;
  // Each series with its value, without the robot and the time of arrival.
  const auto series_of = [held =
                              Federated("instance=\"two\"")](const std::string& robot) {
    const std::string label = "instance=\"" + robot + "\"";
    std::set<std::string> series;
    std::istringstream lines(held);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t at = line.find(label);
      if (at == std::string::npos) continue;
      line.erase(line.rfind(' '));
      series.insert(line.erase(at, label.size()));
    }
    return series;
  };
  EXPECT_GT(series_of("one").size(), 50U);
  EXPECT_EQ(series_of("two"), series_of("one"));
}

TEST_F(VictoriaMetrics, GivesBackWhatWasSentLast) {
  if (!running_) return;
  ASSERT_EQ(Push(As("one"), "# TYPE torpor_a gauge\ntorpor_a 1\n", kAmple).status,
            Status::kOk);
  ASSERT_EQ(Push(As("two"), "torpor_a 5\n", kAmple).status, Status::kOk);
  EXPECT_THAT(Federated("instance=\"one\""), HasSubstr("} 1 "));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));  // its clock's tick
  ASSERT_EQ(Push(As("one"), "# TYPE torpor_a gauge\ntorpor_a 3\n", kAmple).status,
            Status::kOk);
  const std::string held = Federated("} 3 ");
  EXPECT_THAT(held, HasSubstr("} 3 "));
  EXPECT_THAT(held, Not(HasSubstr("} 1 ")));
  EXPECT_THAT(held, HasSubstr("} 5 "));
  // By a query of Prometheus' own language, too.
  const std::string answer =
      Get(base() + "/api/v1/query?nocache=1&query=torpor_a%7Binstance=%22one%22%7D");
  EXPECT_THAT(answer, HasSubstr("\"3\""));
}

TEST_F(SecureVictoriaMetrics, WantsToKnowWhoIsThere) {
  if (!running_) return;
  PushTarget target = As("one");
  target.ca_file = authority_.File("authority.pem");
  EXPECT_EQ(Push(target, "torpor_a 1\n", kAmple).http_status, 401);
  ShowPassword("amr-17", "warehouse-7", target.credentials);
  EXPECT_EQ(Push(target, "torpor_a 2\n", kAmple).status, Status::kOk);
  const std::string held = Federated("torpor_a{");
  EXPECT_THAT(held, HasSubstr("} 2 "));
  EXPECT_THAT(held, Not(HasSubstr("} 1 ")));
  target.gzip = true;
  EXPECT_EQ(Push(target, "torpor_b 3\n", kAmple).status, Status::kOk);
  EXPECT_THAT(Federated("torpor_b{"), HasSubstr("} 3 "));
}

}  // namespace
}  // namespace torpor::telemetry
