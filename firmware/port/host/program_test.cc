// torpor-firmware as a process: on a socket, on a pty and under the time broker.
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
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <thread>

#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "link/ends_under_test.h"
#include "simulate/broker.h"
#include "simulate/broker_client.h"

namespace torpor::firmware::host {
namespace {

using contract::GoodTerms;
using link::ComputerEvent;
using std::filesystem::path;

Instant RealNow() {
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
    std::string name =
        (std::filesystem::temp_directory_path() / "torpor-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
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
  void TearDown() override { std::filesystem::remove_all(folder); }

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

  path folder;
  link::Held held{GoodTerms()};
  contract::Keyring keyring;
  std::vector<std::byte> buffer;
  std::unique_ptr<link::ComputerEnd> computer;
  int greetings = 0;
};

long Switches(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  while (status >> word) {
    long count = 0;
    if (word == "voluntary_ctxt_switches:" && status >> count) return count;
  }
  return -1;
}

void AgreeFetchAndIdle(const std::function<ComputerEvent()>& greet,
                       const std::function<ComputerEvent()>& fetch,
                       const link::ComputerEnd& computer, pid_t pid) {
  ASSERT_EQ(greet(), ComputerEvent::kAgreed);
  EXPECT_LE(computer.next_ready_in(), Milliseconds(200));
  std::this_thread::sleep_for(Milliseconds(250));
  ASSERT_EQ(fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(computer.batch().size(), 10'240U);
  EXPECT_EQ(computer.header().sequence, 1U);
  EXPECT_GE(computer.age(RealNow()), Milliseconds(100));
  ASSERT_EQ(fetch(), ComputerEvent::kNothingNew);
  // Nothing to do until the next window, so nothing is done.
  std::this_thread::sleep_for(Milliseconds(50));
  const long before = Switches(pid);
  ASSERT_GT(before, 0);
  std::this_thread::sleep_for(Milliseconds(1500));
  EXPECT_EQ(Switches(pid), before);
}

TEST_F(Program, AgreesAndHandsOverOnASocketAndDoesNotWakeBetween) {
  ASSERT_EQ(Provision(), 0) << Log();
  const Process firmware(folder, Running("socket:" + (folder / "link").string()));
  const int fd = Connect(folder / "link");
  ASSERT_GE(fd, 0) << Log();
  AgreeFetchAndIdle([&] { return Greet(fd); }, [&] { return Fetch(fd); }, *computer,
                    firmware.pid());
  ::close(fd);
}

TEST_F(Program, AgreesAndHandsOverOnAPtyAndCleansUpWhenAskedToEnd) {
  if (::access("/dev/pts/ptmx", F_OK) != 0) {
    std::cerr << "NOT RUN: this machine has no pseudo-terminals (/dev/pts)\n";
    return;
  }
  ASSERT_EQ(Provision(), 0) << Log();
  Process firmware(folder, Running("pty:" + (folder / "link").string()));
  const int fd = Connect(folder / "link");
  ASSERT_GE(fd, 0) << Log();
  AgreeFetchAndIdle([&] { return Greet(fd); }, [&] { return Fetch(fd); }, *computer,
                    firmware.pid());
  ::close(fd);
  firmware.Ask(SIGTERM);
  EXPECT_EQ(firmware.Wait(), 0);
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "link"));
}

TEST_F(Program, ASecondClientOfTheSocketIsServedWhenTheFirstHasGone) {
  ASSERT_EQ(Provision(), 0) << Log();
  const Process firmware(folder, Running("socket:" + (folder / "link").string()));
  for (int i = 0; i < 3; ++i) {
    const int fd = Connect(folder / "link");
    ASSERT_GE(fd, 0);
    ASSERT_EQ(Greet(fd), ComputerEvent::kAgreed);
    ::close(fd);
  }
}

TEST_F(Program, EachStartIsCountedAndTheFloorOutlivesIt) {
  ASSERT_EQ(Provision(), 0) << Log();
  for (std::uint32_t boot = 1; boot <= 3; ++boot) {
    const Process firmware(folder, Running("socket:" + (folder / "link").string()));
    const int fd = Connect(folder / "link");
    ASSERT_GE(fd, 0);
    ASSERT_EQ(Greet(fd), ComputerEvent::kAgreed);
    EXPECT_EQ(computer->firmware().boot_count, boot);
    ::close(fd);
  }
  contract::Terms older = GoodTerms();
  older.version.number -= 1;
  ASSERT_EQ(contract::sign::WriteNewFile(folder / "older", link::TestBundle(older)),
            Status::kOk);
  ASSERT_EQ(Provision("older"), 0);  // installing does not lower the floor
  auto options = Running("socket:" + (folder / "link").string());
  options.push_back("--exit-on-refusal");
  Process firmware(folder, options);
  EXPECT_EQ(firmware.Wait(), 77);
  EXPECT_NE(Log().find(R"("name":"rolled-back")"), std::string::npos) << Log();
}

TEST_F(Program, ARefusalStaysAndAnswersUnlessToldToExit) {
  ASSERT_EQ(Provision("bundle", "r-18"), 0);
  const Process firmware(folder, Running("socket:" + (folder / "link").string()));
  const int fd = Connect(folder / "link");
  ASSERT_GE(fd, 0);
  ASSERT_EQ(Greet(fd), ComputerEvent::kRefused);
  EXPECT_EQ(computer->refusal().status(), Status::kPeerRefused);
  EXPECT_EQ(computer->refusal().theirs.view(), "not-for-this-robot");
  std::this_thread::sleep_for(Milliseconds(100));  // the greeting's last turn
  const long before = Switches(firmware.pid());
  std::this_thread::sleep_for(Milliseconds(500));
  EXPECT_EQ(Switches(firmware.pid()), before);
  ::close(fd);
}

TEST_F(Program, BadInputsEndWithOneLineAndTheirExitCode) {
  const std::string link = "socket:" + (folder / "link").string();
  const auto run = [&](std::vector<std::string> options) {
    return Process(folder, std::move(options)).Wait();
  };
  EXPECT_EQ(run(Running(link)), 66) << "no flash";
  std::ofstream(folder / "empty");
  EXPECT_EQ(Provision("empty"), 65);
  std::ofstream(folder / "rubbish") << "this is no bundle";
  EXPECT_EQ(Provision("rubbish"), 65);
  EXPECT_EQ(Provision("nowhere"), 66);
  EXPECT_EQ(Provision("bundle", "a-name-of-more-than-thirty-one-characters"), 78);
  ASSERT_EQ(Provision(), 0) << Log();
  EXPECT_EQ(run({"--link", link}), 64) << "no sensor";
  EXPECT_EQ(run(Running("carrier-pigeon")), 64);
  EXPECT_EQ(run(Running("broker:" + (folder / "nobody").string())), 66);
  EXPECT_EQ(run({"--no-such-option"}), 64);
  EXPECT_EQ(run({"--help"}), 0);
  std::ofstream(folder / "file") << "mine";
  EXPECT_EQ(run(Running("pty:" + (folder / "file").string())), 64);
  EXPECT_TRUE(std::filesystem::is_regular_file(folder / "file"));

  ASSERT_EQ(::chmod((folder / "flash").c_str(), 0644), 0);
  EXPECT_EQ(run(Running(link)), 77) << "the pairing key is exposed";
  ASSERT_EQ(::chmod((folder / "flash").c_str(), 0600), 0);
  std::filesystem::resize_file(folder / "flash", 1000);
  EXPECT_EQ(run(Running(link)), 74) << "a truncated flash";
}

TEST_F(Program, AFlashIsUsedByOneFirmwareAtATime) {
  ASSERT_EQ(Provision(), 0) << Log();
  const Process firmware(folder, Running("socket:" + (folder / "link").string()));
  const int fd = Connect(folder / "link");
  ASSERT_GE(fd, 0);
  Process second(folder, Running("socket:" + (folder / "other").string()));
  EXPECT_EQ(second.Wait(), 74);
  ::close(fd);
}

TEST_F(Program, ARecordingThatIsNotThereIsRefusedAtBoot) {
  ASSERT_EQ(Provision(), 0) << Log();
  std::ofstream(folder / "manifest.json") << R"({"recordings": [{"id": "fan",
      "file": "fan.wav", "sample_rate_hz": 25600, "unit": "g",
      "channels": [{"name": "x", "full_scale": 1}]}]})";
  const std::string link = "socket:" + (folder / "link").string();
  Process firmware(folder, {"--link", link, "--data", folder.string(), "--recording",
                            "pump", "--exit-on-refusal"});
  EXPECT_EQ(firmware.Wait(), 66) << Log();
  EXPECT_NE(Log().find(R"("name":"recording-missing")"), std::string::npos) << Log();
}

