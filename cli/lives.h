// Recordings and simulated machines as the lives that a baseline is fitted to: every
// window as the firmware would sample it and the engine would see it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "detect/fit.h"
#include "simulate/accelerometer.h"
#include "simulate/manifest.h"
#include "simulate/refusal.h"

namespace torpor::cli {

// The share of a life that ends in failure which counts as healthy, as in every published
// figure of ours.
inline constexpr double kHealthyShare = 0.35;

// Of the contract's first sensor, the one that detection listens to.
[[nodiscard]] detect::FitOptions FitOptionsOf(const contract::Terms& terms);

// Called with each machine before it is read, from any thread; may be empty.
using Progress = std::function<void(const std::string& id)>;

// A whole life, one look a period. The first `healthy_share` of it counts as healthy.
[[nodiscard]] simulate::Attempt<detect::Life> LifeOf(const std::string& id,
                                                     simulate::Accelerometer& sensor,
                                                     const contract::Terms& terms,
                                                     double healthy_share);

// The recordings of these ids, or all that run to failure when there are none, but those
// of `exclude`. Read side by side on all cores; the result does not depend on how many.
//   kTooFewRecordings  none is left
// and whatever simulate/ refuses.
[[nodiscard]] simulate::Attempt<std::vector<detect::Life>> LivesOfRecordings(
    const simulate::Manifest& manifest, std::vector<std::string> ids,
    const std::vector<std::string>& exclude, const contract::Terms& terms,
    const Progress& progress);

// Healthy machines of the bearing simulator, seeds first_seed, first_seed + 1, ...; long
// enough for `scores` scores after commissioning.
[[nodiscard]] simulate::Attempt<std::vector<detect::Life>> LivesOfSimulator(
    std::uint32_t machines, std::uint64_t first_seed, std::uint32_t scores,
    const contract::Terms& terms, const Progress& progress);

}  // namespace torpor::cli
