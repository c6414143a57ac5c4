// The same bearing in another machine: another sensor, glued on elsewhere, with another
// gain. Makes several machines out of a recorded one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "signal/shape.h"
#include "simulate/random.h"
#include "train/filter.h"
#include "train/recipe.h"

namespace torpor::train {

// Windows go in as they were recorded and come out as this mounting would have given
// them. Each thread has its own.
class Mounting {
 public:
  // As it was recorded.
  explicit Mounting(const signal::Shape& shape);
  // Drawn: turned axes, two resonances an axis, gain, a noise floor, a coarser converter.
  // `levels` is the usual RMS of each recorded axis, in steps.
  Mounting(const VoiceRecipe& recipe, const signal::Shape& shape,
           std::span<const float> levels, simulate::Random& random);

  // `recorded` is interleaved; `window` is axis after axis, in steps around the mean, not
  // yet rounded.
  void Hear(std::span<const std::int16_t> recorded, simulate::Random& random,
            std::span<float> window);
  // Rounds to this mounting's converter, interleaved.
  void Digitise(std::span<const float> window, std::span<std::int16_t> samples) const;

 private:
  struct Axis {
    std::array<float, signal::kMaxAxes> mix{};  // of the recorded axes, gain included
    std::array<Biquad, 2> resonances{};
    float noise = 0;  // RMS, in steps
  };

  signal::Shape shape_;
  int steps_of_a_code_ = 1;
  std::array<Axis, signal::kMaxAxes> axes_{};
  std::vector<float> planar_;
  std::vector<float> noise_;
};

}  // namespace torpor::train
