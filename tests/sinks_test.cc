// The page of metrics on its way out of the real torpord, to a gateway that wants to know
// who is there.
#include <sys/stat.h>

#include <csignal>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "simulate/test_tls_front.h"
#include "telemetry/test_gunzip.h"
#include "telemetry/test_snappy.h"
#include "telemetry/test_write_request.h"
#include "tests/real_time_bench.h"

namespace torpor::tests {
namespace {

namespace fs = std::filesystem;
using simulate::FaultGateway;
using simulate::GatewayFault;

// Behind TLS, and there before the robot is.
struct HiddenGateway {
  FaultGateway hidden_;
  simulate::TlsFront front_{hidden_};
};

class SecureSink : public HiddenGateway, public RealTime {
 protected:
  SecureSink() : RealTime(front_.address()) {}

  void PutSecret(const std::string& text, ::mode_t mode = 0600) const {
    const fs::path next = folder_ / "password.new";
    std::ofstream(next) << text << "\n";
    ::chmod(next.c_str(), mode);
    fs::rename(next, password());
  }
  [[nodiscard]] fs::path password() const { return folder_ / "password"; }
  [[nodiscard]] std::vector<std::string> Options() const {
    const auto& authority = front_.authority();
    return {"--gateway-ca",       authority.File("authority.pem"),
            "--gateway-cert",     authority.File("robot.pem"),
            "--gateway-key",      authority.File("robot.key"),
            "--gateway-user",     "amr-17",
            "--gateway-password", password()};
  }
  // Whether a page has come with this header.
  [[nodiscard]] bool Heard(const std::string& basic) const {
    for (const auto& page : hidden_.pages()) {
      if (page.head.find("Authorization: Basic " + basic) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool Journalled(Status what) const {
    for (const auto& cycle : Cycles()) {
      for (const auto& deviation : cycle.deviations) {
        if (deviation.what == what) return true;
      }
    }
    return false;
  }
};

TEST_F(SecureSink, HearsTheNewPasswordWithoutARestartAndNobodyElseHearsAny) {
  PutSecret("warehouse-7");
  auto robot = StartRobot(Options());
  // printf %s amr-17:warehouse-7 | base64
  const std::string before = "YW1yLTE3OndhcmVob3VzZS03";
  const std::string after = "YW1yLTE3OndhcmVob3VzZS04";
  ASSERT_TRUE(Await([&] { return Heard(before); })) << Contents(folder_ / "robot.err");
  // What the process shows of itself, and what a gateway makes it write down.
  const std::string process = "/proc/" + std::to_string(robot.pid());
  const std::string shown =
      Contents(process + "/cmdline") + Contents(process + "/environ");
  hidden_.set_fault(GatewayFault::kEcho);
  ASSERT_TRUE(Await([&] { return Journalled(Status::kGatewayRejected); }));
  hidden_.set_fault(GatewayFault::kNone);

  PutSecret("warehouse-8", 0644);
  ASSERT_TRUE(Await([&] { return Journalled(Status::kKeyFileExposed); }));
  PutSecret("warehouse-8");
  ASSERT_TRUE(Await([&] { return Heard(after); })) << Contents(folder_ / "robot.err");
  robot.Ask(SIGTERM);
  EXPECT_EQ(robot.Wait(), 0);
  const auto pages = hidden_.pages();
  EXPECT_NE(pages.back().body.find("torpor_push_failures_total{reason=\"local\"} "),
            std::string::npos);
  EXPECT_EQ(pages.back().body.find("torpor_push_failures_total{reason=\"local\"} 0"),
            std::string::npos);

  const std::string key = front_.authority().Text("robot.key");
  const std::string line_of_key = key.substr(key.find('\n') + 1, 40);
  ASSERT_EQ(line_of_key.size(), 40U);
  const std::vector<std::string> secrets = {"warehouse-7", "warehouse-8", before, after,
                                            line_of_key};
  std::size_t searched = 0;
  const auto search = [&](const std::string& where, const std::string& text) {
    ++searched;
    for (const std::string& secret : secrets) {
      EXPECT_EQ(text.find(secret), std::string::npos) << secret << " in " << where;
    }
  };
  search("the process", shown);
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
    if (!entry.is_regular_file() || entry.path() == password()) continue;
    search(entry.path(), Contents(entry.path()));
  }
  EXPECT_GT(searched, 5U);
  EXPECT_NE(Contents(rig_.state() / "journal.sqlite").size(), 0U);
}

class PlainSink : public RealTime {};

TEST_F(PlainSink, GetsItsPagesByAnImportThatSaysWhenTheyWereMade) {
  auto robot = StartRobot({"--sink", "victoriametrics"});
  ASSERT_TRUE(Await([&] { return gateway_.pushes() > 1; }))
      << Contents(folder_ / "robot.err");
  const auto page = gateway_.pages().back();
  EXPECT_EQ(page.method, "POST");
  EXPECT_EQ(page.path.substr(0, page.path.find('?')), "/api/v1/import/prometheus");
  // The same moment, on the same clock.
  const auto value_of = [&](const std::string& name) {
    const std::size_t at = page.body.find("\n" + name + " ");
    const std::size_t from = at + name.size() + 2;
    return at == std::string::npos
               ? std::string()
               : page.body.substr(from, page.body.find('\n', from) - from);
  };
  EXPECT_EQ(value_of("push_time_seconds"), value_of("torpor_robot_time_seconds"));
  EXPECT_GT(value_of("push_time_seconds").size(), 9U);
}

TEST_F(PlainSink, GetsItsPagesCompressedWhenTheyAreToBe) {
  auto robot = StartRobot({"--gateway-gzip"});
  ASSERT_TRUE(Await([&] { return gateway_.pushes() > 1; }))
      << Contents(folder_ / "robot.err");
  const auto sent = gateway_.pages().back();
  EXPECT_EQ(sent.method, "PUT");
  EXPECT_NE(sent.head.find("\r\nContent-Encoding: gzip\r\n"), std::string::npos);
  const std::string page = telemetry::Gunzip(sent.body);
  EXPECT_NE(page.find("\ntorpor_contract_agreement 1\n"), std::string::npos) << page;
  EXPECT_LT(sent.body.size(), page.size() / 3);
  std::cout << page.size() << " bytes of a page went as " << sent.body.size()
            << ", and the request's head as " << sent.head.size() << "\n";
}

TEST_F(PlainSink, WritesItsPagesRemotelyWithTheTimeOfItsOwnClock) {
  if (!telemetry::HasSnappy()) return;
  auto robot = StartRobot({"--sink", "remote-write"});
  ASSERT_TRUE(Await([&] { return gateway_.pushes() > 2; }))
      << Contents(folder_ / "robot.err");
  const auto sent = gateway_.pages().back();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.path, "/api/v1/write");
  const auto series = telemetry::ReadWriteRequest(telemetry::Unsnappy(sent.body));
  EXPECT_GT(series.size(), 60U);
  std::set<std::string> instances;
  for (const auto& one : series) {
    instances.insert(one.label("instance"));
    const std::string name = one.label("__name__");
    if (name == "torpor_contract_agreement") {
      EXPECT_EQ(one.value, 1);
    } else if (name == "torpor_robot_time_seconds" || name == "push_time_seconds") {
      EXPECT_EQ(one.at_ms, static_cast<std::int64_t>(one.value * 1000));
    }
  }
  EXPECT_EQ(instances.size(), 1U);
  EXPECT_NE(Contents(rig_.state() / "remote-write.series").find("\npush_time_seconds\n"),
            std::string::npos);
  std::cout << series.size() << " series went as " << sent.body.size()
            << " bytes, and the request's head as " << sent.head.size() << "\n";
}

}  // namespace
}  // namespace torpor::tests
