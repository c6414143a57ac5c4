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
  // How much of a logit is a factor e of the score (TemperatureOf).
  double temperature = 1;
};

struct Fused {
  double score = 0;
  Channel spoke = Channel::kClassical;
};

// The network was trained beside `classical_weight` * log C, C being the distance in
// units of the machine's own usual one: what grows without bound with a fault.
[[nodiscard]] inline double LogitOf(double network, double classical_weight,
                                    double distance, double usual_distance) {
  constexpr double kLeast = 1e-6;  // a machine exactly at its mean
  return network +
         classical_weight * std::log(std::max(distance / usual_distance, kLeast));
}

// With it the score of the network grows as C does, as that of the classical channel.
[[nodiscard]] inline double TemperatureOf(double classical_weight) {
  return std::max(1.0, classical_weight);
}

// A gross fault's logit has no bound, and a score must stay a number to look at.
inline constexpr double kHighestNetworkScore = 1e6;

[[nodiscard]] inline Fused Fuse(const Measured& measured, const Thresholds& thresholds) {
  const Fused classical{measured.distance / thresholds.distance, Channel::kClassical};
  if (!measured.logit) return classical;
  const double excess = (*measured.logit - thresholds.logit) / thresholds.temperature;
  const Fused network{std::exp(std::min(excess, std::log(kHighestNetworkScore))),
                      Channel::kNetwork};
  return classical.score >= network.score ? classical : network;
}

}  // namespace torpor::detect
