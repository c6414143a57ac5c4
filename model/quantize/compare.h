// How far an int8 network is from the float one that it was made of, map by map.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.h"
#include "model/quantize/linear_inputs.h"
#include "model/quantize/quantize.h"

namespace torpor::model {

// Signal over noise in decibels: 10 log10(sum of squares of what should be / of what is
// wrong about it). Of something exact it is infinite.
struct SignalToNoise {
  double signal = 0, noise = 0;

  void Add(double should_be, double is);
  [[nodiscard]] double decibels() const;
};

struct Comparison {
  // Of the input of each linear map, by LinearIndex: in the float network, against the
  // int8 network's after rounding, with everything that went wrong before it.
  std::vector<SignalToNoise> inputs;
  SignalToNoise logit;
  double worst_change = 0;  // of the logit
  std::size_t worst_showing = 0;
};

// Runs both over `showings`.
//   kModelMismatch  not a float network and an int8 one of the same shape
// and whatever the plain engine says of a showing.
[[nodiscard]] Result<Comparison> Compare(const NetworkView& whole,
                                         const NetworkView& rounded,
                                         std::span<const Showing> showings,
                                         const Progress& progress = {});

}  // namespace torpor::model
