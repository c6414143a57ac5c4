// What a cycle costs by the contract's own power model: power x time, phase by phase.
// The lint judges the contract's durations with it, torpord's modelled meter the measured
// ones.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "contract/terms.h"
#include "core/time.h"
#include "core/units.h"

namespace torpor::contract {

// Both timelines, one after the other.
enum class EnergyPhase : std::uint8_t {
  kMcuSample,
  kMcuGuard,
  kMcuSleep,
  kWake,
  kCollect,
  kInfer,
  kRelease,
  kJudge,
  kReport,
  kComputerSleep,
};
inline constexpr std::size_t kEnergyPhases = 10;

using PhaseTimes = std::array<Microseconds, kEnergyPhases>;  // indexed by EnergyPhase

struct PhaseEnergy {
  std::string_view name;
  Microseconds time{};
  Microwatts power{};
  Nanojoules energy{};
};

struct CycleEnergy {
  std::array<PhaseEnergy, kEnergyPhases> phases{};
  Microjoules transition{};
  Microjoules total{};  // the sum of all phases, rounded up, and the transition
};

// As long as the contract allows each phase: the most a cycle that keeps it may cost.
CycleEnergy ModelledCycle(const Terms& terms);

// With measured times; a negative one counts as none. The guard is spent at the power of
// sampling.
CycleEnergy ModelledCycle(const Terms& terms, const PhaseTimes& times);

// What the contract's own durations are.
PhaseTimes ContractTimes(const Terms& terms);

// The modelled cycle and the margin on top: what the cycle's budget must cover.
Microjoules WithMargin(Microjoules modelled, std::uint32_t margin_permille);

// What is spent once in every period, over one hour; rounded up. A period of zero is not
// allowed.
Microjoules PerHour(Microjoules cycle, Milliseconds period);

// An hour in which firmware and computer refuse to run.
struct RefusalEnergy {
  Microjoules mcu_asleep{};       // the whole hour
  Microjoules computer_asleep{};  // the whole hour
  Microjoules one_wake{};  // wake, collect, report and the transition, as long as allowed
  Microjoules wakes{};     // one of them in every period
  Microjoules total{};     // of both sides asleep and of the wakes
};

// The most that refusing may cost. Neither side samples nor infers: both sleep, and a
// torpord that refused starts again at most once in a period, asks the firmware and tells
// the gateway. The hour asleep is counted in full, as if waking took no time off it. Each
// part is rounded up; for terms whose fields are in their ranges nothing overflows.
RefusalEnergy RefusingHour(const Terms& terms);

}  // namespace torpor::contract
