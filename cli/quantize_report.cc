#include "cli/quantize_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace torpor::cli {
namespace {

using nlohmann::ordered_json;

std::string NameOf(model::Clip clip) {
  const auto names = ClipNames();
  return std::ranges::find(names, clip, [](const auto& pair) { return pair.second; })
      ->first;
}

// Enough digits to compare by, few enough to read.
double Short(double value) { return std::round(value * 1e5) / 1e5; }

}  // namespace

std::map<std::string, model::Clip> ClipNames() {
  return {{"least-error", model::Clip::kLeastError},
          {"percentile", model::Clip::kPercentile},
          {"highest", model::Clip::kHighest}};
}

void QuantizeReport::Print() const {
  std::printf(
      "calibrated on %zu minutes of %zu healthy machines, compared on %zu others "
      "(clip %s)\n\n%-14s %9s %9s %8s\n",
      set.calibration.size(), set.machines.size(), set.held_out.size(),
      NameOf(clip).c_str(), "input of", "highest", "bound", "SQNR dB");
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    std::printf("%-14s %9.3f %9.3f %8.1f\n", model::LinearTitle(i).c_str(),
                double{ranges[i].highest}, double{ranges[i].bound},
                compared.inputs[i].decibels());
  }
  std::printf(
      "%-14s %28.1f\n\n"
      "The logit changed by %.3f at most, in a minute of %s; by %.3f in root mean "
      "square.\n"
      "%zu bytes instead of %zu.\n",
      "logit", compared.logit.decibels(), compared.worst_change,
      set.machines[set.machine_of[compared.worst_showing]].c_str(),
      std::sqrt(compared.logit.noise / static_cast<double>(set.held_out.size())),
      bytes_after, bytes_before);
}

ordered_json QuantizeReport::Json() const {
  ordered_json inputs = ordered_json::array();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    inputs.push_back({{"linear", model::LinearTitle(i)},
                      {"highest", Short(double{ranges[i].highest})},
                      {"bound", Short(double{ranges[i].bound})},
                      {"sqnr_db", Short(compared.inputs[i].decibels())}});
  }
  return {{"clip", NameOf(clip)},
          {"calibrated_on", set.machines},
          {"calibration_minutes", set.calibration.size()},
          {"compared_minutes", set.held_out.size()},
          {"inputs", inputs},
          {"logit_sqnr_db", Short(compared.logit.decibels())},
          {"worst_logit_change", Short(compared.worst_change)},
          {"worst_of", set.machines[set.machine_of[compared.worst_showing]]},
          {"bytes", bytes_after},
          {"float_bytes", bytes_before}};
}

}  // namespace torpor::cli
