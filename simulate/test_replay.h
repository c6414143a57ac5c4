// One robot of a replay under warehouse-60s, for tests.
#pragma once

#include <chrono>
#include <vector>

#include "contract/sign/any_terms.h"
#include "simulate/replay_robot.h"

namespace torpor::simulate {

inline contract::Terms WarehouseTerms() {
  std::vector<contract::sign::Problem> problems;
  return *contract::sign::AnyTerms("warehouse-60s", problems);
}

struct TestRobot {
  contract::Terms terms = WarehouseTerms();
  ReplayAssumptions assumptions;
  std::vector<Hiccup> hiccups;
  Microseconds shift = std::chrono::hours(2);
  Microseconds phase = std::chrono::seconds(7);

  [[nodiscard]] ReplayScene scene() const {
    return {terms, assumptions, hiccups, shift, phase};
  }
};

inline Microseconds TimeOf(const RobotReplay& life, Draw draw) {
  return life.ledger.times()[static_cast<std::size_t>(draw)];
}

inline std::vector<Microseconds> Gaps(const RobotReplay& life) {
  std::vector<Microseconds> gaps;
  for (std::size_t i = 1; i < life.inferred.size(); ++i) {
    gaps.push_back(life.inferred[i] - life.inferred[i - 1]);
  }
  return gaps;
}

}  // namespace torpor::simulate
