// The features of a window written down as plainly as docs/tokens.md says them, in double
// precision, the whole window at once: the truth of the tests, the peer of the benchmark.
// And how far single precision may lie from them.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "signal/features.h"
#include "signal/shape.h"

namespace torpor::signal {

// What the production code and the plain one must agree on, and nothing else: limits.
struct PlainRules {
  std::size_t frame = 1024;  // of log-mel, at most
  std::size_t envelope_frame = 256;
  std::size_t enough_coefficients = 16;
  std::size_t enough_envelope = 64;
  double envelope_hz = 800;
  double highest_hz = 400;
  double floor = 1e-6;
};

struct PlainFeatures {
  std::vector<double> value;
  std::vector<double> tolerance;  // of one computation; two may differ by twice as much
};

// Unit of rounding of float32, u below. Where the tolerances come from:
//   Transform. The error of an FFT of n is at most log2(n) eta of its result, in the
//     2-norm, with eta = u + sqrt(2) 4 u < 7 u (Higham 2002, theorem 24.2); the Hann
//     window adds 2 u. A band that holds the share s of the loudest density has the
//     relative error 2 E / sqrt(s) + E^2 / s of its power, and so of its logarithm.
//   Packet. A sum of 8 products is off by 9 u of |taps| |samples| (Higham, 3.1), 5 levels
//     by 45 u of the loudest sample, compared with the coefficients' own size. A fourth
//     power takes that four times; the sums over n / 4 positive terms add n / 4 u each.
//   Envelope. A square is off by twice its coefficient's error, of 2 levels; that error
//     and the transform's are taken as white.
//   Logarithm. A few units of its own value.
inline constexpr double kUnit = 1.0 / (1 << 24);
inline double LogRounding(double value) {
  return 8 * kUnit * std::max(1.0, std::abs(value));
}
inline double TransformError(std::size_t n) {
  return (7 * std::log2(static_cast<double>(n)) + 2) * kUnit;
}

inline std::vector<std::complex<double>> PlainFft(std::vector<std::complex<double>> x) {
  const std::size_t n = x.size();
  if (n == 1) return x;
  std::vector<std::complex<double>> even(n / 2), odd(n / 2);
  for (std::size_t i = 0; i < n / 2; ++i) {
    even[i] = x[2 * i];
    odd[i] = x[2 * i + 1];
  }
  even = PlainFft(std::move(even));
  odd = PlainFft(std::move(odd));
  for (std::size_t k = 0; k < n / 2; ++k) {
    const auto turned =
        odd[k] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k) /
                                     static_cast<double>(n));
    x[k] = even[k] + turned;
    x[k + n / 2] = even[k] - turned;
  }
  return x;
}

// One-sided power density of x, averaged over frames half overlapping.
inline std::vector<double> PlainWelch(const std::vector<double>& x, std::size_t frame,
                                      double rate_hz) {
  std::vector<double> density(frame / 2 + 1);
  const std::size_t frames = (x.size() - frame) / (frame / 2) + 1;
  for (std::size_t f = 0; f < frames; ++f) {
    std::vector<std::complex<double>> z(frame);
    double window_power = 0;
    for (std::size_t i = 0; i < frame; ++i) {
      const double hann =
          0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) /
                               static_cast<double>(frame));
      window_power += hann * hann;
      z[i] = hann * x[f * frame / 2 + i];
    }
    z = PlainFft(std::move(z));
    for (std::size_t k = 0; k <= frame / 2; ++k) {
      density[k] +=
          2 * std::norm(z[k]) / (rate_hz * window_power * static_cast<double>(frames));
    }
  }
  return density;
}

// Mean over the bins from low to high, each bin half a bin to both sides.
inline double PlainBand(const std::vector<double>& density, double low, double high) {
  double sum = 0;
  for (std::size_t k = 0; k < density.size(); ++k) {
    const double bin = static_cast<double>(k);
    const double inside = std::min(high, bin + 0.5) - std::max(low, bin - 0.5);
    sum += std::max(0.0, inside) * density[k];
  }
  return sum / (high - low);
}

