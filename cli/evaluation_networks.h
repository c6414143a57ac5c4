// A folder of trained networks, as torpor-train cross-validate leaves it:
// fold-K/seed-S/{transformer,transformer-blind,mlp}.model, K from 1. Where torpor
// quantize has put a transformer-int8.model or an mlp-int8.model beside each of its kind,
// these have rows, too.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <vector>

#include "cli/evaluation_data.h"
#include "detect/evaluation/row.h"
#include "simulate/refusal.h"

namespace torpor::cli {

// One network row of one seed, for each fold.
struct NetworkRows {
  std::uint32_t seed = 0;
  std::vector<std::unique_ptr<detect::evaluation::Row>> by_fold;
};

// The larger of the classical channel and the network, each over its own threshold.
inline constexpr const char* kAsOnARobot = "C or transformer + 8 log C, as on a robot";
inline constexpr const char* kAsOnARobotRounded = "C or transformer int8 + 8 log C";

// The same networks before and after they were rounded to int8.
struct RoundedRow {
  const char* as_trained;
  const char* rounded;
};
inline constexpr std::array kRoundedRows = {
    RoundedRow{"transformer alone", "transformer int8 alone"},
    RoundedRow{"transformer + 8 log C", "transformer int8 + 8 log C"},
    RoundedRow{kAsOnARobot, kAsOnARobotRounded},
    RoundedRow{"MLP alone", "MLP int8 alone"},
    RoundedRow{"MLP + 8 log C", "MLP int8 + 8 log C"}};

// Ordered by row, then by seed. A seed must have all its files in all folds.
//   kModelMissing   the folder has no seed, or a seed lacks a file
//   kModelMismatch  a network is for other axes
// and as model::NetworkFile::Open.
[[nodiscard]] simulate::Attempt<std::vector<NetworkRows>> LoadNetworks(
    const std::filesystem::path& folder, std::size_t axes);

}  // namespace torpor::cli
