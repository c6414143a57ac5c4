// The world of a compressed run: time and link come from the time broker.
#pragma once

#include "agent/world.h"
#include "simulate/broker_client.h"

namespace torpor::agent {

class BrokerWorld final : public World {
 public:
  explicit BrokerWorld(simulate::BrokerClient client) : client_(std::move(client)) {}

  [[nodiscard]] Instant Now() override { return client_.Now(); }
  [[nodiscard]] std::int64_t WallMicroseconds() override {
    return client_.WallMicroseconds();
  }
  [[nodiscard]] bool WallTrusted() override { return true; }
  Woke WaitUntil(Instant deadline, Listen listen) override;
  Sleep SleepUntil(Instant deadline) override {
    return {WaitUntil(deadline, Listen::kNo), {}};
  }
  [[nodiscard]] std::optional<std::uint32_t> WakeupsAwake() override {
    return std::nullopt;
  }
  bool OpenLink() override { return open_ = client_.DevicePresent(); }
  void CloseLink() override { open_ = false; }
  [[nodiscard]] bool link_open() const override {
    return open_ && client_.DevicePresent();
  }
  std::size_t ReadLink(std::span<std::byte> into) override { return client_.Read(into); }
  std::size_t WriteLink(std::span<const std::byte> bytes) override {
    return link_open() ? client_.Write(bytes) : 0;
  }
  // Time stands still while a process computes, so nothing can be wedged for any of it.
  void ArmWatchdog(Microseconds) override {}
  void DisarmWatchdog() override {}

 private:
  simulate::BrokerClient client_;
  bool open_ = false;
};

}  // namespace torpor::agent
