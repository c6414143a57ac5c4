// The protocols P3, P4 and IMU over a folder of recordings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/evaluation_report.h"
#include "contract/terms.h"
#include "simulate/manifest.h"
#include "simulate/refusal.h"

namespace torpor::cli {

struct EvaluationOptions {
  bool degradation = false;  // P3
  bool limit = false;        // P4
  bool terrain = false;      // IMU
  std::vector<std::string> recordings;
  std::filesystem::path models;   // none when empty
  std::filesystem::path figures;  // none when empty
  bool progress = true;           // on standard error
  std::uint64_t seed = 1;         // of the resampling of machines
};

// `terms` are of the run-to-failure recordings, `imu` of the robot's.
[[nodiscard]] simulate::Attempt<Report> RunEvaluation(const simulate::Manifest& manifest,
                                                      const contract::Terms& terms,
                                                      const contract::Terms& imu,
                                                      const EvaluationOptions& options);

}  // namespace torpor::cli
