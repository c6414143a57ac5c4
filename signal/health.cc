#include "signal/health.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace torpor::signal {
namespace {

constexpr std::int16_t kLow = std::numeric_limits<std::int16_t>::min();
constexpr std::int16_t kHigh = std::numeric_limits<std::int16_t>::max();

struct Axis {
  std::int16_t least = kHigh, most = kLow;
  std::uint32_t at_rail = 0;
  std::int64_t sum = 0;
  std::int64_t sum_of_squares = 0;  // exact: 2^32 samples of 2^30 fit
};

Axis Measure(std::span<const std::int16_t> samples, std::size_t axis, std::size_t axes) {
  Axis measured;
  for (std::size_t i = axis; i < samples.size(); i += axes) {
    const std::int16_t x = samples[i];
    measured.least = std::min(measured.least, x);
    measured.most = std::max(measured.most, x);
    measured.at_rail += (x == kLow || x == kHigh) ? 1U : 0U;
    measured.sum += x;
    measured.sum_of_squares += std::int32_t{x} * std::int32_t{x};
  }
  return measured;
}

Status Judge(const Axis& axis, double mean_steps, std::uint32_t frames) {
  if (axis.most - axis.least <= 1) return Status::kSensorDead;
  if (axis.at_rail > frames / kClippedOneIn) return Status::kSensorClipped;
  if (std::abs(mean_steps) > 0.75 * 32768.0) return Status::kSensorOffset;
  return Status::kOk;
}

}  // namespace

float Levels::total_rms_g() const {
  float sum = 0;
  for (const float rms : rms_g) sum += rms * rms;
  return std::sqrt(sum);
}

Status CheckSensor(std::span<const std::int16_t> samples, const Shape& shape,
                   Levels& levels) {
  levels = {};
  if (shape.axes == 0 || shape.axes > kMaxAxes || shape.frames == 0 ||
      samples.size() != shape.samples()) {
    return Status::kBatchShape;
  }
  Status worst = Status::kOk;
  for (std::size_t a = 0; a < shape.axes; ++a) {
    const Axis axis = Measure(samples, a, shape.axes);
    const double mean = static_cast<double>(axis.sum) / shape.frames;
    const double square = static_cast<double>(axis.sum_of_squares) / shape.frames;
    levels.offset_g[a] = static_cast<float>(mean * shape.g_per_step());
    levels.rms_g[a] = static_cast<float>(std::sqrt(std::max(0.0, square - mean * mean)) *
                                         shape.g_per_step());
    if (worst == Status::kOk) worst = Judge(axis, mean, shape.frames);
  }
  return worst;
}

}  // namespace torpor::signal
