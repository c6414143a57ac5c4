// torpor fleet: many robots at once.
#include "cli/fleet.h"

namespace torpor::cli {

void AddFleet(CLI::App& app, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("fleet", "Many robots at once");
  command->require_subcommand(1);
  AddFleetRoster(*command, outcome);
  AddFleetSimulate(*command, outcome);
}

}  // namespace torpor::cli
