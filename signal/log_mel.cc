#include "signal/log_mel.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "signal/axis.h"

namespace torpor::signal {
namespace {

double Mel(double hz) { return 2595.0 * std::log10(1.0 + hz / 700.0); }
double HzOfMel(double mel) { return 700.0 * (std::pow(10.0, mel / 2595.0) - 1.0); }

}  // namespace

Status LogMel::Prepare(const Shape& shape) {
  shape_ = {};
  if (shape.axes == 0 || shape.axes > kMaxAxes || shape.frames < 2 * kMinFrame ||
      shape.sample_rate_millihertz == 0 || shape.full_scale_milli_g == 0) {
    return Status::kBatchShape;
  }
  frame_ = std::min(kMaxFrame, std::size_t{std::bit_floor(shape.frames / 2)});
  // A Hann window leaves gravity in the two lowest bins and nowhere else; the lowest band
  // starts above them.
  const double bin_hz = shape.rate_hz() / static_cast<double>(frame_);
  const double low = Mel(1.5 * bin_hz);
  const double high = Mel(shape.rate_hz() / 2.0);
  for (std::size_t b = 0; b <= kBands; ++b) {
    edges_[b] = static_cast<float>(
        HzOfMel(low + (high - low) * static_cast<double>(b) / kBands) / bin_hz);
  }
  shape_ = shape;
  return Status::kOk;
}

float LogMel::EdgeHz(std::size_t edge) const {
  return edges_[edge] *
         static_cast<float>(shape_.rate_hz() / static_cast<double>(frame_));
}

Status LogMel::Compute(std::span<const std::int16_t> samples, std::span<float> bands) {
  if (shape_.axes == 0 || samples.size() != shape_.samples() ||
      bands.size() != features()) {
    return Status::kBatchShape;
  }
  for (std::size_t a = 0; a < shape_.axes; ++a) {
    const Axis axis{samples, shape_.axes, a};
    const float mean = axis.Mean();
    Restart();
    for (std::size_t at = 0; at < shape_.frames; at += kBlock) {
      const std::size_t count = std::min<std::size_t>(kBlock, shape_.frames - at);
      axis.Read(at, mean, Room().first(count));
      Push(count);
    }
    Finish(std::span<float, kBands>(bands.data() + a * kBands, kBands));
  }
  return Status::kOk;
}

void LogMel::Finish(std::span<float, kBands> bands) {
  welch_.Finish(scratch_);
  const auto power = welch_.Power(scratch_);
  const double g = shape_.g_per_step();
  const double density =
      2.0 * g * g /
      (shape_.rate_hz() * HannPower(frame_) * static_cast<double>(welch_.frames()));
  // Rounding to steps makes noise of step^2 / 12, spread evenly over half the rate.
  const double quantisation = g * g / 6.0 / shape_.rate_hz();
  for (std::size_t b = 0; b < kBands; ++b) {
    const double band = BandMean(power, edges_[b], edges_[b + 1]);
    bands[b] = std::log(static_cast<float>(band * density + quantisation));
  }
}

}  // namespace torpor::signal
