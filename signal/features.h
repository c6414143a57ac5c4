// The numbers that describe one window, and how they are laid out: axis after axis, each
// kPositions tokens of kPositionWidth features. docs/tokens.md says what each one is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "signal/shape.h"

namespace torpor::signal {

inline constexpr std::size_t kPositions = 16;
inline constexpr std::size_t kPositionWidth = 8;
inline constexpr std::size_t kFeaturesPerAxis = kPositions * kPositionWidth;
inline constexpr std::size_t kMaxFeatures = kFeaturesPerAxis * kMaxAxes;

// Of the features of one axis: [0, 64) log-mel, [64, 96) impulsiveness, [96, 128)
// modulation.
inline constexpr std::size_t kBands = 64;
inline constexpr std::size_t kSubBands = 32;
inline constexpr std::size_t kCarriers = 4;
inline constexpr std::size_t kRatesPerCarrier = 8;
inline constexpr std::size_t kFirstSubBand = kBands;
inline constexpr std::size_t kFirstModulation = kBands + kSubBands;
static_assert(kFirstModulation + kCarriers * kRatesPerCarrier == kFeaturesPerAxis);

enum class FeatureKind : std::uint8_t { kLogMel, kImpulsiveness, kModulation };

struct HzRange {
  float low = 0;
  float high = 0;
};

// What one feature of an axis listens to, for explanations.
struct FeatureMeaning {
  FeatureKind kind = FeatureKind::kLogMel;
  HzRange band;        // of the vibration; of a modulation its carrier
  HzRange modulation;  // how often the carrier swells; nothing for the other kinds
};

}  // namespace torpor::signal