inline double PlainMel(double hz) { return 2595 * std::log10(1 + hz / 700); }
inline double PlainHzOfMel(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

inline void PlainLogMel(const std::vector<double>& x, const Shape& shape,
                        const PlainRules& rules, PlainFeatures& out) {
  std::size_t frame = rules.frame;
  while (frame > x.size() / 2) frame /= 2;
  const double g = shape.g_per_step();
  const double bin_hz = shape.rate_hz() / static_cast<double>(frame);
  const double low = PlainMel(1.5 * bin_hz);
  const double high = PlainMel(shape.rate_hz() / 2);
  const auto density = PlainWelch(x, frame, shape.rate_hz());
  const auto edge = [&](std::size_t b) {
    return PlainHzOfMel(low + (high - low) * static_cast<double>(b) / kBands) / bin_hz;
  };
  const double loudest = *std::ranges::max_element(density) * g * g;
  const double error = TransformError(frame);
  for (std::size_t b = 0; b < kBands; ++b) {
    const double band =
        PlainBand(density, edge(b), edge(b + 1)) * g * g + g * g / 6 / shape.rate_hz();
    const double quiet = loudest / band;
    out.value.push_back(std::log(band));
    out.tolerance.push_back(2 * error * std::sqrt(quiet) + error * error * quiet +
                            LogRounding(std::log(band)));
  }
}

// Daubechies 1988, four vanishing moments.
inline constexpr double kPlainLow[8] = {0.23037781330885523,  0.7148465705525415,
                                        0.6308807679295904,   -0.02798376941698385,
                                        -0.18703481171888114, 0.030841381835986965,
                                        0.032883011666982945, -0.010597401784997278};

// Both halves of one node's spectrum, with silence before the beginning.
inline std::pair<std::vector<double>, std::vector<double>> PlainSplit(
    const std::vector<double>& x) {
  std::vector<double> low(x.size() / 2), high(x.size() / 2);
  for (std::size_t j = 0; j < low.size(); ++j) {
    for (std::size_t k = 0; k < 8 && k <= 2 * j + 1; ++k) {
      low[j] += kPlainLow[k] * x[2 * j + 1 - k];
      high[j] += (k % 2 == 0 ? 1 : -1) * kPlainLow[7 - k] * x[2 * j + 1 - k];
    }
  }
  return {low, high};
}

// The sub-bands of a level, in order of frequency, without what the beginning spoils.
inline std::vector<std::vector<double>> PlainPacket(const std::vector<double>& x,
                                                    std::size_t level) {
  std::vector<std::vector<double>> nodes = {x};
  std::size_t unusable = 0;
  for (std::size_t l = 0; l < level; ++l) {
    std::vector<std::vector<double>> next;
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      auto [low, high] = PlainSplit(nodes[node]);
      if (node % 2 == 1) std::swap(low, high);
      next.push_back(std::move(low));
      next.push_back(std::move(high));
    }
    nodes = std::move(next);
    unusable = (unusable + 7) / 2;
  }
  for (auto& node : nodes) {
    const std::size_t spoilt = std::min(unusable, node.size());
    node.erase(node.begin(), node.begin() + static_cast<std::ptrdiff_t>(spoilt));
  }
  return nodes;
}

inline double Loudest(const std::vector<double>& x) {
  double loudest = 0;
  for (const double value : x) loudest = std::max(loudest, std::abs(value));
  return loudest;
}

inline void PlainImpulsiveness(const std::vector<double>& x, const PlainRules& rules,
                               PlainFeatures& out) {
  std::size_t level = 5;
  while (PlainPacket(x, level)[0].size() < rules.enough_coefficients) --level;
  const auto nodes = PlainPacket(x, level);
  const double q = 1.0 / 12;
  for (std::size_t f = 0; f < kSubBands; ++f) {
    const auto& node = nodes[f >> (5 - level)];
    const double n = static_cast<double>(node.size());
    double second = 0, fourth = 0;
    for (const double c : node) {
      second += c * c / n;
      fourth += c * c * c * c / n;
    }
    const double power = second + q;
    const double value =
        std::log((fourth + 6 * q * second + 3 * q * q) / (3 * power * power));
    out.value.push_back(value);
    out.tolerance.push_back(4 * 45 * kUnit * Loudest(x) / std::sqrt(power) +
                            3 * (n / 4 + 8) * kUnit + LogRounding(value));
  }
}

