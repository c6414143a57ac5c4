// What an evaluation found, and its three forms: a table to read, JSON to work with, and
// pictures to look at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json_hosted.h"
#include "core/status.h"
#include "detect/evaluation/degradation.h"
#include "detect/evaluation/limit.h"
#include "detect/evaluation/terrain.h"

namespace torpor::cli {

// P3 with one way of commissioning; the rows in order, seeds of one network in a row.
struct DegradationTable {
  std::string title;
  std::vector<detect::evaluation::Degradation> rows;
};

struct Report {
  std::vector<DegradationTable> degradation;
  std::vector<detect::evaluation::Limit> limit;
  std::vector<detect::evaluation::TerrainResult> terrain;
  bool has_networks = false;
};

void PrintReport(const Report& report, bool bearings);
[[nodiscard]] nlohmann::ordered_json JsonOf(const Report& report);

}  // namespace torpor::cli
