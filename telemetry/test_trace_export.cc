// Writes traces as torpor exports them, for trace_export_test.py, which reads them with
// readers of others: a working robot's, a hostile one's, and one from a journal's rows.
// FOLDER/{good,hostile,rows}.{perfetto,chrome}
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "telemetry/trace_export.h"
#include "telemetry/trace_source.h"
#include "telemetry/trace_under_test.h"

namespace {

using namespace torpor;
using namespace torpor::telemetry;

void Export(const std::string& path, const std::string& robot,
            const std::vector<TracedCycle>& cycles) {
  for (const bool perfetto : {true, false}) {
    auto exporting = perfetto ? MakePerfettoExport(robot) : MakeChromeExport(robot);
    std::string out;
    for (const TracedCycle& cycle : cycles) exporting->Add(cycle, out);
    exporting->End(out);
    std::ofstream(path + (perfetto ? ".perfetto" : ".chrome"), std::ios::binary) << out;
  }
}

std::vector<TracedCycle> Good() {
  std::vector<TracedCycle> cycles;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    cycles.push_back(Traced(number));
    cycles.back().record.deviations[0].detail = "512 ms of 400 ms";
  }
  return cycles;
}

// Everything that a made-up file or journal may say.
std::vector<TracedCycle> Hostile() {
  std::string strange =
      "\"quotes\" \\ </script> \n\t\x01\x1F\x7F \xFF\xC0\xAF \xED\xA0\x80 ";
  strange += std::string("a zero \0 in it", 14) + " \xF0\x9F\x92\xA4 ";
  std::string longest = strange;
  while (longest.size() < 200'000) longest += "\xE2\x82\xAC";
  std::vector<TracedCycle> cycles;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    TracedCycle cycle = Traced(number);
    cycle.boot = number < 3 ? strange : longest;  // another boot: the clock begins anew
    if (number >= 3) {
      const Microseconds back = cycle.record.woke.time_since_epoch();
      cycle.record.woke -= back;
      for (StepSpan& span : cycle.steps) {
        span.begin -= back;
        span.end -= back;
      }
    }
    cycle.record.because = longest;
    cycle.record.score = number == 2 ? -1e308 * 10 : 1e308;
    cycle.record.deviations.push_back({static_cast<Status>(60'000), strange});
    cycle.record.deviations.push_back({Status::kInferLate, longest});
    cycle.record.sleep->causes = strange;
    cycle.record.contract = strange;
    cycle.record.rails[0].rail = longest;
    cycle.record.rails[0].phases[2] = Microjoules{INT64_MAX};
    cycle.leases.push_back({strange, Instant::min(), Instant::max(), true});
    cycle.leases.push_back({longest, Instant::max(), Instant::min(), false});
    cycle.record.batch_age = Microseconds::max();
    cycles.push_back(std::move(cycle));
  }
  return cycles;
}

// As an older robot's journal has it.
std::vector<TracedCycle> Rows() {
  std::vector<TracedCycle> cycles;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const CycleRecord record = Traced(number).record;
    const CycleRecord next = Traced(number + 1).record;
    cycles.push_back(FromJournal(record, &next));
  }
  return cycles;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const std::string folder = argv[1];
  Export(folder + "/good", "r-17", Good());
  Export(folder + "/hostile", "r \"17\" \xFF\n", Hostile());
  Export(folder + "/rows", "r-17", Rows());
  Export(folder + "/empty", "r-17", {});
  return 0;
}
