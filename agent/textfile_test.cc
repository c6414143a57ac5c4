#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <string>
#include <vector>

#include "agent/sink.h"
#include "core/test_folder.h"
#include "core/test_program.h"
#include "telemetry/test_daemon.h"

namespace torpor::agent {
namespace {

using ::testing::HasSubstr;

class Textfile : public testing::Test {
 protected:
  Textfile() {
    sink_.kind = SinkKind::kTextfile;
    sink_.folder = folder_.path();
    metrics_.version = "0.1.0";
    metrics_.robot_time_us = 1'790'000'000'000'000;
    metrics_.contract_id = "first";
  }
  [[nodiscard]] telemetry::PushResult Send(const std::string& robot = "robot:7.a") const {
    return SendPage(sink_, "http://127.0.0.1:1", robot, metrics_, Milliseconds{20'000});
  }
  [[nodiscard]] std::string file() const { return folder_ / "torpor-robot:7.a.prom"; }
  [[nodiscard]] std::string Page() const {
    return folder_.Slurp("torpor-robot:7.a.prom");
  }

  SinkOptions sink_;
  telemetry::MetricSet metrics_;
  TestFolder folder_;
};

TEST_F(Textfile, HasThePageWithTheLabelsThatAScrapeDoesNotAdd) {
  ASSERT_EQ(Send().status, Status::kOk);
  struct stat info {};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0644U);
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("push_time_seconds{job=\"torpor\",instance=\"robot:7.a\"} "
                              "1790000000\n"));
  EXPECT_THAT(page,
              HasSubstr("torpor_batches_total{job=\"torpor\",instance=\"robot:7.a\"} "
                        "0\n"));
  EXPECT_THAT(page, HasSubstr("torpor_batches_dropped_total{job=\"torpor\",instance="
                              "\"robot:7.a\",reason=\"gap\"} 0\n"));
  // Nothing is left out, and nothing else lies there.
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines(page), lines(telemetry::MetricPage(metrics_)) + 3);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(Textfile, IsReplacedByTheNextOne) {
  ASSERT_EQ(Send().status, Status::kOk);
  metrics_.contract_id = "second";
  ASSERT_EQ(Send().status, Status::kOk);
  EXPECT_THAT(Page(), HasSubstr("contract=\"second\""));
  EXPECT_EQ(Page().find("contract=\"first\""), std::string::npos);
}

TEST_F(Textfile, SaysThatItsFolderIsMissing) {
  sink_.folder = folder_ / "missing";
  const telemetry::PushResult result = Send();
  EXPECT_EQ(result.status, Status::kTextfileNotWritten);
  EXPECT_THAT(result.detail, HasSubstr("missing/torpor-robot:7.a.prom: No such file"));
}

// A limit on the size of a file ends a write as a full disk does, half way.
TEST_F(Textfile, LeavesTheOldPageWhereThereIsNoRoomForTheNewOne) {
  ASSERT_EQ(Send().status, Status::kOk);
  const std::string before = Page();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  metrics_.contract_id = "second";
  const telemetry::PushResult result = Send();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_EQ(result.status, Status::kTextfileNotWritten);
  EXPECT_THAT(result.detail, HasSubstr(": File too large"));
  EXPECT_EQ(Page(), before);
  ASSERT_EQ(Send().status, Status::kOk);
  EXPECT_NE(Page(), before);
}

TEST_F(Textfile, IsOfNoRobotWhoseNameLeadsElsewhere) {
  for (const char* robot : {"../robot", "a/b", "", "..", "a\"b"}) {
    EXPECT_EQ(Send(robot).status, Status::kAddressRefused) << robot;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Textfile, PleasesPromtool) {
  if (!telemetry::Daemon::IsThere("promtool")) return;
  ASSERT_EQ(Send().status, Status::kOk);
  const Ran ran = RunLine(telemetry::DaemonProgram("promtool").string() +
                          " check metrics < " + file() + " 2>&1");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "");
}

TEST_F(Textfile, IsReadByANodeExporter) {
  if (!telemetry::Daemon::IsThere("prometheus-node-exporter")) return;
  ASSERT_EQ(Send().status, Status::kOk);
  telemetry::Daemon exporter;
  const auto arguments = [this](const std::string& address) {
    return std::vector<std::string>{
        "--web.listen-address=" + address, "--collector.disable-defaults",
        "--collector.textfile", "--collector.textfile.directory=" + folder_.string()};
  };
  ASSERT_TRUE(exporter.Start("prometheus-node-exporter", arguments, "http://", "/"));
  std::string read = telemetry::Get("http://" + exporter.address() + "/metrics");
  EXPECT_THAT(read, HasSubstr("node_textfile_scrape_error 0\n"));
  EXPECT_THAT(read, HasSubstr("push_time_seconds{instance=\"robot:7.a\",job=\"torpor\"} "
                              "1.79e+09\n"));
  EXPECT_THAT(read, HasSubstr("contract=\"first\""));
  metrics_.contract_id = "second";
  ASSERT_EQ(Send().status, Status::kOk);
  read = telemetry::Get("http://" + exporter.address() + "/metrics");
  EXPECT_THAT(read, HasSubstr("contract=\"second\""));
}

}  // namespace
}  // namespace torpor::agent
