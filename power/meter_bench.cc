// What a border of phases costs: the files of an INA3221 with three rails, and one real
// attribute of the kernel's, without the transfer on a bus that an INA3221 adds.
#include <benchmark/benchmark.h>

#include <vector>

#include "power/ina3221.h"
#include "power/sys_tree_under_test.h"

namespace torpor::power {
namespace {

void ReadSixFilesInMemory(benchmark::State& state) {
  TreeUnderTest sys;
  PutOrinNano(sys, kJetPack6, "1");
  const auto meter = FindIna3221(sys.tree());
  std::vector<Reading> readings(meter->rails().size());
  for (auto _ : state) {
    meter->Read(readings);
    benchmark::DoNotOptimize(readings.data());
  }
}
BENCHMARK(ReadSixFilesInMemory)->Unit(benchmark::kMicrosecond);

void ReadOneAttributeOfTheKernel(benchmark::State& state) {
  const SysTree sys;
  if (!sys.Read("sys/devices/system/cpu/online")) {
    state.SkipWithError("this machine has no such attribute");
    return;
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(sys.Read("sys/devices/system/cpu/online"));
}
BENCHMARK(ReadOneAttributeOfTheKernel)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace torpor::power
