#include "model/quantize/quantize.h"

#include <algorithm>
#include <cmath>

#include "model/reference/elementary.h"

namespace torpor::model {
namespace {

// Squash(z) of |z| = 27, three times what healthy machines show, and its own limit.
constexpr float kLeastEmbedBound = 1;
constexpr float kMostEmbedBound = 2;

LinearWeights Rounded(const Linear& linear, const InputRange& range) {
  LinearWeights out;
  out.rows = linear.rows;
  out.cols = linear.cols;
  out.input_scale = range.bound / float{kMaxQuantizedInput};
  out.bias.assign(linear.bias.begin(), linear.bias.end());
  out.quantized.reserve(linear.weight.size());
  for (std::uint32_t r = 0; r < linear.rows; ++r) {
    const auto row = linear.weight.subspan(std::size_t{r} * linear.cols, linear.cols);
    float largest = 0;
    for (const float w : row) largest = std::max(largest, std::fabs(w));
    // A row of zeros has any scale.
    const float scale = largest > 0 ? largest / float{kMaxQuantizedWeight} : 1;
    out.scale.push_back(scale);
    for (const float w : row) {
      const float steps = std::nearbyint(w / scale);
      out.quantized.push_back(static_cast<std::int8_t>(
          std::clamp(steps, -float{kMaxQuantizedWeight}, float{kMaxQuantizedWeight})));
    }
  }
  return out;
}

}  // namespace

Result<std::vector<InputRange>> Calibrate(const NetworkView& network,
                                          std::span<const Showing> calibration, Clip clip,
                                          const Progress& progress) {
  if (calibration.empty()) return Status::kTooFewRecordings;
  const std::size_t all = 2 * calibration.size();
  std::size_t done = 0;
  const auto every = [&](const Look& look) {
    for (const Showing& z : calibration) {
      float logit = 0;
      if (const Status s = Watch(network, z, look, logit); s != Status::kOk) return s;
      ++done;
      if (progress) progress(done, all);
    }
    return Status::kOk;
  };

  std::vector<float> highest(LinearCount(network.shape));
  const Status looked = every([&](std::size_t i, std::span<const float> input) {
    for (const float x : input) highest[i] = std::max(highest[i], std::fabs(x));
  });
  if (looked != Status::kOk) return looked;
  std::vector<Magnitudes> seen(highest.begin(), highest.end());
  const Status counted =
      every([&](std::size_t i, std::span<const float> input) { seen[i].Add(input); });
  if (counted != Status::kOk) return counted;

  std::vector<InputRange> ranges;
  ranges.reserve(seen.size());
  for (const Magnitudes& of : seen) ranges.push_back({of.highest(), of.Bound(clip)});
  InputRange& embed = ranges.front();
  embed.bound = std::clamp(embed.highest, kLeastEmbedBound, kMostEmbedBound);
  return ranges;
}

Result<NetworkWeights> Quantize(const NetworkView& network,
                                std::span<const InputRange> ranges) {
  if (network.precision != Precision::kFloat ||
      ranges.size() != LinearCount(network.shape)) {
    return Status::kModelMismatch;
  }
  NetworkWeights weights = WeightsOf(network);
  weights.precision = Precision::kInt8;
  weights.embed = Rounded(network.embed, ranges[0]);
  for (std::size_t layer = 0; layer < weights.blocks.size(); ++layer) {
    const Block& from = network.blocks[layer];
    BlockWeights& to = weights.blocks[layer];
    const std::size_t first = 1 + 4 * layer;
    to.qkv = Rounded(from.qkv, ranges[first]);
    to.out = Rounded(from.out, ranges[first + 1]);
    to.up = Rounded(from.up, ranges[first + 2]);
    to.down = Rounded(from.down, ranges[first + 3]);
  }
  return weights;
}

}  // namespace torpor::model
