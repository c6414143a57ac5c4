// The run itself: robots side by side in real time, each in its own part of the period so
// that no two are awake at once, then one of them started again and again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bench/cycle/findings.h"
#include "bench/cycle/timeline.h"
#include "simulate/refusal.h"

namespace torpor::bench {

struct Wanted {
  std::filesystem::path
      programs;                // torpor, torpord, torpor-firmware, torpor-bench-sleeper
  std::filesystem::path work;  // on a disk; made anew
  Timeline timeline;
  std::size_t cycles = 12;         // of torpord and the peers
  std::size_t gateway_cycles = 4;  // with each gateway that misbehaves; 0: none
  std::uint64_t windows = 60;      // of the backlog; 0: none
  std::size_t warm_starts = 5, cold_starts = 3;
  std::size_t spare = 10;  // periods beyond those of the cycles until it is given up
  std::filesystem::path node_agent;   // bench/cycle/node_agent.js; empty: no such peer
  std::filesystem::path onnxruntime;  // that tests/fetch-onnxruntime has filled
};

// Told as it goes on, a line or less each.
using Say = void (*)(const std::string& line);

//   kFileExists   `work` is there, and not an earlier run's
//   kFileMissing  one of the programs is not there
//   kInternal     one of them ended early, or the cycles take too long
[[nodiscard]] simulate::Attempt<Findings> Measure(const Wanted& wanted, Say say);

}  // namespace torpor::bench
