#include "signal/tokens.h"

#include <benchmark/benchmark.h>
#include <kiss_fftr.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "signal/fft.h"
#include "signal/test_plain_health.h"
#include "signal/test_plain_tokens.h"

namespace torpor::signal {
namespace {

constexpr Shape kBench{25'600'000, 2, 2560, 64'000};
constexpr Shape kWarehouse{3'200'000, 3, 16'000, 8'000};

std::vector<std::int16_t> Noise(const Shape& shape) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, 500);
  std::vector<std::int16_t> samples(shape.samples());
  for (auto& x : samples) x = static_cast<std::int16_t>(std::lround(normal(random)));
  return samples;
}

// The bound for a window of warehouse-60s is 0.6 ms on one core: 1667 windows/s.
void AllTokens(benchmark::State& state, const Shape& shape) {
  const auto samples = Noise(shape);
  const auto tokens = std::make_unique<Tokens>();
  if (tokens->Prepare(shape) != Status::kOk) state.SkipWithError("shape");
  std::vector<float> features(tokens->features());
  for (auto _ : state) {
    if (tokens->Compute(samples, features) != Status::kOk) state.SkipWithError("window");
    benchmark::DoNotOptimize(features.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(AllTokens, Warehouse, kWarehouse)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(AllTokens, Bench, kBench)->Unit(benchmark::kMicrosecond);

// Beside the same done a sample at a time.
void SensorAlone(benchmark::State& state, decltype(&CheckSensor) check) {
  const auto samples = Noise(kWarehouse);
  Levels levels;
  for (auto _ : state) {
    if (check(samples, kWarehouse, levels) != Status::kOk) state.SkipWithError("window");
    benchmark::DoNotOptimize(levels);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(SensorAlone, Warehouse, &CheckSensor)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(SensorAlone, Plain, &PlainCheck)->Unit(benchmark::kMicrosecond);

void LogMelAlone(benchmark::State& state, const Shape& shape) {
  const auto samples = Noise(shape);
  const auto log_mel = std::make_unique<LogMel>();
  if (log_mel->Prepare(shape) != Status::kOk) state.SkipWithError("shape");
  std::vector<float> bands(log_mel->features());
  for (auto _ : state) {
    if (log_mel->Compute(samples, bands) != Status::kOk) state.SkipWithError("window");
    benchmark::DoNotOptimize(bands.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(LogMelAlone, Warehouse, kWarehouse)->Unit(benchmark::kMicrosecond);

// The transforms of one warehouse window alone: 15 pairs of frames of log-mel and 4 times
// 15 or 16 of the envelopes on each of three axes.
struct Transforms {
  std::size_t size;
  std::size_t count;
};
constexpr std::array<Transforms, 2> kOfAWindow = {Transforms{1024, 45},
                                                  Transforms{256, 180}};

void OwnTransforms(benchmark::State& state) {
  std::vector<float> re(1024), im(1024), sums(1024);
  for (auto _ : state) {
    for (const auto& [size, count] : kOfAWindow) {
      for (std::size_t i = 0; i < count; ++i) {
        std::ranges::fill(re, 1.0F);
        std::ranges::fill(im, 2.0F);
        AddPower(std::span(re).first(size), std::span(im).first(size),
                 std::span(sums).first(size));
        benchmark::DoNotOptimize(sums.data());
      }
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OwnTransforms)->Unit(benchmark::kMicrosecond);

// Peer: the same of kissfft, two real frames to a transform as well.
void KissfftTransforms(benchmark::State& state) {
  std::vector<kiss_fft_cpx> in(1024, kiss_fft_cpx{1, 2}), out(1024);
  std::vector<float> sums(1024);
  for (auto _ : state) {
    for (const auto& [size, count] : kOfAWindow) {
      kiss_fft_cfg plan = kiss_fft_alloc(static_cast<int>(size), 0, nullptr, nullptr);
      for (std::size_t i = 0; i < count; ++i) {
        kiss_fft(plan, in.data(), out.data());
        for (std::size_t k = 0; k < size; ++k) {
          sums[k] += out[k].r * out[k].r + out[k].i * out[k].i;
        }
        benchmark::DoNotOptimize(sums.data());
      }
      kiss_fft_free(plan);
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(KissfftTransforms)->Unit(benchmark::kMicrosecond);

// Peer: log-mel's spectra as they were before, one kissfft of real samples to a frame.
void KissfftPerFrame(benchmark::State& state, const Shape& shape) {
  constexpr std::size_t kFrame = 1024;
  const auto samples = Noise(shape);
  std::vector<float> hann(kFrame, 0.5F), in(kFrame), power(kFrame / 2 + 1);
  std::vector<std::complex<float>> out(kFrame / 2 + 1);
  kiss_fftr_cfg plan = kiss_fftr_alloc(static_cast<int>(kFrame), 0, nullptr, nullptr);
  for (auto _ : state) {
    for (std::size_t a = 0; a < shape.axes; ++a) {
      std::ranges::fill(power, 0.0F);
      for (std::size_t at = 0; at + kFrame <= shape.frames; at += kFrame / 2) {
        for (std::size_t i = 0; i < kFrame; ++i) {
          in[i] = hann[i] * static_cast<float>(samples[(at + i) * shape.axes + a]);
        }
        kiss_fftr(plan, in.data(), reinterpret_cast<kiss_fft_cpx*>(out.data()));
        for (std::size_t k = 0; k <= kFrame / 2; ++k) power[k] += std::norm(out[k]);
      }
      benchmark::DoNotOptimize(power.data());
    }
  }
  std::free(plan);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(KissfftPerFrame, Warehouse, kWarehouse)->Unit(benchmark::kMicrosecond);

// Peer: everything, plainly and in double precision.
void Plain(benchmark::State& state, const Shape& shape) {
  const auto samples = Noise(shape);
  for (auto _ : state) {
    auto features = PlainTokens(samples, shape);
    benchmark::DoNotOptimize(features.value.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(Plain, Warehouse, kWarehouse)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace torpor::signal
