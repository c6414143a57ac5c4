// Where a robot's time, and with it its energy, went: how long each thing that draws
// power drew it, in all and minute by minute.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/time.h"
#include "core/units.h"
#include "simulate/replay_assumptions.h"

namespace torpor::simulate {

// What draws power beyond a computer that is asleep. They add up.
enum class Draw : std::uint8_t {
  kAwake,     // the computer
  kCore,      // one of its cores is busy
  kResident,  // the GPU is up
  kGpuWork,   // and works
};
inline constexpr std::size_t kDraws = 4;

using DrawTimes = std::array<Microseconds, kDraws>;  // indexed by Draw

// What the computer takes while `draw` draws, beyond what it takes asleep.
Microwatts Adds(Draw draw, const ReplayAssumptions& assumptions);

// Of the computer alone, over `elapsed` in which `times` were spent.
Microjoules ComputerEnergy(const DrawTimes& times, Microseconds elapsed,
                           const ReplayAssumptions& assumptions);

class Ledger {
 public:
  static constexpr Microseconds kBin = std::chrono::minutes(1);

  // Over [0, shift); what is spent beyond is not counted.
  explicit Ledger(Microseconds shift);

  // From `from` to `to`. Time that `draw` was spent on before is not counted twice, so
  // intervals of one draw come in the order of their beginnings.
  void Spend(Draw draw, Instant from, Instant to);

  [[nodiscard]] const DrawTimes& times() const { return times_; }
  // Minute by minute; the last one may be shorter than the others.
  [[nodiscard]] const std::vector<DrawTimes>& bins() const { return bins_; }
  [[nodiscard]] Microseconds BinLength(std::size_t bin) const;

 private:
  Microseconds shift_;
  DrawTimes times_{};
  std::array<Instant, kDraws> spent_until_{};
  std::vector<DrawTimes> bins_;
};

}  // namespace torpor::simulate
