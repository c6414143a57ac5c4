#include "firmware/port/host/world.h"

#include <signal.h>
#include <time.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/port/host/line.h"
#include "simulate/broker_client.h"

namespace torpor::firmware::host {
namespace {

volatile sig_atomic_t asked_to_stop = 0;
void OnStop(int) { asked_to_stop = 1; }

class RealWorld final : public World {
 public:
  explicit RealWorld(std::unique_ptr<Line> line)
      : line_(std::move(line)), began_us_(Microtime()) {
    // Let in only while asleep, so that none is missed just before.
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stops, &asleep_mask_);
    struct sigaction action {};
    action.sa_handler = OnStop;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
  }

  [[nodiscard]] Instant Now() override {
    return FromMicroseconds(Microtime() - began_us_);
  }

  // One wait with one deadline: no tick, so an idle firmware does not wake at all.
  void SleepUntil(Instant deadline) override {
    std::vector<pollfd> watched = line_->Watch(full_);
    timespec left{};
    const timespec* limit = nullptr;
    if (deadline != Instant::max()) {
      const auto us = std::max<std::int64_t>((deadline - Now()).count(), 0);
      left = {us / 1'000'000, us % 1'000'000 * 1000};
      limit = &left;
    }
    ::ppoll(watched.data(), watched.size(), limit, &asleep_mask_);
  }

  std::size_t Read(std::span<std::byte> out) override { return line_->Read(out); }
  std::size_t Write(std::span<const std::byte> bytes) override {
    const std::size_t taken = line_->Write(bytes);
    full_ = taken < bytes.size();
    return taken;
  }
  [[nodiscard]] bool stopped() const override { return asked_to_stop != 0; }

 private:
  static std::int64_t Microtime() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  }

  std::unique_ptr<Line> line_;
  std::int64_t began_us_;
  sigset_t asleep_mask_{};
  bool full_ = false;
};

class BrokerWorld final : public World {
 public:
  explicit BrokerWorld(simulate::BrokerClient client) : client_(std::move(client)) {}

  [[nodiscard]] Instant Now() override { return client_.Now(); }
  void SleepUntil(Instant deadline) override {
    stopped_ = client_.WaitUntil(deadline, simulate::WakeOnBytes::kYes) ==
               simulate::Wake::kStopped;
  }
  std::size_t Read(std::span<std::byte> out) override { return client_.Read(out); }
  std::size_t Write(std::span<const std::byte> bytes) override {
    return client_.Write(bytes);
  }
  [[nodiscard]] bool stopped() const override { return stopped_; }

 private:
  simulate::BrokerClient client_;
  bool stopped_ = false;
};

simulate::Attempt<std::unique_ptr<World>> OnLine(
    simulate::Attempt<std::unique_ptr<Line>> line) {
  if (!line.ok()) return line.refusal();
  return std::unique_ptr<World>(std::make_unique<RealWorld>(*std::move(line)));
}

}  // namespace

simulate::Attempt<std::unique_ptr<World>> OpenWorld(const std::string& link) {
  const std::size_t colon = link.find(':');
  const std::string kind = link.substr(0, colon);
  const std::string path = colon == std::string::npos ? "" : link.substr(colon + 1);
  if (!path.empty() && kind == "pty") return OnLine(OpenPty(path));
  if (!path.empty() && kind == "socket") return OnLine(OpenSocket(path));
  if (!path.empty() && kind == "broker") {
    auto client = simulate::BrokerClient::Connect(path, simulate::Role::kFirmware);
    if (!client.ok()) {
      return simulate::Refusal{client.status(), "no time broker at " + path, "", ""};
    }
    return std::unique_ptr<World>(std::make_unique<BrokerWorld>(*std::move(client)));
  }
  return simulate::Refusal{Status::kUsage,
                           "--link is pty:PATH, socket:PATH or broker:PATH, not " + link,
                           "", ""};
}

}  // namespace torpor::firmware::host
