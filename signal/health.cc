#include "signal/health.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

#include "signal/survey.h"

namespace torpor::signal {
namespace {

constexpr std::int16_t kLow = std::numeric_limits<std::int16_t>::min();
constexpr std::int16_t kHigh = std::numeric_limits<std::int16_t>::max();

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

// Steps of one code of the converter: one of fewer bits sets the high ones, so that every
// difference is a multiple.
std::int32_t CodeOf(const AxisSurvey& axis) {
  return axis.differences == 0 ? 1 : 1 << std::countr_zero(axis.differences);
}

// The most samples of an axis in a row of one value.
std::uint32_t LongestHold(std::span<const std::int16_t> samples, std::size_t axis,
                          std::size_t axes) {
  std::uint32_t longest = 0, held = 0;
  std::int16_t last = samples[axis];
  for (std::size_t i = axis; i < samples.size(); i += axes) {
    held = samples[i] == last ? held + 1 : 1;
    last = samples[i];
    longest = std::max(longest, held);
  }
  return longest;
}

bool IsDead(std::span<const std::int16_t> samples, const Shape& shape, std::size_t axis,
            const AxisSurvey& found) {
  if (found.most - found.least <= CodeOf(found)) return true;
  const std::uint32_t half = shape.frames / 2;
  return found.pairs >= half && LongestHold(samples, axis, shape.axes) > half;
}

// From the mean to an end, in codes.
std::int32_t CodesTo(std::int32_t end, double mean, std::int32_t code) {
  return static_cast<std::int32_t>(std::abs(mean - end)) / code;
}

Tops TopsOf(std::int32_t codes, std::int32_t code) {
  const std::int32_t tops = codes / kTopOneIn;
  return {static_cast<std::uint16_t>(tops * code),
          static_cast<std::uint16_t>(
              (tops + kStripInTops * std::max<std::int32_t>(tops, 1)) * code)};
}

bool IsFlat(const EndCounts& end, std::uint32_t many) {
  return end.in_top > std::max(many, kFewestAtTop) &&
         end.in_top > kTopOutweighs * (end.in_strip - end.in_top);
}

std::uint32_t AtRail(std::span<const std::int16_t> samples, std::size_t axis,
                     std::size_t axes, std::int32_t rail) {
  std::uint32_t at_rail = 0;
  for (std::size_t i = axis; i < samples.size(); i += axes) {
    at_rail += (samples[i] == kLow || samples[i] > rail) ? 1U : 0U;
  }
  return at_rail;
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
  const Survey survey = SurveyAxes(samples, shape.axes);
  std::array<double, kMaxAxes> mean{};
  Ends ends;
  for (std::size_t a = 0; a < shape.axes; ++a) {
    const AxisSurvey& axis = survey[a];
    mean[a] = static_cast<double>(axis.sum) / shape.frames;
    const double square = static_cast<double>(axis.sum_of_squares) / shape.frames;
    levels.offset_g[a] = static_cast<float>(mean[a] * shape.g_per_step());
    levels.rms_g[a] = static_cast<float>(
        std::sqrt(std::max(0.0, square - mean[a] * mean[a])) * shape.g_per_step());
    const std::int32_t code = CodeOf(axis);
    ends[a].least = axis.least;
    ends[a].most = axis.most;
    ends[a].low = TopsOf(CodesTo(axis.least, mean[a], code), code);
    ends[a].high = TopsOf(CodesTo(axis.most, mean[a], code), code);
  }
  CountAtEnds(samples, shape.axes, ends);

  const std::uint32_t many = shape.frames / kClippedOneIn;
  for (std::size_t a = 0; a < shape.axes; ++a) {
    const AxisSurvey& axis = survey[a];
    if (IsDead(samples, shape, a, axis)) return Status::kSensorDead;
    const std::int32_t code = CodeOf(axis), rail = kHigh - code;
    const bool touches = axis.least == kLow || axis.most > rail;
    if ((touches && AtRail(samples, a, shape.axes, rail) > many) ||
        (CodesTo(axis.least, mean[a], code) >= kCodesToClip &&
         IsFlat(ends[a].at_least, many)) ||
        (CodesTo(axis.most, mean[a], code) >= kCodesToClip &&
         IsFlat(ends[a].at_most, many))) {
      return Status::kSensorClipped;
    }
    if (std::abs(mean[a]) > 0.75 * 32768.0) return Status::kSensorOffset;
  }
  return Status::kOk;
}

}  // namespace torpor::signal