// Squares of all coefficients, the spoilt ones still in place, in means of `of`.
inline std::vector<double> PlainEnvelope(const std::vector<double>& node,
                                         std::size_t spoilt, std::size_t of) {
  std::vector<double> envelope;
  const std::size_t first = (spoilt + of - 1) / of;
  for (std::size_t i = first; (i + 1) * of - spoilt <= node.size(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < of; ++j) {
      const double c = node[i * of + j - spoilt];
      sum += c * c / static_cast<double>(of);
    }
    envelope.push_back(sum);
  }
  return envelope;
}

inline void PlainModulation(const std::vector<double>& x, const Shape& shape,
                            const PlainRules& rules, PlainFeatures& out) {
  const auto nodes = PlainPacket(x, 2);
  constexpr std::size_t kSpoilt = 5;
  const double rate_hz = shape.rate_hz() / 4;
  std::size_t of = 1;
  while (of < 128 && rate_hz / static_cast<double>(2 * of) >= rules.envelope_hz &&
         PlainEnvelope(nodes[0], kSpoilt, 2 * of).size() >= rules.enough_envelope) {
    of *= 2;
  }
  const double envelope_hz = rate_hz / static_cast<double>(of);
  for (std::size_t c = 0; c < kCarriers; ++c) {
    auto envelope = PlainEnvelope(nodes[c], kSpoilt, of);
    std::size_t frame = rules.envelope_frame;
    while (frame > envelope.size() / 2) frame /= 2;
    double mean = 0, square = 0;
    for (const double e : envelope) {
      mean += e / static_cast<double>(envelope.size());
      square += e * e / static_cast<double>(envelope.size());
    }
    const double level = mean + 1.0 / 12;
    for (double& e : envelope) e = (e - mean) / level;
    const auto density = PlainWelch(envelope, frame, envelope_hz);
    const double of_squares = 2 * 18 * kUnit * Loudest(x) * std::sqrt(mean) / level;
    const double of_transform = TransformError(frame) * std::sqrt(square) / level;
    const double error =
        2 / envelope_hz * (of_squares * of_squares + of_transform * of_transform);
    const double bin_hz = envelope_hz / static_cast<double>(frame);
    const double top = std::min(rules.highest_hz, envelope_hz / 2);
    const double low = std::max(1.5 * bin_hz, top / 50);
    const double high = std::max(top, std::min(4 * low, envelope_hz / 2));
    for (std::size_t b = 0; b < kRatesPerCarrier; ++b) {
      const auto edge = [&](std::size_t i) {
        const double share = static_cast<double>(i) / kRatesPerCarrier;
        return low * std::pow(high / low, share) / bin_hz;
      };
      const double band = PlainBand(density, edge(b), edge(b + 1)) + rules.floor;
      out.value.push_back(std::log(band));
      out.tolerance.push_back(2 * std::sqrt(error / band) + error / band +
                              LogRounding(std::log(band)));
    }
  }
}

inline PlainFeatures PlainTokens(std::span<const std::int16_t> samples,
                                 const Shape& shape, const PlainRules& rules = {}) {
  PlainFeatures features;
  for (std::size_t a = 0; a < shape.axes; ++a) {
    std::vector<double> x(shape.frames);
    double mean = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = samples[i * shape.axes + a];
      mean += x[i] / static_cast<double>(x.size());
    }
    for (double& value : x) value -= mean;
    PlainLogMel(x, shape, rules, features);
    x.resize(x.size() / 32 * 32);
    PlainImpulsiveness(x, rules, features);
    PlainModulation(x, shape, rules, features);
  }
  return features;
}

}  // namespace torpor::signal
