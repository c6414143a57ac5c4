#include "power/ladder.h"

#include <algorithm>
#include <cmath>

namespace torpor::power {
namespace {

double AsDouble(Microjoules e) { return static_cast<double>(e.value); }

// At rest for a period; uW x us is pJ.
Microjoules AtRest(Microwatts power, Microseconds time) {
  return {static_cast<std::int64_t>(std::llround(
      static_cast<double>(power.value) * static_cast<double>(time.count()) / 1e6))};
}

// Clear of noise: by more than twice the standard error of the difference.
bool ClearlyCheaper(const CycleCost& warmer, const CycleCost& colder) {
  const double saved = AsDouble(colder.total) - AsDouble(warmer.total);
  return saved > 2 * std::hypot(AsDouble(colder.error), AsDouble(warmer.error));
}

}  // namespace

std::string_view Name(Rung rung) {
  switch (rung) {
    case Rung::kChildExited:
      return "child-exited";
    case Rung::kMemoryFreed:
      return "memory-freed";
    case Rung::kContextKept:
      return "context-kept";
    case Rung::kHot:
      return "hot";
  }
  return "unknown";
}

std::string_view Name(RungVerdict verdict) {
  switch (verdict) {
    case RungVerdict::kChosen:
      return "taken";
    case RungVerdict::kNotPermitted:
      return "not permitted by residency_max";
    case RungVerdict::kTooSlow:
      return "too slow for the contract";
    case RungVerdict::kDoesNotPay:
      return "does not pay";
  }
  return "unknown";
}

CycleCost CostOf(const RungCost& rung, Microseconds period) {
  const Microjoules rest_error = AtRest(rung.parked_error, period);
  const double error = std::hypot(AsDouble(rung.enter_error), AsDouble(rung.exit_error),
                                  AsDouble(rest_error));
  return {rung.enter + AtRest(rung.parked, period) + rung.exit,
          {static_cast<std::int64_t>(std::ceil(error))}};
}

std::optional<Microseconds> BreakEven(const RungCost& colder, const RungCost& warmer) {
  const double each_time =
      AsDouble(colder.enter + colder.exit) -
      AsDouble(warmer.enter + warmer.exit);  // uJ, what cold costs more
  const auto draws =
      static_cast<double>(warmer.parked.value - colder.parked.value);  // uW
  if (each_time <= 0) return draws >= 0 ? std::optional(Microseconds{0}) : std::nullopt;
  if (draws <= 0) return std::nullopt;
  const double us = each_time / draws * 1e6;
  if (us > 9e18) return std::nullopt;  // 285,000 years
  return Microseconds{std::llround(us)};
}

Choice ChooseRung(const std::vector<RungCost>& rungs, const contract::Terms& terms) {
  Choice choice;
  const Microseconds period = terms.period;
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    JudgedRung judged{rungs[i], CostOf(rungs[i], period), RungVerdict::kDoesNotPay, {}};
    if (rungs[i].rung > terms.residency_max) {
      judged.verdict = RungVerdict::kNotPermitted;
    } else if (rungs[i].exit_latency > Microseconds(terms.infer)) {
      judged.verdict = RungVerdict::kTooSlow;
    }
    if (i > 0) judged.break_even = BreakEven(rungs[i - 1], rungs[i]);
    choice.rungs.push_back(judged);
  }
  // The coldest is the robot's own, and stays so even where it is too slow: then every
  // cycle says that it is late, and nothing is hot for it.
  JudgedRung* best = choice.rungs.empty() ? nullptr : &choice.rungs.front();
  for (JudgedRung& rung : choice.rungs) {
    if (rung.verdict != RungVerdict::kDoesNotPay || &rung == best) continue;
    if (ClearlyCheaper(rung.cost, best->cost)) best = &rung;
  }
  if (best == nullptr) return choice;
  if (best->verdict == RungVerdict::kDoesNotPay) best->verdict = RungVerdict::kChosen;
  choice.rung = best->rung.rung;
  return choice;
}

}  // namespace torpor::power
