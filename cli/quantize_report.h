// What quantizing a network did, for people and for programs.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/calibration.h"
#include "core/json_hosted.h"
#include "model/quantize/compare.h"
#include "model/quantize/quantize.h"

namespace torpor::cli {

[[nodiscard]] std::map<std::string, model::Clip> ClipNames();

struct QuantizeReport {
  const CalibrationSet& set;
  const std::vector<model::InputRange>& ranges;
  const model::Comparison& compared;
  model::Clip clip;
  std::size_t bytes_before = 0, bytes_after = 0;

  void Print() const;
  [[nodiscard]] nlohmann::ordered_json Json() const;
};

}  // namespace torpor::cli
