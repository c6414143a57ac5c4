// How long a start takes: from exec to the first verdict, with a window ready.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/cycle/bench_robot.h"
#include "bench/cycle/findings.h"

namespace torpor::bench {

enum class Cache { kWarm, kCold };

// Starts torpord `count` times for a cycle each, whenever a window is ready: at `ready`
// and whole periods later. `mapped` are files to be dropped with those of the robot.
[[nodiscard]] simulate::Attempt<StartFindings> MeasureStarts(
    BenchRobot& robot, Instant& ready, std::size_t count, Cache cache,
    const std::vector<std::filesystem::path>& mapped);

}  // namespace torpor::bench
