// The live view of a simulated fleet: a screen, or lines where there is none.
#pragma once

#include "contract/terms.h"
#include "simulate/fleet.h"
#include "view/robot_top.h"

namespace torpor::view {

struct FleetTop {
  contract::Terms terms;
  simulate::FleetOptions fleet;  // at its pace; nobody pushes
  bool json = false, plain = false;
  bool once = false;  // lives as fast as it can to its end, and says how it stands
};

// Until the fleet has lived as long as was asked, or the user or a signal says stop. On a
// screen, the last picture stays until then. Lines come once a period of the fleet's own
// time: the same for the same seed.
//   kIo  standard output takes no more
[[nodiscard]] TopEnded ShowFleet(const FleetTop& options);

}  // namespace torpor::view
