#include "train/fault.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "simulate/resonator.h"

namespace torpor::train {
namespace {

using simulate::Random;

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kHighestMode = 0.97;  // of half the rate
constexpr double kLoose = 0.4;         // jitter of what hardly keeps time

// What is struck or driven, before the housing: impulses of a window, or a signal.
struct Source {
  std::vector<std::pair<double, double>> strikes;  // when, in samples, and how strong
  std::vector<double> drive;
};

double LoadAt(const Fault& fault, double seconds, double phase) {
  return 1 + fault.load_depth * std::cos(kTurn * fault.load_hz * seconds + phase);
}

Source Strikes(const Fault& fault, double rate_hz, std::size_t frames, Random& random) {
  Source source;
  source.drive.assign(frames, 0.0);
  const double period = rate_hz / fault.hz;
  const double phase = random.Uniform(0, kTurn);
  // From before the window on: a resonance rings for a while.
  double t = -period * (1 + random.Uniform(0, 1)) - 0.02 * rate_hz;
  while (t < static_cast<double>(frames)) {
    const double strength = std::max(0.1, 1 + fault.uneven * random.Normal());
    source.strikes.emplace_back(t, strength * LoadAt(fault, t / rate_hz, phase));
    t += period * std::max(0.2, 1 + fault.jitter * random.Normal());
  }
  return source;
}

Source Noise(const Fault& fault, double rate_hz, std::size_t frames, Random& random) {
  Source source;
  std::vector<float> noise(frames);
  random.FillNormal(noise);
  const double phase = random.Uniform(0, kTurn);
  for (std::size_t i = 0; i < frames; ++i) {
    source.drive.push_back(double{noise[i]} *
                           LoadAt(fault, static_cast<double>(i) / rate_hz, phase));
  }
  return source;
}

Source Harmonics(const Fault& fault, double rate_hz, std::size_t frames, Random& random) {
  Source source;
  source.drive.assign(frames, 0.0);
  const double speed = 1 + 0.01 * random.Normal();
  for (std::size_t h = 0; h < fault.harmonics.size(); ++h) {
    const double turn = kTurn * fault.hz * speed * static_cast<double>(h + 1) / rate_hz;
    const double phase = random.Uniform(0, kTurn);
    if (turn > kHighestMode * std::numbers::pi) break;
    for (std::size_t i = 0; i < frames; ++i) {
      source.drive[i] +=
          fault.harmonics[h] * std::sin(turn * static_cast<double>(i) + phase);
    }
  }
  return source;
}

Source MakeSource(const Fault& fault, double rate_hz, std::size_t frames,
                  Random& random) {
  switch (fault.kind) {
    case Fault::Kind::kStrikes:
      return Strikes(fault, rate_hz, frames, random);
    case Fault::Kind::kNoise:
      return Noise(fault, rate_hz, frames, random);
    case Fault::Kind::kHarmonics:
      return Harmonics(fault, rate_hz, frames, random);
  }
  return {};
}

// The motion of each mode, from the source; one row for each.
std::vector<std::vector<double>> Ring(const Fault& fault, double rate_hz,
                                      const Source& source) {
  std::vector<std::vector<double>> motions;
  for (std::size_t m = 0; m < fault.modes; ++m) {
    simulate::Resonator resonator(fault.mode[m].hz, fault.mode[m].damping, rate_hz);
    std::vector<double> motion = source.drive;
    for (const auto& [at, strength] : source.strikes) {
      resonator.Strike(at, strength, motion);
    }
    resonator.Run(motion);
    motions.push_back(std::move(motion));
  }
  return motions;
}

double DecibelsToRatio(double db) { return std::pow(10, db / 20); }

}  // namespace

Fault DrawFault(const FaultRecipe& recipe, double rate_hz, std::size_t axes,
                Random& random) {
  Fault fault;
  const double kind = random.Uniform(0, 1);
  if (kind < recipe.noise_share) {
    fault.kind = Fault::Kind::kNoise;
  } else if (kind < recipe.noise_share + recipe.harmonics_share) {
    fault.kind = Fault::Kind::kHarmonics;
  }
  fault.hz = random.LogUniform(recipe.strikes_hz.low, recipe.strikes_hz.high);
  fault.jitter = random.Uniform(0, 1) < recipe.loose_share
                     ? kLoose
                     : random.Uniform(0, recipe.jitter);
  fault.uneven = random.Uniform(0.05, 0.4);
  fault.load_hz = random.Uniform(10, 60);
  fault.load_depth = random.Uniform(0, 1) < 0.6 ? random.Uniform(0, 1) : 0;

  fault.modes = static_cast<std::size_t>(random.Uniform(1, Fault::kModes + 1));
  for (Fault::Mode& mode : fault.mode) {
    const double share = random.LogUniform(recipe.resonance.low, recipe.resonance.high);
    mode.hz = std::min(share, kHighestMode) * rate_hz / 2;
    mode.damping = random.LogUniform(recipe.damping.low, recipe.damping.high);
    for (std::size_t a = 0; a < axes; ++a) {
      mode.share[a] = random.Normal() * std::exp(0.5 * random.Normal());
    }
  }
  const double falling = random.Uniform(0, 1.5);
  for (std::size_t h = 0; h < fault.harmonics.size(); ++h) {
    fault.harmonics[h] =
        std::exp(0.8 * random.Normal()) / std::pow(static_cast<double>(h + 1), falling);
  }

  const double level = random.Uniform(recipe.level_db.low, recipe.level_db.high);
  const bool equal = random.Uniform(0, 1) < recipe.equal_share;
  const auto loudest =
      static_cast<std::size_t>(random.Uniform(0, static_cast<double>(axes)));
  for (std::size_t a = 0; a < axes; ++a) {
    const double weaker = random.Exponential(8);
    fault.level[a] = DecibelsToRatio(level - (equal || a == loudest ? 0 : weaker));
  }
  return fault;
}

void AddFault(const Fault& fault, const signal::Shape& shape, std::span<float> minute,
              Random& random) {
  const std::size_t windows = minute.size() / shape.samples();
  std::vector<float> added(minute.size());
  for (std::size_t w = 0; w < windows; ++w) {
    const Source source = MakeSource(fault, shape.rate_hz(), shape.frames, random);
    const auto motions = Ring(fault, shape.rate_hz(), source);
    for (std::size_t a = 0; a < shape.axes; ++a) {
      float* const out = &added[w * shape.samples() + a * shape.frames];
      for (std::size_t m = 0; m < motions.size(); ++m) {
        const double share = fault.mode[m].share[a];
        for (std::size_t i = 0; i < shape.frames; ++i) {
          out[i] += static_cast<float>(share * motions[m][i]);
        }
      }
    }
  }
  for (std::size_t a = 0; a < shape.axes; ++a) {
    double background = 0, fault_power = 0;
    const auto each = [&](auto&& visit) {
      for (std::size_t w = 0; w < windows; ++w) {
        const std::size_t first = w * shape.samples() + a * shape.frames;
        for (std::size_t i = first; i < first + shape.frames; ++i) visit(i);
      }
    };
    each([&](std::size_t i) {
      background += double{minute[i]} * double{minute[i]};
      fault_power += double{added[i]} * double{added[i]};
    });
    if (fault_power <= 0) continue;
    const auto scale =
        static_cast<float>(fault.level[a] * std::sqrt(background / fault_power));
    each([&](std::size_t i) { minute[i] += scale * added[i]; });
  }
}

}  // namespace torpor::train
