// torpor fleet: many robots at once.
#include "cli/fleet.h"

namespace torpor::cli {

void AddFleet(const Command& app, Outcome& outcome) {
  const Command command = app.Add("fleet", "Many robots at once");
  command.NeedsSubcommand();
  command.Footer(
      "Examples:\n  torpor fleet roster hall-3.roster --gateway "
      "http://gateway.example:9091\n"
      "  torpor fleet simulate --robots 400 --for 8h");
  AddFleetRoster(command, outcome);
  AddFleetSimulate(command, outcome);
}

}  // namespace torpor::cli
