// A rail read many times a second while a turn of the residency ladder is measured. The
// robot's own metering reads at borders of phases alone (agent/metering.h); a workbench
// may look more often.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/ladder_measurement.h"
#include "power/energy_account.h"
#include "power/meter.h"

namespace torpor::cli {

class SampledTurns final : public TurnMeter {
 public:
  // `rail` is one of the meter's. A thread of its own reads it, 50 times a second, for as
  // long as this lives.
  SampledTurns(std::unique_ptr<power::Meter> meter, std::string rail);
  ~SampledTurns() override;

  void Begin() override;
  void Switch(TurnPart to) override;
  std::optional<std::array<Spent, kTurnParts>> End() override;

  [[nodiscard]] std::string name() const { return rail_; }
  // "counted" or "sampled", once a turn has ended; "unmetered" before.
  [[nodiscard]] std::string_view how() const;

 private:
  void Run();
  void Read();  // with mutex_ held

  std::unique_ptr<power::Meter> meter_;
  std::string rail_;
  std::vector<power::Reading> readings_;
  std::mutex mutex_;
  power::EnergyAccount account_;
  TurnPart part_ = TurnPart::kSettle;
  Instant since_{};
  std::array<Microseconds, kTurnParts> times_{};
  Metered how_ = Metered::kNot;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace torpor::cli
