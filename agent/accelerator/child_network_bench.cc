// What isolation costs: the shipped network run in this process, in one that stays, and
// in one that is started and has ended each time. The yardstick of the last is how long
// this machine takes to start and reap a program that does nothing (/bin/true).
#include <benchmark/benchmark.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include "agent/accelerator/child_network.h"

namespace torpor::agent {
namespace {

using contract::Residency;

Instant SteadyNow() {
  return Instant(std::chrono::duration_cast<Microseconds>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

std::filesystem::path BuildFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

struct Shipped {
  std::filesystem::path path = BuildFolder() / "share/torpor/torpor.model";
  model::NetworkFile file = *model::NetworkFile::Open(path);
  std::size_t tokens = file.view().shape.max_tokens;
  std::vector<float> z = [this] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values(tokens * file.view().shape.inputs);
    for (float& v : values) v = normal(random);
    return values;
  }();
};

void InThisProcess(benchmark::State& state) {
  const Shipped shipped;
  const auto network = *model::MakeFastNetwork(shipped.file.view());
  float logit = 0;
  for ([[maybe_unused]] const auto _ : state) {
    if (network->Run(shipped.z, shipped.tokens, logit) != Status::kOk)
      state.SkipWithError("it does not run");
  }
}
BENCHMARK(InThisProcess)->UseRealTime();

void InAProcessOfItsOwn(benchmark::State& state, Residency rung) {
  const Shipped shipped;
  const auto network = *ChildNetwork::Make({BuildFolder() / "bin/torpor-accelerator",
                                            "cpu",
                                            shipped.path,
                                            {},
                                            Residency::kHot,
                                            SteadyNow},
                                           shipped.file, shipped.tokens);
  network->SetRung(rung);
  float logit = 0;
  for ([[maybe_unused]] const auto _ : state) {
    const Instant deadline = SteadyNow() + std::chrono::seconds(10);
    network->Allow(deadline);
    if (network->Run(shipped.z, shipped.tokens, logit) != Status::kOk)
      state.SkipWithError("it does not run");
    network->Release(deadline);
  }
}
BENCHMARK_CAPTURE(InAProcessOfItsOwn, that_stays, Residency::kContextKept)->UseRealTime();
BENCHMARK_CAPTURE(InAProcessOfItsOwn, that_ends, Residency::kChildExited)->UseRealTime();

void StartAndReapNothing(benchmark::State& state) {
  for ([[maybe_unused]] const auto _ : state) {
    auto child = ChildProcess::Start("/bin/true", {}, {});
    if (!child.ok() || !child->WaitForEnd(std::chrono::seconds(10)))
      state.SkipWithError("it does not start");
  }
}
BENCHMARK(StartAndReapNothing)->UseRealTime();

}  // namespace
}  // namespace torpor::agent
