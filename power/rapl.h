// RAPL: the counters of energy that x86 processors keep of themselves, through the
// kernel's powercap.
#pragma once

#include <memory>

#include "power/meter.h"
#include "power/sys_tree.h"

namespace torpor::power {

// Finds the packages, their memory and, where the board has it wired, the platform: rails
// "package-N", "dram-N" and "psys", the last of which carries the whole machine. Parts of
// a package (core, uncore) are in its count already and are skipped. Nothing where there
// is none. Since 2020 the kernel lets only root read energy_uj, because it told secrets
// (CVE-2020-8694); a rail that is closed to us is there, and says so. `tree` outlives the
// meter.
// Source: Linux Documentation/power/powercap/powercap.rst.
std::unique_ptr<Meter> FindRapl(const SysTree& tree);

}  // namespace torpor::power
