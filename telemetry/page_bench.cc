// What a page costs on its way out, before a byte of it is sent.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "telemetry/gzip.h"
#include "telemetry/remote_write.h"
#include "telemetry/snappy.h"

namespace torpor::telemetry {
namespace {

std::string GoldenPage() {
  std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Once a cycle the caches hold what others have left there.
void ForgetCaches() {
  static std::vector<char> others(std::size_t{64} << 20U);
  for (std::size_t i = 0; i < others.size(); i += 64) ++others[i];
  benchmark::ClobberMemory();
}

void GzipOfAPage(benchmark::State& state) {
  const std::string page = GoldenPage();
  std::size_t packed = 0;
  for (auto _ : state) {
    if (state.range(0) != 0) {
      state.PauseTiming();
      ForgetCaches();
      state.ResumeTiming();
    }
    packed = Gzip(page)->size();
  }
  state.counters["page_bytes"] = static_cast<double>(page.size());
  state.counters["sent_bytes"] = static_cast<double>(packed);
}
BENCHMARK(GzipOfAPage)->ArgName("cold")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void RemoteWriteOfAPage(benchmark::State& state) {
  const std::string page = GoldenPage();
  std::string why;
  if (!LoadSnappy(why)) return state.SkipWithError(why.c_str());
  std::size_t packed = 0, request = 0;
  for (auto _ : state) {
    if (state.range(0) != 0) {
      state.PauseTiming();
      ForgetCaches();
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(SeriesOf(page));
    const auto written = WriteRequest(page, {}, "amr-17", 1'790'000'000'000);
    request = written->size();
    packed = Snappy(*written, why)->size();
  }
  state.counters["page_bytes"] = static_cast<double>(page.size());
  state.counters["request_bytes"] = static_cast<double>(request);
  state.counters["sent_bytes"] = static_cast<double>(packed);
}
BENCHMARK(RemoteWriteOfAPage)
    ->ArgName("cold")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace torpor::telemetry