// An hour of virtual time, the firmware as a process and the computer's end in this one.
TEST_F(Program, AnHourUnderTheBrokerHasABatchEveryPeriod) {
  ASSERT_EQ(Provision(), 0) << Log();
  simulate::BrokerOptions options;
  options.path = folder / "broker";
  options.link_baud = GoodTerms().link_baud;
  auto broker = simulate::Broker::Listen(options);
  ASSERT_TRUE(broker.ok());
  std::thread night([&] { (*broker)->Run(Instant(std::chrono::hours(2))); });
  {
    auto life = Running("broker:" + options.path);
    life.insert(life.end(), {"--hours", "1"});
    Process firmware(folder, life);
    auto client =
        simulate::BrokerClient::Connect(options.path, simulate::Role::kComputer);
    EXPECT_TRUE(client.ok());
    const auto serve = [&]() -> ComputerEvent {
      for (;;) {
        std::array<std::byte, 8192> bytes{};
        if (const std::size_t out = computer->TakeOutput(bytes); out > 0) {
          client->Write(std::span(bytes).first(out));
        }
        const auto event = computer->TakeEvent();
        if (event != ComputerEvent::kNone) return event;
        const auto wake =
            client->WaitUntil(*computer->deadline(), simulate::WakeOnBytes::kYes);
        if (wake == simulate::Wake::kStopped) return ComputerEvent::kNone;
        while (const std::size_t got = client->Read(bytes)) {
          std::span<const std::byte> in = std::span(bytes).first(got);
          computer->OnBytes(in, client->Now());
        }
        computer->OnTime(client->Now());
      }
    };
    computer->Greet(client->Now(), link::TestNonce(1));
    EXPECT_EQ(serve(), ComputerEvent::kAgreed);
    int cycles = 0;
    Microseconds oldest{};
    std::uint64_t newest = 0;
    bool ended = false;
    while (!ended && !::testing::Test::HasFailure()) {
      const Instant ready = client->Now() + computer->next_ready_in();
      if (client->WaitUntil(ready, simulate::WakeOnBytes::kNo) ==
          simulate::Wake::kStopped) {
        break;
      }
      computer->Fetch(client->Now());
      switch (serve()) {
        case ComputerEvent::kBatch:
          ++cycles;
          EXPECT_EQ(computer->header().dropped, 0U);
          EXPECT_EQ(computer->header().sequence, ++newest);
          oldest = std::max(oldest, computer->age(client->Now()));
          break;
        case ComputerEvent::kNothingNew:
          ended = computer->ended();
          break;
        default:
          ADD_FAILURE() << static_cast<int>(computer->failure());
      }
    }
    EXPECT_TRUE(ended);
    EXPECT_EQ(cycles, 360);
    // The guard, and what the batch takes on the wire at 921600 baud.
    EXPECT_LT(oldest, Milliseconds(100 + 140));
    (*broker)->Stop();
    night.join();
    EXPECT_EQ(firmware.Wait(), 0);
  }
}

}  // namespace
}  // namespace torpor::firmware::host
