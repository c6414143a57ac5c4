#include "bench/cycle/starts.h"

#include <signal.h>

#include <algorithm>
#include <thread>

#include "bench/cycle/journal_account.h"
#include "bench/cycle/page_cache.h"
#include "bench/cycle/subject.h"

namespace torpor::bench {
simulate::Attempt<StartFindings> MeasureStarts(
    BenchRobot& robot, Instant& ready, std::size_t count, Cache cache,
    const std::vector<std::filesystem::path>& mapped) {
  StartFindings found;
  found.cache = "page cache warm";
  std::vector<double> verdict, told;
  for (std::size_t i = 0; i < count; ++i) {
    while (ready < Now()) ready += robot.timeline().period;
    if (cache == Cache::kCold) {
      std::vector<std::filesystem::path> files = robot.OwnFiles();
      files.insert(files.end(), mapped.begin(), mapped.end());
      found.cache = DropPageCache(files);
    }
    std::this_thread::sleep_for(ready - Now());
    robot.notify().Drain();
    const Instant exec = Now();
    if (const auto started = robot.Start(1); !started.ok()) return started.refusal();
    const auto heard = robot.notify().WaitForStatus(exec + robot.timeline().period);
    if (!heard) robot.Ask(SIGKILL);  // whatever it waits for
    const int code = robot.Wait();
    const auto records = ReadCycles(robot.rig().state() / "journal.sqlite");
    if (code != 0 || !heard || records.empty() || !records.back().inferred) {
      return simulate::Refusal{Status::kInternal,
                               "a start has come to no verdict: " + robot.LastWords(),
                               "0", std::to_string(code)};
    }
    verdict.push_back(InMilliseconds(VerdictAt(records.back()) - exec));
    told.push_back(InMilliseconds(*heard - exec));
    if (records.back().verdict == telemetry::Verdict::kAbstain) ++found.abstained;
  }
  found.verdict_ms = SpreadOf(std::move(verdict));
  found.told_ms = SpreadOf(std::move(told));
  return found;
}

}  // namespace torpor::bench
