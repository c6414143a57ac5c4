// Recordings as the machines of an evaluation: their minutes as the firmware would sample
// them, and the same with the faults of other recordings mixed in.
#pragma once

#include <string>
#include <vector>

#include "contract/terms.h"
#include "detect/evaluation/injection.h"
#include "detect/evaluation/machine.h"
#include "simulate/manifest.h"
#include "simulate/refusal.h"

namespace torpor::cli {

// Folds of three for trained networks: those of fold k never saw machines of fold k. Of
// FEMTO they are fixed for all figures; what no network saw is spread over them in order.
inline constexpr std::size_t kFolds = 3;
[[nodiscard]] std::size_t FoldOf(const std::string& id, std::size_t order);

// All recordings of a fault in the manifest, ordered by id, the first channels of each,
// at most as many as the contract has axes, at its rate. Empty when there are none.
[[nodiscard]] simulate::Attempt<std::vector<detect::evaluation::FaultSignal>> LoadFaults(
    const simulate::Manifest& manifest, const contract::Terms& terms);

// What is made of the recordings, besides their lives.
struct MachineOptions {
  std::vector<std::string> recordings;  // all that run to failure when there are none
  // Mixed into the healthy test minutes, kVariants pieces of each; none when empty.
  std::vector<detect::evaluation::FaultSignal> faults;
};
inline constexpr std::size_t kVariants = 2;

// Read side by side on all cores.
//   kTooFewRecordings   fewer than detect::evaluation can leave out two of
//   kRecordingTooShort  a life without a minute for each span
//   kNotANumber         a window that cannot be heard; evaluation leaves nothing out
// and whatever simulate/ refuses.
[[nodiscard]] simulate::Attempt<std::vector<detect::evaluation::Machine>> LoadMachines(
    const simulate::Manifest& manifest, const MachineOptions& options,
    const contract::Terms& terms);

// One continuous recording, each window a minute; and the terrain it was made on.
struct Run {
  std::string id;
  std::string terrain;
  detect::evaluation::Minutes minutes;
};
// The healthy recordings that have a terrain.
[[nodiscard]] simulate::Attempt<std::vector<Run>> LoadRuns(
    const simulate::Manifest& manifest, const contract::Terms& terms);

}  // namespace torpor::cli
