#include "train/mounting.h"

#include <algorithm>
#include <cmath>

namespace torpor::train {
namespace {

using simulate::Random;

double DecibelsToRatio(double db) { return std::pow(10, db / 20); }

}  // namespace

Mounting::Mounting(const signal::Shape& shape)
    : shape_(shape), planar_(shape.samples()), noise_(shape.frames) {
  for (std::size_t a = 0; a < shape.axes; ++a) axes_[a].mix[a] = 1;
}

Mounting::Mounting(const VoiceRecipe& recipe, const signal::Shape& shape,
                   std::span<const float> levels, Random& random)
    : Mounting(shape) {
  const bool turned = random.Uniform(0, 1) < recipe.mixed_share;
  const double gain = random.LogUniform(recipe.gain.low, recipe.gain.high);
  const double floor =
      DecibelsToRatio(random.Uniform(recipe.noise_db.low, recipe.noise_db.high));
  double quietest = 1e9;
  for (std::size_t a = 0; a < shape.axes; ++a) {
    Axis& axis = axes_[a];
    double length = 0, power = 0;
    for (std::size_t r = 0; turned && r < shape.axes; ++r) {
      axis.mix[r] += static_cast<float>(random.Uniform(-0.6, 0.6));
    }
    for (const float share : axis.mix) length += double{share} * double{share};
    const double scale = gain * random.LogUniform(0.7, 1.4) / std::sqrt(length);
    for (std::size_t r = 0; r < shape.axes; ++r) {
      axis.mix[r] = static_cast<float>(scale * double{axis.mix[r]});
      const double level = double{axis.mix[r]} * double{levels[r]};
      power += level * level;
    }
    for (Biquad& resonance : axis.resonances) {
      if (random.Uniform(0, 1) >= recipe.resonance_share) continue;
      const double hz = random.LogUniform(0.01, 0.45) * shape.rate_hz();
      const double quality = random.LogUniform(0.7, 8);
      const double db = random.Uniform(recipe.resonance_db.low, recipe.resonance_db.high);
      resonance = Biquad::Peak(hz, quality, db, shape.rate_hz());
    }
    axis.noise = static_cast<float>(floor * std::sqrt(power));
    quietest = std::min(quietest, std::sqrt(power));
  }
  if (random.Uniform(0, 1) < recipe.coarse_share) {
    steps_of_a_code_ = 1 << static_cast<int>(random.Uniform(1, 5));
  }
  // A converter that hears nothing at all is a broken sensor, not a machine.
  while (steps_of_a_code_ > 1 && 8 * steps_of_a_code_ > quietest) steps_of_a_code_ /= 2;
}

void Mounting::Hear(std::span<const std::int16_t> recorded, Random& random,
                    std::span<float> window) {
  const std::size_t frames = shape_.frames;
  for (std::size_t r = 0; r < shape_.axes; ++r) {
    float* const axis = &planar_[r * frames];
    double sum = 0;
    for (std::size_t i = 0; i < frames; ++i) {
      axis[i] = recorded[i * shape_.axes + r];
      sum += double{axis[i]};
    }
    const auto still = static_cast<float>(sum / static_cast<double>(frames));
    for (std::size_t i = 0; i < frames; ++i) axis[i] -= still;
  }
  for (std::size_t a = 0; a < shape_.axes; ++a) {
    const std::span<float> out = window.subspan(a * frames, frames);
    std::ranges::fill(out, 0.0F);
    for (std::size_t r = 0; r < shape_.axes; ++r) {
      const float share = axes_[a].mix[r];
      if (share == 0) continue;
      for (std::size_t i = 0; i < frames; ++i) out[i] += share * planar_[r * frames + i];
    }
    for (const Biquad& resonance : axes_[a].resonances) resonance.Run(out);
    if (axes_[a].noise == 0) continue;
    random.FillNormal(noise_);
    for (std::size_t i = 0; i < frames; ++i) out[i] += axes_[a].noise * noise_[i];
  }
}

void Mounting::Digitise(std::span<const float> window,
                        std::span<std::int16_t> samples) const {
  const auto code = static_cast<float>(steps_of_a_code_);
  const float highest = 32768.0F / code - 1;
  for (std::size_t a = 0; a < shape_.axes; ++a) {
    for (std::size_t i = 0; i < shape_.frames; ++i) {
      const float value =
          std::clamp(window[a * shape_.frames + i] / code, -highest - 1, highest);
      samples[i * shape_.axes + a] =
          static_cast<std::int16_t>(std::lrint(value) * steps_of_a_code_);
    }
  }
}

}  // namespace torpor::train
