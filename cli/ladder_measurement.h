// Measures the residency ladder on the machine at hand: each rung in turn rests, is asked
// and gives a result, and comes to rest again, while a meter runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "power/rung_costs.h"

namespace torpor::cli {

// Whoever gives results from a rung of the ladder.
class RungUser {
 public:
  virtual ~RungUser() = default;
  // Leaves whatever rung it is on, gives one result and rests on this one.
  virtual Status Take(power::Rung rung) = 0;
  virtual Status Ask() = 0;   // returns with the result
  virtual Status Park() = 0;  // returns when the rung rests
};

// What a turn is made of; the meter sums each up apart.
enum class TurnPart : std::uint8_t { kSettle, kRest, kExit, kEnter };
inline constexpr std::size_t kTurnParts = 4;

class TurnMeter {
 public:
  struct Spent {
    Microjoules energy{};
    Microseconds time{};
  };
  virtual ~TurnMeter() = default;
  virtual void Begin() = 0;              // a turn, with kSettle
  virtual void Switch(TurnPart to) = 0;  // what follows counts there
  // What each part of the turn took; nothing where the rail was lost meanwhile.
  virtual std::optional<std::array<Spent, kTurnParts>> End() = 0;
};

struct LadderPlan {
  std::vector<power::Rung> rungs;  // kChildExited first, ascending
  int rounds = 5;                  // at least 2
  Microseconds settle{};           // after parking, before it counts as rest
  Microseconds rest{};
};

// `sleep` passes the time; `progress` hears how many turns of how many are done.
//   kMeterLost  the rail could not be read any more
//   and what the user says
Result<std::vector<power::RungRound>> MeasureLadder(
    RungUser& user, TurnMeter& meter, const LadderPlan& plan,
    const std::function<void(Microseconds)>& sleep,
    const std::function<void(std::size_t done, std::size_t of)>& progress);

}  // namespace torpor::cli
