// torpor-firmware as a process, its folder, and who speaks with it. Include it once per
// test program.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <thread>

#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "core/test_folder.h"
#include "link/ends_under_test.h"
#include "simulate/broker.h"
#include "simulate/broker_client.h"

namespace torpor::firmware::host {

using contract::GoodTerms;
using link::ComputerEvent;
using std::filesystem::path;

inline Instant RealNow() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return FromMicroseconds(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

// torpor-firmware with some options; ended by its own id.
class Process {
 public:
  Process(const path& folder, std::vector<std::string> options) {
    const path err = folder / "stderr";
    options.insert(options.begin(), {path(TORPOR_BINARY_DIR) / "bin/torpor-firmware",
                                     "--flash", folder / "flash"});
    pid_ = fork();
    if (pid_ != 0) return;
    const int log = ::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, 2);
    ::dup2(log, 1);
    std::vector<char*> argv;
    for (auto& option : options) argv.push_back(option.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  int Wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void Ask(int signal) const { ::kill(pid_, signal); }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

class Program : public ::testing::Test {
 protected:
  void SetUp() override {
    using namespace contract::sign;
    ASSERT_EQ(WriteKeyPair(folder / "fleet", link::TestKey()), Status::kOk);
    ASSERT_EQ(WritePairingKey(folder / "pairing.key", link::TestPairing()), Status::kOk);
    ASSERT_EQ(WriteNewFile(folder / "bundle", link::TestBundle(GoodTerms())),
              Status::kOk);
    keyring = link::TestKeyring();
    buffer.resize(96'000);
    computer = std::make_unique<link::ComputerEnd>(
        link::ComputerSelf{held.verified, keyring, {1, 1}, {}}, link::TestPairing(),
        buffer);
  }

  int Provision(const std::string& bundle = "bundle", const std::string& robot = "r-17") {
    Process process(folder, {"--provision", "--bundle", folder / bundle, "--keyring",
                             folder / "fleet.pub", "--pairing", folder / "pairing.key",
                             "--robot-id", robot});
    return process.Wait();
  }
  [[nodiscard]] std::string Log() const {
    std::stringstream text;
    text << std::ifstream(folder / "stderr").rdbuf();
    return text.str();
  }
  [[nodiscard]] std::vector<std::string> Running(const std::string& link) const {
    return {"--link", link, "--simulate-bearing", "7"};
  }

  // Opens the far end of the firmware's line; it may not be there yet.
  int Connect(const path& at) const {
    for (int attempt = 0; attempt < 3000; ++attempt) {
      if (std::filesystem::is_symlink(at)) {
        const int fd = ::open(at.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0) return fd;
      } else {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(at.string(), address.sun_path);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&address),  // NOLINT
                      sizeof address) == 0) {
          return fd;
        }
        ::close(fd);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return -1;
  }

  // Serves the computer's end in real time until it has an event.
  ComputerEvent Serve(int fd) {
    for (;;) {
      std::array<std::byte, 4096> bytes{};
      const std::size_t out = computer->TakeOutput(bytes);
      if (out > 0 && ::write(fd, bytes.data(), out) != static_cast<ssize_t>(out)) {
        return ComputerEvent::kNone;
      }
      const auto event = computer->TakeEvent();
      if (event != ComputerEvent::kNone) return event;
      const auto deadline = computer->deadline();
      if (!deadline) return ComputerEvent::kNone;
      const auto left =
          std::chrono::duration_cast<Milliseconds>(*deadline - RealNow()).count() + 1;
      pollfd watched{fd, POLLIN, 0};
      ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
      const ssize_t got = ::read(fd, bytes.data(), bytes.size());
      std::span<const std::byte> in =
          std::span(bytes).first(got > 0 ? static_cast<std::size_t>(got) : 0);
      computer->OnBytes(in, RealNow());
      computer->OnTime(RealNow());
    }
  }
  // Again while nothing answers: on a busy machine the firmware may still be starting.
  ComputerEvent Greet(int fd) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      computer->Greet(RealNow(), link::TestNonce(++greetings));
      const auto event = Serve(fd);
      if (event != ComputerEvent::kFailed) return event;
    }
    return ComputerEvent::kFailed;
  }
  ComputerEvent Fetch(int fd) {
    computer->Fetch(RealNow());
    return Serve(fd);
  }

  TestFolder folder;
  link::Held held{GoodTerms()};
  contract::Keyring keyring;
  std::vector<std::byte> buffer;
  std::unique_ptr<link::ComputerEnd> computer;
  int greetings = 0;
};

inline long Switches(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  while (status >> word) {
    long count = 0;
    if (word == "voluntary_ctxt_switches:" && status >> count) return count;
  }
  return -1;
}

}  // namespace torpor::firmware::host
