// This computer, as RealWorld suspends it.
#pragma once

#include <filesystem>
#include <utility>

#include "agent/accelerator/descriptor.h"
#include "agent/linux/machine.h"

namespace torpor::agent {

class RealWorld;

class RealMachine final : public Machine {
 public:
  // The world owns it, and does its idling. `root` is / but in tests.
  RealMachine(RealWorld& world, std::filesystem::path root)
      : world_(world), files_(std::move(root)) {}

  [[nodiscard]] KernelFiles& files() override { return files_; }
  [[nodiscard]] Instant Now() override;
  [[nodiscard]] Microseconds Running() override;
  World::Sleep Idle(Instant deadline) override;
  bool SetAlarmTimer(std::optional<Instant> at) override;

 private:
  RealWorld& world_;
  KernelFiles files_;
  Descriptor alarm_;  // is never waited for: that it is armed is enough
};

}  // namespace torpor::agent
