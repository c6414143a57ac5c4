// What each axis of a window takes on: the sweeps over the samples that signal/health.h
// judges by. All axes are swept together, as they lie, so that many samples are handled
// at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "signal/shape.h"

namespace torpor::signal {

struct AxisSurvey {
  std::int16_t least = 0, most = 0;
  std::uint16_t differences = 0;  // every bit in which a sample differs from the first
  std::uint64_t pairs = 0;        // samples that are as the one before
  std::int64_t sum = 0;
  std::int64_t sum_of_squares = 0;  // exact: 2^32 samples of 2^30 fit
};
using Survey = std::array<AxisSurvey, kMaxAxes>;

// `samples` holds whole frames of `axes` interleaved samples, at least one frame; axes
// are 1 to kMaxAxes. Of axes beyond those it says nothing.
[[nodiscard]] Survey SurveyAxes(std::span<const std::int16_t> samples, std::size_t axes);

// How far from its extremes a sample of an axis counts as at the top, and as in the strip
// that begins there. Steps; no more than 2^16 - 1 apart, as two samples are.
struct Tops {
  std::uint16_t top = 0, strip = 0;
};
struct EndCounts {
  std::uint64_t in_top = 0, in_strip = 0;  // the strip holds the top
};
struct AxisEnds {
  std::int16_t least = 0, most = 0;
  Tops low, high;               // at the least and at the most
  EndCounts at_least, at_most;  // what is found
};
using Ends = std::array<AxisEnds, kMaxAxes>;

// Counts each axis's samples that are near its ends. No sample is beyond `least` or
// `most`.
void CountAtEnds(std::span<const std::int16_t> samples, std::size_t axes, Ends& ends);

}  // namespace torpor::signal
