#include "core/crc32.h"

#include <benchmark/benchmark.h>
#include <zlib.h>

#include <cstddef>
#include <vector>

namespace torpor {
namespace {

// One batch of warehouse-60s. The firmware's side of a hand-over needs 92 kB/s of it at
// 921 600 baud; the yardstick is zlib, which uses far larger tables.
constexpr std::size_t kBatch = 96'000;

void Crc32Of(benchmark::State& state) {
  const std::vector<std::byte> batch(kBatch, std::byte{0x5A});
  for (auto _ : state) benchmark::DoNotOptimize(Crc32(batch));
  state.SetBytesProcessed(std::int64_t{kBatch} * state.iterations());
}
BENCHMARK(Crc32Of);

void Crc32OfZlib(benchmark::State& state) {
  const std::vector<unsigned char> batch(kBatch, 0x5A);
  for (auto _ : state) benchmark::DoNotOptimize(crc32(0, batch.data(), kBatch));
  state.SetBytesProcessed(std::int64_t{kBatch} * state.iterations());
}
BENCHMARK(Crc32OfZlib);

}  // namespace
}  // namespace torpor
