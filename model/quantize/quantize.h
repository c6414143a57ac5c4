// From a float network to one of int8: static post-training quantization. Weights have a
// scale for each row, the input of each linear map one scale, found on inputs of healthy
// machines; zero is zero everywhere. Host only. docs/quantization.md says why.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "model/network_writer.h"
#include "model/quantize/linear_inputs.h"
#include "model/quantize/magnitudes.h"

namespace torpor::model {

// Called between runs of the network with how many of all are done; may be empty.
using Progress = std::function<void(std::size_t done, std::size_t all)>;

// What a linear map's input was and what was chosen for it.
struct InputRange {
  float highest = 0;  // the largest magnitude seen
  float bound = 0;    // becomes 127 steps
};

// Of every linear map, by LinearIndex. Two runs over `calibration`. The bound of the
// embedding is at least 1, a |z| of 27: faults are to be seen by it, and no healthy
// machine shows one.
//   kTooFewRecordings  nothing to calibrate on
// and whatever the plain engine says of a showing.
[[nodiscard]] Result<std::vector<InputRange>> Calibrate(
    const NetworkView& network, std::span<const Showing> calibration, Clip clip,
    const Progress& progress = {});

// Rounds every weight to the nearest of 63 steps a side; the largest of each row is
// exact.
//   kModelMismatch  the network is not float, or `ranges` are not its own
// Source: Jacob et al. 2018 (symmetric, scale for each row: Krishnamoorthi 2018).
[[nodiscard]] Result<NetworkWeights> Quantize(const NetworkView& network,
                                              std::span<const InputRange> ranges);

}  // namespace torpor::model
