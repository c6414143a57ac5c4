#include "detect/commissioning.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "detect/numbers.h"

namespace torpor::detect {

Commissioning::Commissioning(std::size_t features, std::uint32_t cycles,
                             std::uint32_t run_in, std::uint32_t score_cycles)
    : cycles_(cycles),
      run_in_(run_in),
      mean_(features),
      squares_(features),
      drift_(features),
      exemplars_(features, cycles > run_in ? cycles - run_in : 0, score_cycles) {}

// Source: Welford 1962, mean and sum of squares in one pass.
void Commissioning::Add(const model::Output& output) {
  if (complete()) return;
  ++seen_;
  if (!past_run_in()) return;
  ++learned_;
  const double share = 1.0 / learned_;
  for (std::size_t f = 0; f < mean_.size(); ++f) {
    const double before = output.values[f] - mean_[f];
    mean_[f] += before * share;
    squares_[f] += before * (output.values[f] - mean_[f]);
  }
  exemplars_.Add(learned_, output.features());
  const double level = output.levels.total_rms_g();
  const double least = std::numeric_limits<float>::min();
  log_level_ += (std::log(std::max(level, least)) - log_level_) * share;
  for (std::size_t a = 0; a < offset_g_.size(); ++a) {
    offset_g_[a] += (double{output.levels.offset_g[a]} - offset_g_[a]) * share;
  }
}

double Commissioning::Variance(std::size_t feature) const {
  return learned_ < 2 ? 0 : squares_[feature] / (learned_ - 1);
}

double Commissioning::level_g() const { return std::exp(log_level_); }

double Commissioning::Spread(std::size_t feature, std::span<const float> fleet,
                             std::uint32_t weight) const {
  const double w = weight;
  const double n = learned_;
  const double f = fleet[feature];
  return std::sqrt((w * f * f + n * Variance(feature)) / (w + n));
}

void Commissioning::Standardise(std::span<const float> x, std::span<const float> fleet,
                                std::uint32_t weight, std::span<float> z) const {
  for (std::size_t f = 0; f < mean_.size(); ++f) {
    z[f] = static_cast<float>((x[f] - mean_[f]) / Spread(f, fleet, weight) -
                              double{drift_[f]});
  }
}

void Commissioning::Follow(std::span<const float> x, std::span<const float> fleet,
                           std::uint32_t weight, double share) {
  for (std::size_t f = 0; f < mean_.size(); ++f) {
    const double away = (x[f] - mean_[f]) / Spread(f, fleet, weight);
    const double drift = double{drift_[f]} + (away - double{drift_[f]}) * share;
    drift_[f] = static_cast<float>(std::clamp(drift, -kFarthestDrift, kFarthestDrift));
  }
}

void Commissioning::Fill(std::span<const float> fleet, std::uint32_t weight,
                         std::span<const float> factor, model::Context& context) const {
  const std::size_t features = mean_.size();
  context.features = static_cast<std::uint32_t>(features);
  context.exemplars = exemplars_.count();
  for (std::size_t f = 0; f < features; ++f) {
    context.inverse_scale[f] = static_cast<float>(1.0 / Spread(f, fleet, weight));
  }
  FillMean(fleet, weight, context);
  context.factor = factor;
  for (std::uint32_t e = 0; e < exemplars_.count(); ++e) {
    const auto z = std::span(context.exemplar_z).subspan(e * features, features);
    for (std::size_t f = 0; f < features; ++f) {
      z[f] = static_cast<float>((exemplars_.raw(e)[f] - mean_[f]) /
                                Spread(f, fleet, weight));
    }
    if (!factor.empty()) static_cast<void>(model::Whiten(factor, z));
  }
}

void Commissioning::FillMean(std::span<const float> fleet, std::uint32_t weight,
                             model::Context& context) const {
  for (std::size_t f = 0; f < mean_.size(); ++f) {
    context.mean[f] =
        static_cast<float>(mean_[f] + double{drift_[f]} * Spread(f, fleet, weight));
  }
}

std::size_t Commissioning::SavedBytes() const {
  return 8 + 8 + 8 * offset_g_.size() + 20 * mean_.size() + exemplars_.SavedBytes();
}

void Commissioning::Save(ByteWriter& out) const {
  out.Write(seen_);
  out.Write(learned_);
  WriteDouble(out, log_level_);
  for (const double value : offset_g_) WriteDouble(out, value);
  for (const double value : mean_) WriteDouble(out, value);
  for (const double value : squares_) WriteDouble(out, value);
  for (const float value : drift_) WriteFloat(out, value);
  exemplars_.Save(out);
}

bool Commissioning::Load(ByteReader& in) {
  seen_ = in.Read<std::uint32_t>();
  learned_ = in.Read<std::uint32_t>();
  log_level_ = ReadDouble(in);
  bool good = std::isfinite(log_level_);
  const auto take = [&](double& value) {
    value = ReadDouble(in);
    good = good && std::isfinite(value);
  };
  for (double& value : offset_g_) take(value);
  for (double& value : mean_) take(value);
  for (double& value : squares_) {
    take(value);
    good = good && value >= 0;
  }
  for (float& value : drift_) {
    value = ReadFloat(in);
    good = good && std::abs(double{value}) <= kFarthestDrift;
  }
  return exemplars_.Load(in) && in.ok() && good && seen_ <= cycles_ &&
         learned_ == (seen_ > run_in_ ? seen_ - run_in_ : 0);
}

}  // namespace torpor::detect
