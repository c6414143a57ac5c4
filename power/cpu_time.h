// Time on a processor, of all threads of a process, as the kernel counts it.
#pragma once

#include <optional>

#include "core/time.h"
#include "power/sys_tree.h"

namespace torpor::power {

// Of a process that is not this one, or of this one (0), since it began, threads that
// have ended included; in steps of 10 ms on most kernels, but for this one, whose clock
// is asked for where the tree is the kernel's own. Nothing where there is no such
// process. (/proc/PID/schedstat is finer, and all 0 in a kernel without
// CONFIG_SCHED_INFO.) Sources: proc(5), /proc/PID/stat, fields 14 and 15;
// clock_gettime(2), CLOCK_PROCESS_CPUTIME_ID.
[[nodiscard]] std::optional<Microseconds> ReadCpuTime(const SysTree& tree, int pid = 0);

}  // namespace torpor::power
