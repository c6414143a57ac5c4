// What one cycle's trace costs: the block and the write, on the disk of the working
// folder.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/test_folder.h"
#include "telemetry/journal.h"
#include "telemetry/trace_under_test.h"
#include "telemetry/trace_writer.h"

namespace torpor::telemetry {
namespace {

// Once a cycle the caches hold what others have left there, so many mebibytes of it.
void ForgetCaches(std::int64_t mebibytes) {
  static std::vector<char> others(std::size_t{64} << 20U);
  const auto used = static_cast<std::size_t>(mebibytes) << 20U;
  for (std::size_t i = 0; i < used; i += 64) ++others[i];
  benchmark::ClobberMemory();
}

double ThreadMicroseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double Median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

void TraceOfACycle(benchmark::State& state) {
  const TestFolder folder(".");
  TraceWriter writer(folder / kTraceFile, {kTraceBlocks, "r-17"});
  if (writer.Open() != Status::kOk) return state.SkipWithError(writer.why().c_str());
  const TracedCycle cycle = Traced(7);
  for (auto _ : state) {
    if (writer.Append(cycle) != Status::kOk) state.SkipWithError(writer.why().c_str());
  }
}
BENCHMARK(TraceOfACycle)->Unit(benchmark::kMicrosecond);

// What it adds to the end of a cycle, where the journal's commit follows: by the thread's
// processor clock, cycles with and without a trace in turn, whose caches others have
// used. Whoever comes first to the file system warms it for the other.
void JournalAndTraceOfACycle(benchmark::State& state) {
  const TestFolder folder(".");
  TraceWriter writer(folder / kTraceFile, {kTraceBlocks, "r-17"});
  auto journal = Journal::Open(folder / "journal.sqlite", {});
  if (!journal.ok() || writer.Open() != Status::kOk) {
    return state.SkipWithError("no journal or no trace");
  }
  std::array<std::vector<double>, 2> took_us;
  TracedCycle cycle = Traced(1);
  for (auto _ : state) {
    state.PauseTiming();
    ++cycle.record.cycle;
    const bool traced = cycle.record.cycle % 2 != 0;
    CycleCommit commit;
    commit.record = cycle.record;
    ForgetCaches(state.range(0));
    const double begin = ThreadMicroseconds();
    if (traced && writer.Append(cycle) != Status::kOk) state.SkipWithError("no trace");
    if (journal->Commit(std::move(commit)) != Status::kOk) {
      state.SkipWithError("no journal");
    }
    took_us[traced ? 1 : 0].push_back(ThreadMicroseconds() - begin);
    state.ResumeTiming();
  }
  state.counters["plain_us"] = Median(took_us[0]);
  state.counters["traced_us"] = Median(took_us[1]);
  state.counters["trace_us"] = Median(took_us[1]) - Median(took_us[0]);
}
BENCHMARK(JournalAndTraceOfACycle)
    ->ArgName("forgotten_MiB")
    ->Arg(0)
    ->Arg(2)
    ->Arg(64)
    ->Iterations(2000)
    ->Unit(benchmark::kMicrosecond);

// At the start of torpord, of a trace that is full.
void FindTheNewestOfAFullTrace(benchmark::State& state) {
  const TestFolder folder(".");
  TraceWriter writer(folder / kTraceFile, {kTraceBlocks, "r-17"});
  for (std::uint64_t cycle = 1; cycle <= kTraceBlocks + 7; ++cycle) {
    if (writer.Append(Traced(cycle)) != Status::kOk) {
      return state.SkipWithError(writer.why().c_str());
    }
  }
  for (auto _ : state) {
    if (writer.Open() != Status::kOk) state.SkipWithError(writer.why().c_str());
  }
}
BENCHMARK(FindTheNewestOfAFullTrace)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace torpor::telemetry
