// One sampling window per period, at absolute deadlines of the firmware's own counter:
// the rhythm does not drift and does not ask the computer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "contract/terms.h"
#include "core/status.h"
#include "core/time.h"
#include "firmware/core/states.h"
#include "signal/batch_slots.h"

namespace torpor::firmware {

class Sampler {
 public:
  explicit constexpr Sampler(signal::BatchSlots& slots) : slots_(slots) {}

  // The first window opens at `first`; `terms` must outlive the sampler.
  void Start(const contract::Terms& terms, Instant first);
  void Stop();

  // When Open() is due (in kResting) or Continue() (in kSampling).
  [[nodiscard]] Instant opens() const { return opens_; }
  [[nodiscard]] Instant due(Instant now) const;

  // Begins the window that is due: kWindowOpens, or kLifeEnds, or kWindowCloses when the
  // sensor does not start.
  Event Open(Instant now);

  // Takes the samples that are there: kWindowOpens while the window goes on, then
  // kWindowCloses or kLifeEnds.
  Event Continue(Instant now);

  // From `now` until the next batch is complete, at most.
  [[nodiscard]] Microseconds NextReadyIn(Instant now, State state) const;

  [[nodiscard]] std::uint32_t faults() const { return faults_; }
  [[nodiscard]] Status last_fault() const { return last_fault_; }

 private:
  Event GiveUp(Status why);
  // Samples of sensor i still to come; its place in the slot.
  [[nodiscard]] std::span<std::int16_t> Rest(std::size_t sensor) const;

  signal::BatchSlots& slots_;
  const contract::Terms* terms_ = nullptr;
  Instant opens_{};                 // the next window
  Instant opened_{};                // the one that is open
  std::uint32_t speed_opened_ = 0;  // of the shaft, when it opened
  std::uint64_t windows_ = 0;
  std::span<std::byte> room_;
  std::array<std::size_t, contract::kMaxSensors> taken_{};  // values, per sensor
  std::uint32_t faults_ = 0;
  Status last_fault_ = Status::kOk;
};

}  // namespace torpor::firmware
