// A real daemon for tests, unpacked by tests/fetch-daemons: on a loopback port of its
// own, with nothing stored, ended with its object.
#pragma once

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace torpor::telemetry {

inline std::filesystem::path DaemonProgram(const std::string& name) {
  const char* daemons = std::getenv("TORPOR_DAEMONS");
  const std::filesystem::path folder =
      daemons != nullptr ? daemons : TORPOR_SOURCE_DIR "/build/daemons";
  return folder / "usr" / "bin" / name;
}

inline std::uint16_t FreePort() {
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

// What a test itself shows a daemon that wants to know who asks.
struct Asker {
  std::string certificate, key;  // files
  std::string user_password;     // "user:password"
};

// The body of a good answer; empty for any other.
inline std::string Get(const std::string& url, const Asker& who = {}) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                 curl_easy_cleanup);
  std::string body;
  const auto collect =
      +[](const char* data, std::size_t size, std::size_t count, void* to) {
        static_cast<std::string*>(to)->append(data, size * count);
        return size * count;
      };
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);  // Push() is who verifies
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 20L);
  if (!who.certificate.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_SSLCERT, who.certificate.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_SSLKEY, who.key.c_str());
  }
  if (!who.user_password.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_USERPWD, who.user_password.c_str());
  }
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  return curl_easy_perform(easy.get()) == CURLE_OK ? body : std::string();
}

class Daemon {
 public:
  // Its arguments once it has a "host:port" to listen at.
  using Arguments = std::function<std::vector<std::string>(const std::string& address)>;

  Daemon() = default;
  ~Daemon() { Stop(); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // False, and a word to whoever runs the tests, where there is no such program.
  [[nodiscard]] static bool IsThere(const std::string& name) {
    if (std::filesystem::exists(DaemonProgram(name))) return true;
    std::cerr << "NOT RUN: no " << DaemonProgram(name)
              << "; tests/fetch-daemons fetches it\n";
    return false;
  }

  // Returns when it answers at `ready`, a path; false when it never did.
  [[nodiscard]] bool Start(const std::string& name, const Arguments& arguments,
                           const std::string& scheme, const std::string& ready,
                           const Asker& who = {}) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      address_ = "127.0.0.1:" + std::to_string(FreePort());
      Run(DaemonProgram(name).string(), arguments(address_));
      for (int i = 0; i < 400; ++i) {
        if (::waitpid(child_, nullptr, WNOHANG) == child_) {
          child_ = -1;
          break;  // somebody else took the port
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (!Get(scheme + address_ + ready, who).empty()) return true;
      }
      Stop();
    }
    return false;
  }

  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  void Run(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& one : arguments)
      argv.push_back(const_cast<char*>(one.data()));
    argv.push_back(nullptr);
    child_ = ::fork();
    if (child_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  void Stop() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

  std::string address_;
  pid_t child_ = -1;
};

}  // namespace torpor::telemetry
