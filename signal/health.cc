#include "signal/health.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

namespace torpor::signal {
namespace {

constexpr std::int32_t kLow = std::numeric_limits<std::int16_t>::min();
constexpr std::int32_t kHigh = std::numeric_limits<std::int16_t>::max();

// An extreme that is fewer codes than this away from the mean is too near for a flat top
// to show.
constexpr std::int32_t kCodesToClip = 16;
// What counts as at the extreme, as a share of its distance from the mean, and how much
// wider the strip before it is that it is compared with. The top of a sine holds 0.8 of
// the samples of that strip; a Gaussian cut off at 2 deviations, 3 times as many.
constexpr std::int32_t kTopOneIn = 64;
constexpr std::int32_t kStripInTops = 4;
constexpr std::uint32_t kTopOutweighs = 2;
constexpr std::uint32_t kFewestAtTop = 8;  // in a short window

struct AxisView {
  std::span<const std::int16_t> samples;
  std::size_t axis;
  std::size_t axes;
};

struct Measured {
  std::int32_t least = kHigh, most = kLow;
  std::int32_t code = 1;           // steps of one code of the converter
  std::uint32_t longest_hold = 0;  // samples in a row of one value
  std::int64_t sum = 0;
  std::int64_t sum_of_squares = 0;  // exact: 2^32 samples of 2^30 fit
};

Measured Measure(const AxisView& view) {
  Measured measured;
  const std::int32_t first = view.samples[view.axis];
  std::int32_t last = first;
  std::uint32_t held = 0;
  std::uint32_t differences = 0;
  for (std::size_t i = view.axis; i < view.samples.size(); i += view.axes) {
    const std::int32_t x = view.samples[i];
    measured.least = std::min(measured.least, x);
    measured.most = std::max(measured.most, x);
    differences |= static_cast<std::uint32_t>(x - first);
    held = x == last ? held + 1 : 1;
    measured.longest_hold = std::max(measured.longest_hold, held);
    last = x;
    measured.sum += x;
    measured.sum_of_squares += x * x;
  }
  // A converter of fewer bits sets the high ones, so every difference is a multiple.
  if (differences != 0) measured.code = 1 << std::countr_zero(differences);
  return measured;
}

// One end of what an axis takes on, and how many samples are there or just before it.
struct End {
  std::int32_t extreme = 0;
  bool low = true;
  std::int32_t top = 0;
  std::int32_t strip = 0;
  std::uint32_t at_top = 0;
  std::uint32_t before = 0;

  End(std::int32_t end, double mean, std::int32_t code) : extreme(end), low(mean > end) {
    const auto codes = static_cast<std::int32_t>(std::abs(mean - end)) / code;
    top = codes / kTopOneIn * code;
    strip = top + kStripInTops * std::max<std::int32_t>(codes / kTopOneIn, 1) * code;
    if (codes < kCodesToClip) top = -1;  // nothing is
  }
  void Count(std::int32_t x) {
    const std::int32_t away = low ? x - extreme : extreme - x;
    at_top += away <= top ? 1U : 0U;
    before += away > top && away <= strip ? 1U : 0U;
  }
  [[nodiscard]] bool IsFlat(std::uint32_t many) const {
    return at_top > std::max(many, kFewestAtTop) && at_top > kTopOutweighs * before;
  }
};

// An axis that is pressed against something, be it the converter's range or an
// amplifier's.
bool IsClipped(const AxisView& view, const Measured& measured, double mean,
               std::uint32_t many) {
  End low(measured.least, mean, measured.code);
  End high(measured.most, mean, measured.code);
  std::uint32_t at_rail = 0;
  for (std::size_t i = view.axis; i < view.samples.size(); i += view.axes) {
    const std::int32_t x = view.samples[i];
    at_rail += (x == kLow || x > kHigh - measured.code) ? 1U : 0U;
    low.Count(x);
    high.Count(x);
  }
  return at_rail > many || low.IsFlat(many) || high.IsFlat(many);
}

Status Judge(const AxisView& view, const Measured& measured, double mean_steps,
             std::uint32_t frames) {
  if (measured.most - measured.least <= measured.code) return Status::kSensorDead;
  if (measured.longest_hold > frames / 2) return Status::kSensorDead;
  if (IsClipped(view, measured, mean_steps, frames / kClippedOneIn)) {
    return Status::kSensorClipped;
  }
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
    const AxisView view{samples, a, shape.axes};
    const Measured measured = Measure(view);
    const double mean = static_cast<double>(measured.sum) / shape.frames;
    const double square = static_cast<double>(measured.sum_of_squares) / shape.frames;
    levels.offset_g[a] = static_cast<float>(mean * shape.g_per_step());
    levels.rms_g[a] = static_cast<float>(std::sqrt(std::max(0.0, square - mean * mean)) *
                                         shape.g_per_step());
    if (worst == Status::kOk) worst = Judge(view, measured, mean, shape.frames);
  }
  return worst;
}

}  // namespace torpor::signal
