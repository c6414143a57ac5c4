// Faults of another rig mixed into healthy windows, at a level that is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "signal/shape.h"

namespace torpor::detect::evaluation {

// One recording of a fault, made ready: at the rate of what it is mixed into, each
// channel without its mean, all over the RMS of the first, so that a channel farther from
// the fault stays as much quieter as it was.
struct FaultSignal {
  std::string id;
  std::vector<std::vector<float>> channels;  // one at least, of one length
};

// Resamples by a long windowed sinc (libsamplerate's best).
//   kRecordingRate      the rates' ratio is beyond what can be resampled (1/256 to 256)
//   kRecordingTooShort  fewer samples than `at_least` afterwards, or silent
[[nodiscard]] Result<FaultSignal> MakeFaultSignal(
    std::string id, const std::vector<std::vector<float>>& channels, double rate_hz,
    double to_rate_hz, std::size_t at_least);

// The windows of a healthy minute with a fault mixed in: into each axis the same piece of
// the channel of its number, of a fault with one channel that one; times the RMS of that
// axis in that minute (means of the windows off) and 10^(level/20), rounded to steps, at
// the rails cut. `variant` of `variants` picks which pieces of the fault: all of them
// together are spread evenly over the recording.
struct InjectionChoices {
  double level_db = 0;
  std::size_t variant = 0, variants = 1;
};
[[nodiscard]] std::vector<std::int16_t> Inject(std::span<const std::int16_t> minute,
                                               const signal::Shape& shape,
                                               const FaultSignal& fault,
                                               const InjectionChoices& choices);

}  // namespace torpor::detect::evaluation
