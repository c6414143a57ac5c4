#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/test_folder.h"
#include "telemetry/push.h"

// What the real Pushgateway makes of our pushes: its verbs are not those of its clients.
namespace torpor::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Milliseconds kAmple{20'000};

std::filesystem::path Program() {
  const char* daemons = std::getenv("TORPOR_DAEMONS");
  const std::filesystem::path folder =
      daemons != nullptr ? daemons : TORPOR_SOURCE_DIR "/build/daemons";
  return folder / "usr" / "bin" / "prometheus-pushgateway";
}

std::uint16_t FreePort() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  auto* address =
      reinterpret_cast<sockaddr*>(&here);  // the only way these calls take one
  const bool bound =
      ::bind(probe, address, size) == 0 && ::getsockname(probe, address, &size) == 0;
  ::close(probe);
  return bound ? ntohs(here.sin_port) : std::uint16_t{0};
}

std::size_t Collect(const char* data, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

std::string Get(const std::string& url) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                 curl_easy_cleanup);
  std::string body;
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);  // Push() is who verifies
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, Collect);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  return curl_easy_perform(easy.get()) == CURLE_OK ? body : std::string();
}

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

// The daemon on a loopback port of its own, with nothing stored, ended with the test.
class Pushgateway : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(Program())) {
      std::cerr << "NOT RUN: no " << Program() << "; tests/fetch-daemons fetches it\n";
      return;
    }
    for (int attempt = 0; attempt < 5 && !running_; ++attempt) Start();
    ASSERT_TRUE(running_) << "the Pushgateway did not start";
  }
  // What else its command line says.
  virtual std::string web_config() { return ""; }
  ~Pushgateway() override { Stop(); }

  void Start() {
    address_ = "127.0.0.1:" + std::to_string(FreePort());
    const std::string listen = "--web.listen-address=" + address_;
    const std::string program = Program().string();
    const std::string config = "--web.config.file=" + web_config();
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
      ::dup2(nowhere, STDOUT_FILENO);
      ::dup2(nowhere, STDERR_FILENO);
      ::execl(program.c_str(), program.c_str(), listen.c_str(), config.c_str(),
              "--persistence.file=", nullptr);
      ::_exit(127);
    }
    for (int i = 0; i < 200 && !running_; ++i) {
      if (::waitpid(child_, nullptr, WNOHANG) == child_) {
        child_ = -1;
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      running_ = !Get(scheme_ + address_ + "/-/ready").empty();
    }
    if (!running_) Stop();
  }

  void Stop() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  PushResult PushAs(const std::string& robot, const std::string& page) const {
    return Push({scheme_ + address_, robot, "", {}}, page, kAmple);
  }
  std::string Metrics() const { return Get(scheme_ + address_ + "/metrics"); }

  bool running_ = false;
  std::string scheme_ = "http://", address_;
  pid_t child_ = -1;
};

// The same with a certificate for 127.0.0.1 that nobody but its maker vouches for.
class TlsPushgateway : public Pushgateway {
 protected:
  TlsPushgateway() { scheme_ = "https://"; }
  ~TlsPushgateway() override { Stop(); }

  std::string web_config() override {
    const std::string key = folder_ / "key.pem", config = folder_ / "web.yml";
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=gateway -addext subjectAltName=IP:127.0.0.1 -keyout " +
        key + " -out " + certificate() + " 2>/dev/null";
    EXPECT_EQ(std::system(make.c_str()), 0);
    std::ofstream(config) << "tls_server_config:\n  cert_file: " << certificate()
                          << "\n  key_file: " << key << "\n";
    return config;
  }
  std::string certificate() const { return folder_ / "certificate.pem"; }

  TestFolder folder_;
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
  PushTarget target{scheme_ + address_, "one", "", {}};
  EXPECT_EQ(Push(target, "torpor_a 1\n", kAmple).status, Status::kGatewayUnreachable);
  target.ca_file = certificate();
  EXPECT_EQ(Push(target, "torpor_a 1\n", kAmple).status, Status::kOk);
  EXPECT_THAT(Metrics(), HasSubstr("torpor_a{instance=\"one\""));
  // Its name is in the certificate, another one is not.
  target.gateway = "https://gateway.invalid" + address_.substr(address_.find(':'));
  target.resolver = [](const std::string&) { return std::string("127.0.0.1"); };
  EXPECT_EQ(Push(target, "torpor_a 2\n", kAmple).status, Status::kGatewayUnreachable);
  EXPECT_THAT(Metrics(), Not(HasSubstr("torpor_a{instance=\"one\",job=\"torpor\"} 2")));
  target.ca_file = "/nonexistent/authority.pem";
  EXPECT_EQ(Push(target, "torpor_a 3\n", kAmple).status, Status::kGatewayUnreachable);
}

}  // namespace
}  // namespace torpor::telemetry
