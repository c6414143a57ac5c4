#include "model/quantize/compare.h"

#include <cmath>
#include <limits>

#include "model/reference/elementary.h"

namespace torpor::model {
namespace {

const Linear& LinearOf(const NetworkView& network, std::size_t index) {
  if (index == 0) return network.embed;
  const Block& block = network.blocks[(index - 1) / 4];
  const Linear* const parts[] = {&block.qkv, &block.out, &block.up, &block.down};
  return *parts[(index - 1) % 4];
}

// The value that the int8 network computes with in the place of x.
float Kept(float x, const Linear& linear) {
  const float inverse = 1.0F / linear.input_scale;
  return static_cast<float>(Quantize(x, inverse, kMinQuantizedInput)) *
         linear.input_scale;
}

}  // namespace

void SignalToNoise::Add(double should_be, double is) {
  signal += should_be * should_be;
  noise += (should_be - is) * (should_be - is);
}

double SignalToNoise::decibels() const {
  if (noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / noise);
}

Result<Comparison> Compare(const NetworkView& whole, const NetworkView& rounded,
                           std::span<const Showing> showings, const Progress& progress) {
  if (whole.precision != Precision::kFloat || rounded.precision != Precision::kInt8 ||
      whole.shape != rounded.shape) {
    return Status::kModelMismatch;
  }
  Comparison result;
  result.inputs.resize(LinearCount(whole.shape));
  std::vector<float> seen;  // of the float run, in the order of the run
  for (std::size_t i = 0; i < showings.size(); ++i) {
    float should_be = 0, is = 0;
    seen.clear();
    const auto remember = [&](std::size_t, std::span<const float> input) {
      seen.insert(seen.end(), input.begin(), input.end());
    };
    if (const Status s = Watch(whole, showings[i], remember, should_be);
        s != Status::kOk) {
      return s;
    }
    std::size_t at = 0;
    const auto compare = [&](std::size_t linear, std::span<const float> input) {
      const Linear& map = LinearOf(rounded, linear);
      for (const float x : input) {
        result.inputs[linear].Add(double{seen[at++]}, double{Kept(x, map)});
      }
    };
    if (const Status s = Watch(rounded, showings[i], compare, is); s != Status::kOk) {
      return s;
    }
    result.logit.Add(double{should_be}, double{is});
    const double change = std::abs(double{should_be} - double{is});
    if (change > result.worst_change) {
      result.worst_change = change;
      result.worst_showing = i;
    }
    if (progress) progress(i + 1, showings.size());
  }
  return result;
}

}  // namespace torpor::model
