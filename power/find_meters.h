// Which meters torpord reads on this machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/status.h"
#include "power/meter.h"
#include "power/sys_tree.h"

namespace torpor::power {

enum class MeterChoice : std::uint8_t { kAuto, kNone, kRapl, kIna3221 };

struct Meters {
  std::vector<std::unique_ptr<Meter>> found;
  std::string unmetered;  // why nothing can be read; empty where something can
};

// Looks for all (kAuto), none, or one kind. A kind is found though its rails cannot be
// read: they are shown as unmetered. `tree` outlives the meters.
//   kMeterMissing  a kind was asked for by name, and it is not there or no rail of it can
//                  be read; `meters.unmetered` says which
Status FindMeters(const SysTree& tree, MeterChoice choice, Meters& meters);

}  // namespace torpor::power
