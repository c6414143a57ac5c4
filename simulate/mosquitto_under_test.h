// The real MQTT broker on a loopback port of its own, and its command line's subscriber,
// for tests. Debian's, unpacked by tests/fetch-daemons and never installed.
#pragma once

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "simulate/child.h"

namespace torpor::simulate {

class MosquittoUnderTest {
 public:
  // Keeps what it must in `folder`, sessions too, across Stop() and Start().
  explicit MosquittoUnderTest(std::filesystem::path folder)
      : folder_(std::move(folder)), port_(FreePort()) {
    for (const auto& entry : In("usr/lib")) {
      if (std::filesystem::exists(entry / "libmosquitto.so.1")) libraries_ = entry;
    }
    // Whatever is started from now on finds the library, and this process has it already.
    if (!there()) return;
    ::setenv("LD_LIBRARY_PATH", libraries_.c_str(), 1);
    ::dlopen((libraries_ / "libmosquitto.so.1").c_str(), RTLD_LAZY | RTLD_LOCAL);
  }

  // Whether it was fetched; a test that lacks it says so and passes.
  [[nodiscard]] bool there() const {
    return !libraries_.empty() && std::filesystem::exists(Program("sbin/mosquitto"));
  }
  [[nodiscard]] bool Missing() const {
    if (!there()) {
      std::cerr << "NOT RUN: no " << Program("sbin/mosquitto")
                << "; tests/fetch-daemons fetches it\n";
    }
    return !there();
  }

  // `config` are further lines of its configuration. False if it does not come up.
  bool Start(const std::string& config = "allow_anonymous true\n") {
    std::ofstream(folder_ / "mosquitto.conf")
        << "user root\nlistener " << port_ << " 127.0.0.1\npersistence true\n"
        << "persistence_location " << folder_.string() << "/\n"
        << config;
    auto child =
        Child::Start({Program("sbin/mosquitto"), "-c", folder_ / "mosquitto.conf"},
                     {folder_ / "mosquitto.log", folder_ / "mosquitto.log"});
    if (!child.ok()) return false;
    broker_.emplace(*std::move(child));
    for (int i = 0; i < 600 && broker_->running(); ++i) {
      if (Answers()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  // Sessions are kept.
  void Stop() {
    if (!broker_) return;
    broker_->Ask(SIGTERM);
    broker_->Wait();
    broker_.reset();
  }

  // Writes "TOPIC RETAINED BODY" of all that robots say, a line each, to heard(); has a
  // session that is kept. False if it does not come up.
  bool Subscribe(const std::vector<std::string>& more = {}) {
    std::vector<std::string> argv = {Program("bin/mosquitto_sub"),
                                     "-h",
                                     "127.0.0.1",
                                     "-p",
                                     std::to_string(port_),
                                     "-i",
                                     "operations",
                                     "-c",
                                     "-q",
                                     "1",
                                     "-t",
                                     "torpor/#",
                                     "-F",
                                     "%t %r %p"};
    argv.insert(argv.end(), more.begin(), more.end());
    auto child = Child::Start(argv, {folder_ / "heard", folder_ / "sub.err"});
    if (!child.ok()) return false;
    subscriber_.emplace(*std::move(child));
    return true;
  }
  [[nodiscard]] std::string heard() const {
    std::ifstream file(folder_ / "heard");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  [[nodiscard]] std::string url(const char* scheme = "mqtt://",
                                const char* host = "127.0.0.1") const {
    return scheme + std::string(host) + ":" + std::to_string(port_);
  }
  [[nodiscard]] std::string Program(const char* name) const {
    return (Folder() / "usr" / name).string();
  }

 private:
  static std::filesystem::path Folder() {
    const char* const daemons = std::getenv("TORPOR_DAEMONS");
    return daemons != nullptr ? daemons : TORPOR_SOURCE_DIR "/build/daemons";
  }
  static std::vector<std::filesystem::path> In(const char* folder) {
    std::error_code error;
    std::vector<std::filesystem::path> found;
    for (const auto& entry :
         std::filesystem::directory_iterator(Folder() / folder, error)) {
      found.push_back(entry.path());
    }
    return found;
  }
  static sockaddr_in Loopback(std::uint16_t port) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(port);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return here;
  }
  static std::uint16_t FreePort() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in here = Loopback(0);
    socklen_t size = sizeof here;
    auto* address = reinterpret_cast<sockaddr*>(&here);  // these calls take no other
    const bool bound =
        ::bind(probe, address, size) == 0 && ::getsockname(probe, address, &size) == 0;
    ::close(probe);
    return bound ? ntohs(here.sin_port) : std::uint16_t{0};
  }
  [[nodiscard]] bool Answers() const {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in there = Loopback(port_);
    const bool up =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
    ::close(probe);
    return up;
  }

  std::filesystem::path folder_, libraries_;
  std::uint16_t port_;
  std::optional<Child> broker_, subscriber_;
};

}  // namespace torpor::simulate
