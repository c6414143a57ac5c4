// Prints the logit of every fast engine that this machine supports for each of the fixed
// networks, and whether its integer sums are those of the reference. Run on another kind
// of machine by network_device_test.cc, which writes test_networks.inc.
//
//   fast [TARGET NETWORK RUNS]   the second form runs one, and prints nothing: to be
//   counted
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

#include "model/device/test_fixed_network.h"
#include "model/hwy/target.h"
#include "model/network.h"
#include "model/reference/encoder.h"
#include "model/reference/layout.h"

namespace torpor::model {
namespace {

#include "generated/test_networks.inc"

void PrintLogits(const fast::Target& target) {
  for (const FixedNetwork& fixed : kFixedNetworks) {
    std::string_view why;
    const auto view = ParseNetworkWithoutDigest(std::as_bytes(fixed.file), why);
    if (!view.ok()) continue;
    const auto network = MakeFastNetwork(*view, target.name);
    float logit = 0;
    if (!network.ok() || (*network)->Run(fixed.z, fixed.tokens, logit) != Status::kOk) {
      continue;
    }
    std::printf("%s %08x\n", std::string(target.name).c_str(),
                std::bit_cast<std::uint32_t>(logit));
  }
}

// Random sums, among them the most extreme; the number of them and of wrong ones.
void PrintSums(const fast::Target& target) {
  std::mt19937 random(5);
  unsigned sums = 0, wrong = 0;
  for (int drawing = 0; drawing < 40; ++drawing) {
    const std::uint32_t rows = 8 * (1 + random() % 24), cols = 8 * (1 + random() % 24);
    const std::size_t tokens = 16 * (1 + random() % 3);
    const auto draw = [&](int least, int most) {
      if (drawing % 3 == 0) return random() % 8 != 0 ? least : most;
      return std::uniform_int_distribution<int>(least, most)(random);
    };
    std::vector<std::int8_t> w(std::size_t{rows} * cols), x(tokens * cols);
    for (auto& v : w) {
      v = static_cast<std::int8_t>(draw(-kMaxQuantizedWeight, kMaxQuantizedWeight));
    }
    for (auto& v : x) {
      v = static_cast<std::int8_t>(draw(kMinQuantizedInput, kMaxQuantizedInput));
    }
    const std::vector<float> ones(rows, 1.0F);
    Linear linear;
    linear.rows = rows;
    linear.cols = cols;
    linear.quantized = w;
    linear.scale = linear.bias = ones;
    linear.input_scale = 1;
    fast::Lines lines;
    const auto packed = fast::PackLinear(linear, Precision::kInt8, lines);
    auto* acc = lines.Take<std::int32_t>(tokens * rows);
    target.accumulate(packed, x.data(), tokens,
                      lines.Take<std::uint32_t>(tokens * cols / 4), acc);
    std::vector<std::int32_t> truth(rows);
    for (std::size_t t = 0; t < tokens; ++t) {
      AccumulateReference(w, std::span(x).subspan(t * cols, cols), truth);
      for (std::size_t r = 0; r < rows; ++r, ++sums) {
        wrong += acc[r * tokens + t] == truth[r] ? 0 : 1;
      }
    }
  }
  std::printf("%s-sums %08x %08x\n", std::string(target.name).c_str(), sums, wrong);
}

int RunOnly(std::string_view target, std::size_t which, int runs) {
  const FixedNetwork& fixed = kFixedNetworks.at(which);
  std::string_view why;
  const auto view = ParseNetworkWithoutDigest(std::as_bytes(fixed.file), why);
  if (!view.ok()) return 1;
  const auto network = target == "reference" ? MakeReferenceNetwork(*view)
                                             : MakeFastNetwork(*view, target);
  if (!network.ok()) return 1;
  float logit = 0;
  for (int i = 0; i < runs; ++i) {
    if ((*network)->Run(fixed.z, fixed.tokens, logit) != Status::kOk) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace torpor::model

int main(int argc, char** argv) {
  using namespace torpor::model;
  if (argc == 4)
    return RunOnly(argv[1], std::strtoul(argv[2], nullptr, 10), std::atoi(argv[3]));
  for (const fast::Target& target : fast::Targets()) {
    if (!target.supported()) continue;
    PrintLogits(target);
    PrintSums(target);
  }
  return 0;
}
