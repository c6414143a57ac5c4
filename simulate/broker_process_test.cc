// Two real processes on one broker, one of them stopped for a second of real time.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <new>
#include <sstream>
#include <string>
#include <thread>

#include "core/bytes.h"
#include "core/test_folder.h"
#include "simulate/broker.h"
#include "simulate/broker_client.h"

namespace torpor::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Why = BrokerOutcome::Why;

Instant At(Microseconds since_boot) { return Instant(since_boot); }

std::string ReadAll(BrokerClient& client) {
  std::string text(100'000, '\0');
  text.resize(client.Read(std::as_writable_bytes(std::span(text))));
  return text;
}

struct Progress {  // shared between the processes
  std::atomic<int> rounds = 0;
};

class Processes : public ::testing::Test {
 protected:
  Processes() {
    options_.path = (folder_ / "time").string();
    options_.patience = seconds(20);
    options_.link_baud = 921'600;
    options_.noise = {.one_in_bytes = 5'000, .seed = 3};
    void* page = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    progress_ = new (page) Progress;
  }
  ~Processes() override { munmap(progress_, sizeof(Progress)); }

  // Both sides log every wake; returns both logs. While they run, `disturb` is told the
  // two process ids.
  std::string RunProcesses(const std::function<void(pid_t, pid_t)>& disturb) {
    progress_->rounds = 0;
    auto broker = Broker::Listen(options_);
    EXPECT_TRUE(broker.ok());
    const pid_t firmware = fork();
    if (firmware == 0) Firmware();
    const pid_t computer = fork();
    if (computer == 0) Computer();
    std::thread disturber([&] { disturb(firmware, computer); });
    const BrokerOutcome outcome = (*broker)->Run(At(seconds(36'000)));
    disturber.join();
    EXPECT_EQ(outcome.why, Why::kBothGone);
    for (const pid_t child : {firmware, computer}) {
      int status = -1;
      EXPECT_EQ(waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    std::ostringstream logs;
    logs << outcome.bytes_flipped << '\n';
    logs << std::ifstream(folder_ / "firmware").rdbuf();
    logs << std::ifstream(folder_ / "computer").rdbuf();
    return std::move(logs).str();
  }

  void WaitForRound(int round) const {
    while (progress_->rounds < round) std::this_thread::sleep_for(milliseconds(1));
  }

  static constexpr int kRounds = 3'000;
  Progress* progress_ = nullptr;
  TestFolder folder_;
  BrokerOptions options_;

 private:
  BrokerClient Join(Role role) const {
    auto client = BrokerClient::Connect(options_.path, role);
    if (!client.ok()) std::_Exit(2);
    return std::move(*client);
  }

  // Answers each request with as many bytes as its last byte says, and has a timer of its
  // own, as a sampling loop has.
  [[noreturn]] void Firmware() {
    std::ofstream log(folder_ / "firmware");
    BrokerClient client = Join(Role::kFirmware);
    Instant sample = At(milliseconds(100));
    while (true) {
      const Wake wake = client.WaitUntil(sample, WakeOnBytes::kYes);
      const std::string got = ReadAll(client);
      log << SinceBootMicroseconds(client.Now()) << ' ' << static_cast<int>(wake) << ' '
          << got.size() << '\n';
      if (wake == Wake::kDeadline) sample += milliseconds(100);
      if (got == "bye" || wake == Wake::kStopped) break;
      if (got.empty()) continue;
      const auto count = static_cast<unsigned char>(got.back());
      (void)client.Write(AsBytes(std::string(std::size_t{count} * 40, got.back())));
    }
    log.close();
    { const BrokerClient leaves(std::move(client)); }
    std::_Exit(log ? 0 : 1);
  }

  [[noreturn]] void Computer() {
    std::ofstream log(folder_ / "computer");
    BrokerClient client = Join(Role::kComputer);
    for (int round = 0; round < kRounds; ++round) {
      progress_->rounds = round;
      const std::string ask = "ask" + std::string(1, static_cast<char>(round * 37 % 256));
      (void)client.Write(AsBytes(ask));
      const Instant give_up = client.Now() + milliseconds(90);
      while (client.WaitUntil(give_up, WakeOnBytes::kYes) == Wake::kBytes) {
        const std::string got = ReadAll(client);
        log << SinceBootMicroseconds(client.Now()) << ' ' << std::hash<std::string>{}(got)
            << '\n';
      }
    }
    progress_->rounds = kRounds;
    (void)client.Write(AsBytes("bye"));
    (void)client.WaitUntil(client.Now() + seconds(1), WakeOnBytes::kNo);
    log.close();
    std::_Exit(log ? 0 : 1);
  }
};

TEST_F(Processes, StoppingEitherLeavesTheOutputByteIdentical) {
  const auto start = std::chrono::steady_clock::now();
  const std::string calm = RunProcesses([](pid_t, pid_t) {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_GT(calm.size(), 100'000U);
  std::fprintf(stderr, "%d exchanges in %.2f s: %.0f per second\n", kRounds, took.count(),
               kRounds / took.count());

  for (const bool stop_firmware : {true, false}) {
    const std::string disturbed = RunProcesses([&](pid_t firmware, pid_t computer) {
      const pid_t victim = stop_firmware ? firmware : computer;
      WaitForRound(kRounds / 10);
      kill(victim, SIGSTOP);
      std::this_thread::sleep_for(milliseconds(20));
      const int round = progress_->rounds;
      std::this_thread::sleep_for(seconds(1));
      EXPECT_LE(progress_->rounds, round + 1) << "time went on without a stopped process";
      EXPECT_LT(progress_->rounds, kRounds) << "stopped too late to show anything";
      kill(victim, SIGCONT);
    });
    EXPECT_TRUE(calm == disturbed) << (stop_firmware ? "firmware" : "computer");
  }
}

}  // namespace
}  // namespace torpor::simulate
