#include "cli/ladder_measurement.h"

namespace torpor::cli {
namespace {

Result<power::RungTurn> Turn(RungUser& user, TurnMeter& meter, const LadderPlan& plan,
                             power::Rung rung,
                             const std::function<void(Microseconds)>& sleep) {
  if (const Status taken = user.Take(rung); taken != Status::kOk) return taken;
  meter.Begin();
  sleep(plan.settle);
  meter.Switch(TurnPart::kRest);
  sleep(plan.rest);
  meter.Switch(TurnPart::kExit);
  if (const Status asked = user.Ask(); asked != Status::kOk) return asked;
  meter.Switch(TurnPart::kEnter);
  if (const Status parked = user.Park(); parked != Status::kOk) return parked;
  const auto spent = meter.End();
  if (!spent) return Status::kMeterLost;
  const auto& [settling, rest, exit, enter] = *spent;
  return power::RungTurn{rung,      exit.energy, enter.energy, rest.energy,
                         exit.time, enter.time,  rest.time};
}

}  // namespace

Result<std::vector<power::RungRound>> MeasureLadder(
    RungUser& user, TurnMeter& meter, const LadderPlan& plan,
    const std::function<void(Microseconds)>& sleep,
    const std::function<void(std::size_t done, std::size_t of)>& progress) {
  std::vector<power::RungRound> rounds;
  const std::size_t turns = static_cast<std::size_t>(plan.rounds) * plan.rungs.size();
  std::size_t done = 0;
  for (int i = 0; i < plan.rounds; ++i) {
    power::RungRound round;
    for (const power::Rung rung : plan.rungs) {
      progress(done++, turns);
      const auto turn = Turn(user, meter, plan, rung, sleep);
      if (!turn.ok()) return turn.status();
      round.push_back(*turn);
    }
    rounds.push_back(std::move(round));
  }
  progress(turns, turns);
  return rounds;
}

}  // namespace torpor::cli
