// The residency ladder of an accelerator: what staying warm between two inferences costs
// on one machine, and whether it pays. Pure arithmetic; power/calibration.h has the file.
//
// Two inferences are a period apart. A rung costs, on top of the same machine with
// nothing held: to come to rest after a result (enter), to rest (parked), and to give the
// next result (exit). The colder a rung, the less it draws and the more its next result
// costs. Source of the shape: Linux's cpuidle (Documentation/admin-guide/pm/cpuidle.rst),
// where each state of a processor has its exit latency and the residency from which it
// pays.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "core/units.h"

namespace torpor::power {

using Rung = contract::Residency;

std::string_view Name(Rung rung);

struct RungCost {
  Rung rung{};
  Microjoules enter{};          // from the result until it rests
  Microwatts parked{};          // at rest; 0 for child-exited, which the others are above
  Microjoules exit{};           // from asking to the result
  Microseconds exit_latency{};  // the longest that was seen
  // Standard errors of the means above.
  Microjoules enter_error{};
  Microwatts parked_error{};
  Microjoules exit_error{};
  std::uint32_t repetitions = 0;

  friend bool operator==(const RungCost&, const RungCost&) = default;
};

// One cycle on a rung, by the costs.
struct CycleCost {
  Microjoules total{};
  Microjoules error{};  // standard error, of independent parts
};
CycleCost CostOf(const RungCost& rung, Microseconds period);

// From which period on the colder of two rungs costs less; nothing when it never does.
// Zero when it always does.
std::optional<Microseconds> BreakEven(const RungCost& colder, const RungCost& warmer);

enum class RungVerdict : std::uint8_t {
  kChosen,
  kNotPermitted,  // warmer than the contract's residency_max
  kTooSlow,       // its next result comes after the contract's time for inference
  kDoesNotPay,    // costs more than the chosen one, or not clearly less than a colder one
};
std::string_view Name(RungVerdict verdict);

struct JudgedRung {
  RungCost rung;
  CycleCost cost;
  RungVerdict verdict{};
  std::optional<Microseconds> break_even;  // against the rung that is one colder
};

struct Choice {
  Rung rung = Rung::kChildExited;
  std::vector<JudgedRung> rungs;  // the coldest first
};

// The rung for a contract: the coldest is taken unless a permitted warmer one is cheaper
// by more than twice the standard error of the difference, so that noise never keeps an
// accelerator warm. `rungs` must have kChildExited first and ascend.
Choice ChooseRung(const std::vector<RungCost>& rungs, const contract::Terms& terms);

}  // namespace torpor::power
