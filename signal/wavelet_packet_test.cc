#include "signal/wavelet_packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

namespace torpor::signal {
namespace {

constexpr std::size_t kDepth = WaveletPacket::kDepth;

// Every coefficient of every node of a level, in order of time.
using Nodes = std::vector<std::vector<float>>;

Nodes Transform(const std::vector<std::int16_t>& steps, std::size_t level) {
  const std::vector<float> samples(steps.begin(), steps.end());
  const auto packet = std::make_unique<WaveletPacket>();
  const std::size_t phases = WaveletPacket::kRows >> level;
  Nodes nodes(std::size_t{1} << level);
  packet->Restart();
  for (std::size_t at = 0; at < samples.size(); at += WaveletPacket::kBlock) {
    const std::size_t count = std::min(WaveletPacket::kBlock, samples.size() - at);
    packet->Push(std::span(samples).subspan(at, count));
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      for (std::size_t t = 0; t < count / WaveletPacket::kRows * phases; ++t) {
        nodes[node].push_back(packet->Row(level, node * phases + t % phases)[t / phases]);
      }
    }
  }
  return nodes;
}

double Power(const std::vector<float>& x, std::size_t from) {
  double sum = 0;
  for (std::size_t i = from; i < x.size(); ++i) sum += double{x[i]} * x[i];
  return sum / static_cast<double>(x.size() - from);
}

TEST(WaveletPacket, PutsSubBandsInOrderOfFrequency) {
  for (std::size_t level = 1; level <= kDepth; ++level) {
    const std::size_t nodes = std::size_t{1} << level;
    for (std::size_t expected = 0; expected < nodes; ++expected) {
      const double cycles =
          (static_cast<double>(expected) + 0.5) / static_cast<double>(2 * nodes);
      std::vector<std::int16_t> tone(2560);
      for (std::size_t i = 0; i < tone.size(); ++i) {
        tone[i] = static_cast<std::int16_t>(std::lround(
            9000 *
            std::sin(2 * std::numbers::pi * cycles * static_cast<double>(i) + 0.3)));
      }
      std::vector<double> power;
      for (const auto& node : Transform(tone, level)) {
        power.push_back(Power(node, WaveletPacket::kUnusable[level]));
      }
      EXPECT_EQ(std::ranges::max_element(power) - power.begin(),
                static_cast<std::ptrdiff_t>(expected))
          << "level " << level;
    }
  }
}

// Orthonormal: the sum of squares of all coefficients is that of the samples, when
// silence before and after lets every filter see all of them.
TEST(WaveletPacket, KeepsTheEnergy) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal(0, 3000);
  std::vector<std::int16_t> samples(2048);
  double energy = 0;
  for (std::size_t i = 0; i < 1536; ++i) {
    samples[i] = static_cast<std::int16_t>(std::lround(normal(random)));
    energy += double{samples[i] * 1.0} * samples[i];
  }
  for (std::size_t level = 1; level <= kDepth; ++level) {
    double sum = 0;
    for (const auto& node : Transform(samples, level)) {
      sum += Power(node, 0) * static_cast<double>(node.size());
    }
    EXPECT_NEAR(sum / energy, 1, 1e-5) << "level " << level;
  }
}

// The first usable coefficient is the first whose filters see no sample before the
// window.
TEST(WaveletPacket, CountsWhatTheBeginningSpoils) {
  const std::vector<std::int16_t> flat(1024, 10'000);
  for (std::size_t level = 1; level <= kDepth; ++level) {
    const Nodes nodes = Transform(flat, level);
    const std::size_t unusable = WaveletPacket::kUnusable[level];
    double spoilt = 0;
    for (std::size_t node = 1; node < nodes.size(); ++node) {
      for (std::size_t t = unusable; t < nodes[node].size(); ++t) {
        ASSERT_NEAR(nodes[node][t], 0, 0.1) << "level " << level << ", " << t;
      }
      spoilt = std::max(spoilt, std::abs(double{nodes[node][unusable - 1]}));
    }
    EXPECT_GT(spoilt, 0.1) << "level " << level;
  }
}

}  // namespace
}  // namespace torpor::signal
