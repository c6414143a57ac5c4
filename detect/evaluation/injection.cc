#include "detect/evaluation/injection.h"

#include <samplerate.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace torpor::detect::evaluation {
namespace {

// Sum of squares around the mean.
double WindowSquares(std::span<const std::int16_t> window, const signal::Shape& shape,
                     std::size_t axis) {
  double sum = 0, squares = 0;
  for (std::size_t i = axis; i < window.size(); i += shape.axes) {
    sum += window[i];
    squares += static_cast<double>(window[i]) * window[i];
  }
  return squares - sum * sum / shape.frames;
}

// Empty when libsamplerate will not.
std::vector<float> Resampled(std::span<const float> samples, double ratio) {
  const auto room = static_cast<std::size_t>(
      std::ceil(static_cast<double>(samples.size()) * ratio) + 16);
  std::vector<float> out(room);
  SRC_DATA data{};
  data.data_in = samples.data();
  data.data_out = out.data();
  data.input_frames = static_cast<long>(samples.size());
  data.output_frames = static_cast<long>(room);
  data.src_ratio = ratio;
  if (src_simple(&data, SRC_SINC_BEST_QUALITY, 1) != 0) return {};
  out.resize(static_cast<std::size_t>(data.output_frames_gen));
  return out;
}

// Takes the mean off; what is left is the RMS.
double Centre(std::vector<float>& samples) {
  double mean = 0, squares = 0;
  const auto n = static_cast<double>(samples.size());
  for (const float x : samples) mean += double{x} / n;
  for (float& x : samples) {
    x = static_cast<float>(double{x} - mean);
    squares += double{x} * x / n;
  }
  return std::sqrt(squares);
}

}  // namespace

Result<FaultSignal> MakeFaultSignal(std::string id,
                                    const std::vector<std::vector<float>>& channels,
                                    double rate_hz, double to_rate_hz,
                                    std::size_t at_least) {
  const double ratio = to_rate_hz / rate_hz;
  if (src_is_valid_ratio(ratio) == 0) return Status::kRecordingRate;
  FaultSignal fault{std::move(id), {}};
  double level = 0;
  for (std::vector<float> channel : channels) {
    // First, because the edges of a recording with a mean would ring.
    static_cast<void>(Centre(channel));
    std::vector<float> samples = Resampled(channel, ratio);
    if (samples.size() < at_least) return Status::kRecordingTooShort;
    const double rms = Centre(samples);
    if (fault.channels.empty()) level = rms;
    fault.channels.push_back(std::move(samples));
  }
  constexpr double kSilence = 1e-6;  // g
  if (!(level > kSilence)) return Status::kRecordingTooShort;
  for (std::vector<float>& channel : fault.channels) {
    for (float& x : channel) x = static_cast<float>(double{x} / level);
  }
  return fault;
}

std::vector<std::int16_t> Inject(std::span<const std::int16_t> minute,
                                 const signal::Shape& shape, const FaultSignal& fault,
                                 const InjectionChoices& choices) {
  const std::size_t each = shape.samples();
  const std::size_t windows = minute.size() / each;
  std::vector<double> gain(shape.axes);
  for (std::size_t a = 0; a < shape.axes; ++a) {
    double squares = 0;
    for (std::size_t w = 0; w < windows; ++w) {
      squares += WindowSquares(minute.subspan(w * each, each), shape, a);
    }
    gain[a] = std::sqrt(squares / static_cast<double>(windows * shape.frames)) *
              std::pow(10.0, choices.level_db / 20);
  }
  const std::size_t room = fault.channels.front().size() - shape.frames;
  const std::size_t pieces = std::max<std::size_t>(2, windows * choices.variants);
  std::vector<std::int16_t> mixed(minute.begin(), minute.end());
  for (std::size_t w = 0; w < windows; ++w) {
    const std::size_t piece = windows * choices.variant + w;
    const std::size_t from = piece * room / (pieces - 1);
    for (std::size_t i = 0; i < shape.frames; ++i) {
      for (std::size_t a = 0; a < shape.axes; ++a) {
        std::int16_t& x = mixed[w * each + i * shape.axes + a];
        constexpr std::int16_t kRail = std::numeric_limits<std::int16_t>::max();
        const auto& channel = fault.channels[std::min(a, fault.channels.size() - 1)];
        const double sum = x + gain[a] * double{channel[from + i]};
        x = static_cast<std::int16_t>(
            std::clamp(std::round(sum), -double{kRail} - 1, double{kRail}));
      }
    }
  }
  return mixed;
}

}  // namespace torpor::detect::evaluation
