// Time on a processor, of all threads of a process, as its scheduler counts it.
#pragma once

#include <cstddef>
#include <optional>

#include "core/time.h"
#include "power/sys_tree.h"

namespace torpor::power {

// Of a process that is not this one, or of this one (0), since its threads began. Nothing
// where there is no such process, the kernel keeps no account, or there are more than
// kMostThreads. A thread that ends takes its time with it: the sum can fall.
// Source: proc(5), /proc/PID/task/TID/schedstat; its first number is nanoseconds, and all
// are 0 in a kernel without CONFIG_SCHED_INFO.
[[nodiscard]] std::optional<Microseconds> ReadCpuTime(const SysTree& tree, int pid = 0);

inline constexpr std::size_t kMostThreads = 256;

}  // namespace torpor::power
