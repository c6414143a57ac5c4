// What an int8 network's scales are found on: minutes of healthy machines, taken in as a
// robot takes them in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "model/quantize/linear_inputs.h"
#include "simulate/refusal.h"

namespace torpor::cli {

struct CalibrationSource {
  std::string data;                     // folder with a manifest, or empty:
  std::uint32_t simulated = 0;          // so many simulated machines instead
  std::vector<std::string> recordings;  // ids in `data`
  bool quiet = false;
};

struct CalibrationSet {
  std::vector<std::string> machines;
  std::vector<model::Showing> calibration;  // three of four minutes
  std::vector<model::Showing> held_out;     // each fourth, for comparing
  std::vector<std::size_t> machine_of;      // of each held_out
};

// Refuses as simulate/ and detect::Fit do.
[[nodiscard]] simulate::Attempt<CalibrationSet> ReadCalibration(
    const CalibrationSource& source, const contract::Terms& terms);

}  // namespace torpor::cli
