#include "bench/cycle/bench_robot.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace torpor::bench {
namespace {

constexpr Milliseconds kDripEach{1'000};
constexpr Milliseconds kFirmwareStarts{5'000};

// What torpord can be told beside where its files are.
std::vector<std::string> EveryOption(const std::string& gateway) {
  return {"--group",           "bench",   "--bearing", "6205",
          "--refusal-gateway", gateway,   "--meters",  "auto",
          "--cpu-boost",       "--lines", "json"};
}

simulate::Refusal NoProgram(Status status, const char* what) {
  return {status, std::string(what) + " cannot be started", {}, {}};
}

}  // namespace

Instant Now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return FromMicroseconds(now.tv_sec * 1'000'000 + now.tv_nsec / 1'000);
}

std::string EndedEarly(const std::string& name, std::optional<simulate::Child>& child) {
  if (!child || child->running()) return {};
  return name + " ended early with " + std::to_string(child->Wait());
}

NotifySocket::NotifySocket(std::filesystem::path path) : path_(std::move(path)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path_.string();
  if (text.size() >= sizeof address.sun_path) return;
  std::ranges::copy(text, address.sun_path);
  const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return;
  if (::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(made);
    return;
  }
  socket_ = made;
}

NotifySocket::~NotifySocket() {
  if (socket_ >= 0) ::close(socket_);
}

void NotifySocket::Drain() const {
  std::array<char, 512> text{};
  while (::recv(socket_, text.data(), text.size(), 0) > 0) {
  }
}

std::optional<Instant> NotifySocket::WaitForStatus(Instant until) const {
  std::array<char, 512> text{};
  for (;;) {
    const Instant now = Now();
    const ssize_t size = ::recv(socket_, text.data(), text.size(), 0);
    if (size > 0) {
      const std::string_view told(text.data(), static_cast<std::size_t>(size));
      if (told.find("STATUS=") != std::string_view::npos) return now;
      continue;
    }
    const auto left = std::chrono::ceil<Milliseconds>(until - now);
    if (left.count() <= 0) return std::nullopt;
    pollfd wait{socket_, POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(left.count()));
  }
}

BenchRobot::BenchRobot(simulate::Rig rig, std::unique_ptr<simulate::FaultGateway> gateway,
                       const Timeline& timeline)
    : rig_(std::move(rig)),
      gateway_(std::move(gateway)),
      notify_(rig_.Path("notify.sock")),
      timeline_(timeline) {}

simulate::Attempt<std::unique_ptr<BenchRobot>> BenchRobot::Make(const Made& made) {
  auto gateway = std::make_unique<simulate::FaultGateway>(made.fault);
  if (!gateway->ok()) return NoProgram(Status::kOs, "a gateway");
  gateway->set_drip_interval(kDripEach);
  simulate::RigOptions options;
  options.folder = made.folder;
  options.programs = made.programs;
  options.gateway = gateway->address();
  options.keys = KeysOf(made.timeline);
  options.tables = TablesOf(made.timeline);
  auto rig = simulate::Rig::Make(std::move(options));
  if (!rig.ok()) return rig.refusal();
  if (made.baseline.empty()) {
    const auto fitted = rig->FitBaseline({"--quiet", "--simulated", "3"});
    if (!fitted.ok()) return fitted.refusal();
  } else {
    std::error_code error;
    std::filesystem::copy(made.baseline, rig->Path("fleet.baseline"), error);
    if (error) return simulate::Refusal{Status::kIo, made.baseline.string(), {}, {}};
  }
  if (const auto provisioned = rig->Provision(); !provisioned.ok()) {
    return provisioned.refusal();
  }
  std::unique_ptr<BenchRobot> robot(
      new BenchRobot(*std::move(rig), std::move(gateway), made.timeline));
  if (!robot->notify_.ok()) return NoProgram(Status::kOs, "a notification socket");
  return robot;
}

simulate::RigStatus BenchRobot::StartFirmware() {
  const std::filesystem::path socket = rig_.Path("mcu.sock");
  auto firmware = rig_.StartFirmware({"--link", "socket:" + socket.string()},
                                     {"--simulate-bearing", "1", "--fault", "none"});
  if (!firmware.ok()) return NoProgram(firmware.status(), "torpor-firmware");
  firmware_ = *std::move(firmware);
  const Instant until = Now() + kFirmwareStarts;
  while (!std::filesystem::exists(socket)) {
    if (Now() > until) return NoProgram(Status::kLinkDown, "torpor-firmware");
    std::this_thread::sleep_for(Milliseconds{5});
  }
  return 0;
}

simulate::RigStatus BenchRobot::Start(int cycles) {
  std::vector<std::string> more = EveryOption(gateway_->address());
  if (cycles > 0) {
    more.emplace_back("--cycles");
    more.push_back(std::to_string(cycles));
  }
  ::setenv("NOTIFY_SOCKET", notify_.path().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "900000000", 1);
  auto robot = rig_.StartRobot({"--link", rig_.Path("mcu.sock")}, more,
                               {rig_.Path("robot.log"), rig_.Path("robot.err")});
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  if (!robot.ok()) return NoProgram(robot.status(), "torpord");
  robot_ = *std::move(robot);
  return 0;
}

int BenchRobot::Stop() {
  if (robot_->running()) robot_->Ask(SIGTERM);
  return robot_->Wait();
}

std::string BenchRobot::Ended() {
  const std::string robot = " of " + rig_.options().folder.filename().string();
  if (auto ended = EndedEarly("torpor-firmware" + robot, firmware_); !ended.empty()) {
    return ended;
  }
  const auto ended = EndedEarly("torpord" + robot, robot_);
  return ended.empty() ? ended : ended + ": " + LastWords();
}

std::filesystem::path BenchRobot::baseline() const { return rig_.Path("fleet.baseline"); }

std::vector<std::filesystem::path> BenchRobot::OwnFiles() const {
  std::vector<std::filesystem::path> files = {rig_.options().programs / "torpord",
                                              rig_.options().model,
                                              baseline(),
                                              rig_.bundle(),
                                              rig_.Path("fleet.pub"),
                                              rig_.Path("robot/pairing.key")};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(rig_.state(), error)) {
    files.push_back(entry.path());
  }
  return files;
}

std::string BenchRobot::LastWords() const {
  std::ifstream file(rig_.Path("robot.err"));
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace torpor::bench
