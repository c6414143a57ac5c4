// What is normal for this one machine: mean and spread of every feature over its first
// cycles, because no two machines shake alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "detect/exemplars.h"
#include "model/engine.h"

namespace torpor::detect {

// Of one window's own spreads; a mean of several windows strays less than one does.
inline constexpr double kFarthestDrift = 1.0;

class Commissioning {
 public:
  // The first `run_in` of `cycles` are counted but not learned: bearings settle. An
  // exemplar is the mean of `score_cycles` windows, as a score is.
  Commissioning(std::size_t features, std::uint32_t cycles, std::uint32_t run_in,
                std::uint32_t score_cycles);

  void Add(const model::Output& output);  // ignored once complete
  [[nodiscard]] bool complete() const { return seen_ >= cycles_; }
  [[nodiscard]] bool past_run_in() const { return seen_ > run_in_; }
  [[nodiscard]] std::uint32_t seen() const { return seen_; }

  // z = (x - own mean) / s with s^2 = (w fleet^2 + n own^2) / (w + n): few cycles do not
  // measure a spread well, so the fleet's counts as `weight` more of them. Only when
  // complete.
  void Standardise(std::span<const float> x, std::span<const float> fleet,
                   std::uint32_t weight, std::span<float> z) const;
  // The same mean and s, and the exemplars as z, as a network takes them. `factor`
  // (model::Normal) whitens, and outlives the context. The exemplars drift with the mean.
  void Fill(std::span<const float> fleet, std::uint32_t weight,
            std::span<const float> factor, model::Context& context) const;
  // The mean alone, after Follow.
  void FillMean(std::span<const float> fleet, std::uint32_t weight,
                model::Context& context) const;

  // Lets the mean follow `x` by a share of the way, at most kFarthestDrift spreads from
  // where commissioning left it: seasons pass, faults do not. Only when complete.
  void Follow(std::span<const float> x, std::span<const float> fleet,
              std::uint32_t weight, double share);

  [[nodiscard]] std::size_t features() const { return mean_.size(); }
  [[nodiscard]] double mean(std::size_t feature) const { return mean_[feature]; }
  [[nodiscard]] const Exemplars& exemplars() const { return exemplars_; }
  [[nodiscard]] double Variance(std::size_t feature) const;
  [[nodiscard]] double level_g() const;  // geometric mean over the learned cycles
  [[nodiscard]] double offset_g(std::size_t axis) const { return offset_g_[axis]; }

  [[nodiscard]] std::size_t SavedBytes() const;
  void Save(ByteWriter& out) const;
  // False when the bytes are not of this size, or not finite.
  [[nodiscard]] bool Load(ByteReader& in);

 private:
  [[nodiscard]] double Spread(std::size_t feature, std::span<const float> fleet,
                              std::uint32_t weight) const;

  std::uint32_t cycles_;
  std::uint32_t run_in_;
  std::uint32_t seen_ = 0;
  std::uint32_t learned_ = 0;
  double log_level_ = 0;  // mean
  std::array<double, signal::kMaxAxes> offset_g_{};
  std::vector<double> mean_;
  std::vector<double> squares_;  // sum of squares around the mean
  std::vector<float> drift_;     // how far the mean has followed since, in spreads
  Exemplars exemplars_;
};

}  // namespace torpor::detect
