// What the kernel says of another process, asked from outside: nothing here is asked of
// the process itself, and reading wakes nobody.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/result.h"

namespace torpor::bench {

using Nanoseconds = std::chrono::nanoseconds;

struct Usage {
  Nanoseconds own_clock{};     // the process's CPU clock, threads that ended included
  Nanoseconds scheduled{};     // schedstat's run time, of the threads there are
  std::uint64_t switches = 0;  // voluntary and not, of the threads there are
  std::uint64_t threads = 0;
  std::uint64_t rss_kib = 0, pss_kib = 0;
  std::uint64_t written_bytes = 0;  // that it has sent towards the disk
};

// The CPU clock alone: one call of the kernel, no file.
//   kOs  there is no such process
[[nodiscard]] Result<Nanoseconds> CpuClock(int pid);

// kOs when there is no such process, or /proc lets nobody read of it.
// Source: proc(5): smaps_rollup, io, task/TID/schedstat, task/TID/status.
[[nodiscard]] Result<Usage> ReadUsage(int pid);

// The first number of a line that begins with `key`; 0 without one.
[[nodiscard]] std::uint64_t NumberOf(std::string_view text, std::string_view key);

// The first of schedstat's three numbers.
[[nodiscard]] Nanoseconds RunTimeOf(std::string_view schedstat);

}  // namespace torpor::bench
