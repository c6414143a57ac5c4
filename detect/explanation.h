// Why an alarm was raised, for the person who must look at the machine: what is louder,
// more impulsive or more regularly modulated than this machine used to be, and where.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detect/bearing_geometry.h"
#include "detect/fusion.h"
#include "signal/features.h"
#include "signal/shape.h"

namespace torpor::detect {

struct Finding {
  signal::FeatureKind kind = signal::FeatureKind::kLogMel;
  std::uint32_t axis = 0;      // from 1, as the sensor's data sheet counts
  signal::HzRange band;        // of the vibration; of a modulation its carrier
  signal::HzRange modulation;  // how often it swells; only of a modulation
  double spreads = 0;          // own spreads above the own mean; negative: below
};

// A frequency at which a defect of the bearing is struck.
struct Tone {
  std::string_view name;  // BPFO, BPFI, 2 x BSF, FTF, shaft
  double hz = 0;
};

struct Explanation {
  Channel spoke = Channel::kClassical;
  std::vector<Finding> findings;  // of each kind at most one, the furthest first
  std::optional<Tone> tone;       // that lies in the modulation found
};

// What is known of the machine besides its vibration.
struct Shaft {
  std::optional<double> hz;
  std::optional<BearingGeometry> bearing;
};

// `z` has all features of a sensor of this shape as spreads from the own mean, not
// whitened. A kind is told of when it is three spreads away, and the furthest always.
[[nodiscard]] Explanation Explain(std::span<const float> z, const signal::Shape& shape,
                                  Channel spoke, const Shaft& shaft);

// "axis 2, 2.1-2.9 kHz 14 x its own spread above normal; impulsive at 2.0-2.4 kHz (6 x);
// swelling 82-134 times a second (5 x), as BPFO does at 107 Hz".
[[nodiscard]] std::string InWords(const Explanation& explanation);

[[nodiscard]] std::string_view NameOf(Channel channel);           // classical, network
[[nodiscard]] std::string_view NameOf(signal::FeatureKind kind);  // level, impulsive, ...

}  // namespace torpor::detect
