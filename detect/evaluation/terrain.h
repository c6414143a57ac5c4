// A healthy robot that drives: how often a row takes the ground under its wheels for a
// fault.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "detect/evaluation/minutes.h"
#include "detect/evaluation/row.h"

namespace torpor::detect::evaluation {

// One drive over one terrain; each of its minutes is one window.
struct Drive {
  std::string id;
  std::string terrain;
  const Minutes* minutes = nullptr;
};

struct DriveResult {
  std::string id;
  std::string terrain;
  std::size_t windows = 0;
  double threshold = 0;         // of other terrains alone
  std::size_t known_over = 0;   // commissioned on other drives over this terrain
  std::size_t unseen_over = 0;  // commissioned on other terrains
  bool known_alarm = false, unseen_alarm = false;
};

struct TerrainResult {
  std::string row;
  std::vector<DriveResult> drives;
  std::size_t windows = 0, known_over = 0, unseen_over = 0;
  std::size_t known_alarms = 0, unseen_alarms = 0;  // drives that alarmed
};

// Terrains with a single drive are left out of `drives`, but teach. The threshold of a
// drive is the highest score of any drive over another terrain, commissioned on its own
// terrain's other drives and judged by a fit that saw neither terrain.
[[nodiscard]] TerrainResult JudgeTerrain(const Row& row,
                                         const std::vector<Drive>& drives);

}  // namespace torpor::detect::evaluation
