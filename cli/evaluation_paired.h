// Each row less the robot's classical channel, machine by machine: what a difference is
// worth.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/evaluation_report.h"

namespace torpor::cli {

// One figure of all rows: the mean over seeds less the classical channel's, its interval
// over the same machines drawn for both; nothing where a row has no such figure.
struct PairedColumn {
  std::string head;
  std::vector<std::optional<detect::evaluation::Figure>> less_gate;  // by row
};

struct Paired {
  struct Row {
    std::string name;
    std::size_t seeds = 0;
  };
  std::vector<Row> rows;  // all but the classical channel itself
  std::vector<PairedColumn> columns;
};

[[nodiscard]] Paired ComparePaired(const Report& report);

}  // namespace torpor::cli
