// One inference of a network, batch 1, one thread, beside a floor: its integer
// multiply-adds at the integer peak of this core plus those of attention at its float
// peak. Norms, softmax, scaling and quantizing count nothing there, so no engine reaches
// it.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <map>
#include <string>

#include "core/test_folder.h"
#include "model/network.h"
#include "model/network_file.h"
#include "model/peak_bench.h"
#include "model/test_network.h"
#include "model/thread_time_bench.h"

namespace torpor::model {
namespace {

constexpr NetworkShape kSmall{16, 16, 64, 2, 4, 128, 32};
constexpr NetworkShape kLong{16, 16, 64, 2, 4, 128, 64};
constexpr NetworkShape kLarge{16, 16, 128, 4, 8, 256, 64};

double LinearMacs(const NetworkShape& s) {
  const double block = 4.0 * s.width * s.width + 2.0 * s.width * s.hidden;
  return s.max_tokens * (s.inputs * s.width + s.layers * block);
}
double AttentionMacs(const NetworkShape& s) {
  return 2.0 * s.layers * s.max_tokens * s.max_tokens * s.width;
}

const Peak& PeakOf(const std::string& target) {
  static std::map<std::string, Peak> peaks;  // measured once, before the first run
  const auto [at, fresh] = peaks.try_emplace(target);
  if (fresh) at->second = MeasurePeak(target);
  return at->second;
}

void RunNetwork(benchmark::State& state, const NetworkShape& shape, Precision precision,
                const std::string& target) {
  const auto bytes = EncodeNetwork(RandomNetwork(shape, precision));
  const auto view = ParseNetwork(bytes);
  const auto network = target == "reference" ? MakeReferenceNetwork(*view)
                                             : MakeFastNetwork(*view, target);
  const auto z = RandomInput(shape, shape.max_tokens, 1);
  float logit = 0;
  const Peak peak = PeakOf(target);
  const double start = ThreadSeconds();
  for (auto _ : state) {
    if ((*network)->Run(z, shape.max_tokens, logit) != Status::kOk) {
      state.SkipWithError("refused");
    }
    benchmark::DoNotOptimize(logit);
  }
  const double seconds = ThreadSeconds() - start;
  const double linear = LinearMacs(shape), attention = AttentionMacs(shape);
  const auto runs = static_cast<double>(state.iterations());
  state.counters["GMAC/s"] = (linear + attention) * runs / seconds * 1e-9;
  if (peak.float_gmacs == 0) return;
  const double peak_of_linear =
      precision == Precision::kFloat ? peak.float_gmacs : peak.int8_gmacs;
  const double floor_us = (linear / peak_of_linear + attention / peak.float_gmacs) * 1e-3;
  state.counters["floor_us"] = floor_us;
  state.counters["times_floor"] = seconds * 1e6 / (floor_us * runs);
  state.counters["int_peak"] = peak.int8_gmacs;
  state.counters["float_peak"] = peak.float_gmacs;
}

// From a path to the first logit: read, verify, repack, run.
void LoadToFirstLogit(benchmark::State& state, const NetworkShape& shape) {
  const TestFolder folder;
  const auto path = folder / "random.model";
  if (WriteNetwork(path, RandomNetwork(shape, Precision::kInt8)) != Status::kOk) {
    return state.SkipWithError("cannot write");
  }
  const auto z = RandomInput(shape, shape.max_tokens, 1);
  for (auto _ : state) {
    const auto file = NetworkFile::Open(path);
    const auto network = MakeFastNetwork(file->view());
    float logit = 0;
    if ((*network)->Run(z, shape.max_tokens, logit) != Status::kOk) {
      state.SkipWithError("refused");
    }
  }
  state.counters["file_kB"] =
      static_cast<double>(std::filesystem::file_size(path)) / 1024;
}

void Register() {
  const std::map<std::string, NetworkShape> shapes{
      {"32x64x2", kSmall}, {"64x64x2", kLong}, {"64x128x4", kLarge}};
  for (const auto& [name, shape] : shapes) {
    benchmark::RegisterBenchmark(
        ("LoadToFirstLogit/" + name).c_str(),
        [shape = shape](benchmark::State& state) { LoadToFirstLogit(state, shape); })
        ->Unit(benchmark::kMicrosecond);
  }
  auto targets = FastTargets();
  targets.push_back("reference");
  for (const auto& [name, shape] : shapes) {
    for (const Precision precision : {Precision::kInt8, Precision::kFloat}) {
      for (const std::string_view target : targets) {
        const std::string kind = precision == Precision::kInt8 ? "/int8/" : "/float/";
        benchmark::RegisterBenchmark(
            ("RunNetwork/" + name + kind + std::string(target)).c_str(),
            [shape = shape, precision, target](benchmark::State& state) {
              RunNetwork(state, shape, precision, std::string(target));
            })
            ->Unit(benchmark::kMicrosecond);
      }
    }
  }
}

[[maybe_unused]] const bool kRegistered = (Register(), true);

}  // namespace
}  // namespace torpor::model
