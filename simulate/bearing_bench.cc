#include "simulate/bearing.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace torpor::simulate {
namespace {

// One window of warehouse-60s: 5 s at 3.2 kHz on 3 axes. A day is 1440 of them, so 3 ms a
// window is 4 s a day.
void WarehouseWindow(benchmark::State& state) {
  contract::Sensor sensor;
  sensor.sample_rate_millihertz = 3'200'000;
  sensor.axes = 3;
  sensor.full_scale_milli_g = 16'000;
  sensor.bits = 16;
  BearingOptions options;
  options.standstill_share = 0;
  auto bearing = Bearing::Make(options, sensor);
  std::vector<std::int16_t> batch(48'000);
  Microseconds start{};
  for (auto _ : state) {
    if ((*bearing)->Read(start, batch) != Status::kOk) state.SkipWithError("no window");
    benchmark::DoNotOptimize(batch.data());
    start = (start + std::chrono::seconds(60)) % (*bearing)->life();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(WarehouseWindow)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace torpor::simulate
