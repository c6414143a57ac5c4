// How two channels become one score, of which 1 is the threshold: the one that is more
// alarmed speaks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace torpor::detect {

enum class Channel : std::uint8_t { kClassical, kNetwork };

// What each channel measured in one cycle, in its own unit.
struct Measured {
  double distance = 0;          // of the classical channel
  std::optional<double> logit;  // of the network, fused (LogitOf); nothing without one
};

// What of each is a score of 1.
struct Thresholds {
  double distance = 1;
  double logit = 0;
};

struct Fused {
  double score = 0;
  Channel spoke = Channel::kClassical;
};

// How much of a logit counts as much as the distance times e, at least. A network learns
// its own weight on invented faults of every size; on lives that ended in failure, with
// the few minutes of commissioning that a robot has, more of the distance and less of the
// network alarms falsely less often (docs/detection.md).
inline constexpr double kLeastClassicalWeight = 8;

// The network was trained beside `classical_weight` * log C, C being the distance in
// units of the machine's own usual one: what grows without bound with a fault. Given in
// units of the weight, so that its exponential grows as C does and logits of several
// networks can be compared.
[[nodiscard]] inline double LogitOf(double network, double classical_weight,
                                    double distance, double usual_distance) {
  constexpr double kLeastRatio = 1e-6;  // a machine exactly at its mean
  const double weight = std::max(classical_weight, kLeastClassicalWeight);
  return network / weight + std::log(std::max(distance / usual_distance, kLeastRatio));
}

// A gross fault's logit has no bound, and a score must stay a number to look at.
inline constexpr double kHighestNetworkScore = 1e6;

[[nodiscard]] inline Fused Fuse(const Measured& measured, const Thresholds& thresholds) {
  const Fused classical{measured.distance / thresholds.distance, Channel::kClassical};
  if (!measured.logit) return classical;
  const double excess = *measured.logit - thresholds.logit;
  const Fused network{std::exp(std::min(excess, std::log(kHighestNetworkScore))),
                      Channel::kNetwork};
  return classical.score >= network.score ? classical : network;
}

}  // namespace torpor::detect
