// Proof of sleep that needs no privilege: the kernel counts how often each thread was
// scheduled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace torpor::power {

struct ThreadSwitches {
  int tid = 0;
  std::string name;
  // Since the thread began. A sleeper that is woken goes back to sleep voluntarily; one
  // that is pushed aside was running anyway.
  std::uint64_t voluntary = 0, involuntary = 0;
  bool asleep = false;  // at that moment: blocked, whoever may wake it

  friend bool operator==(const ThreadSwitches&, const ThreadSwitches&) = default;
};

// All threads of a process (0: this one), in ascending tid. Reads /proc only: it wakes
// nobody.
//   kOs  there is no such process, or /proc is not readable
// Source: proc(5), /proc/PID/task/TID/status.
Result<std::vector<ThreadSwitches>> ReadContextSwitches(int pid = 0);

// In all threads together between two readings; a thread that is new in `after` counts
// whole. Threads that ended in between are not seen.
std::uint64_t VoluntaryBetween(const std::vector<ThreadSwitches>& before,
                               const std::vector<ThreadSwitches>& after);
// Which threads those were, the busiest first, at most four by name: "poller (4711) 80,
// torpord (4700) 1". Printable, whatever the threads call themselves; empty when there
// were none.
std::string ScheduledBetween(const std::vector<ThreadSwitches>& before,
                             const std::vector<ThreadSwitches>& after);
// Voluntary and involuntary ones.
std::uint64_t SwitchesBetween(const std::vector<ThreadSwitches>& before,
                              const std::vector<ThreadSwitches>& after);

}  // namespace torpor::power
