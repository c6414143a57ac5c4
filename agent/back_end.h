// What runs the network in a process of its own, as the contract and the command line
// have it: its setting, its check before the first cycle, and what is known of it.
#pragma once

#include <optional>

#include "agent/accelerator/child_network.h"
#include "agent/options.h"
#include "agent/refusal.h"
#include "agent/world.h"
#include "contract/terms.h"
#include "power/hot_gpu.h"

namespace torpor::agent {

// `world` must outlive the child.
ChildSetting SettingOfChild(const Options& options, const contract::Terms& terms,
                            World& world);

// CheckBackEnd is back by then.
inline constexpr Microseconds kMostOfTheCheck = std::chrono::minutes(15);

// Makes the folder for its plans, starts it, and lets it answer once: whatever is wrong
// with an installation is wrong now. May take ten periods or five minutes, whichever is
// less, since a plan for a device may have to be made first.
//   kIo  the folder for plans cannot be made: each cycle would make its plan anew
//   and what ChildNetwork::Check says
std::optional<Refusal> CheckBackEnd(ChildNetwork& accelerator, const Options& options,
                                    const contract::Terms& terms);

// For the watch over the machine's rest; null: nothing runs elsewhere.
power::OwnAccount OwnAccountOf(const ChildNetwork* accelerator);

}  // namespace torpor::agent
