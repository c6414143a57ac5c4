// A fleet on a screen, and as a line or an object a refresh where there is no screen.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "simulate/fleet.h"
#include "view/fleet_board.h"
#include "view/text.h"

namespace torpor::view {

struct FleetShow {
  const contract::Terms& terms;
  const simulate::FleetOptions& options;
  std::size_t from = 0;  // the first row that is shown; the last page at most
  bool help = false;
  bool over = false;  // the fleet has lived as long as was asked
};

// As RobotLines(); without rows, the worst kMostUnbounded robots.
inline constexpr std::size_t kMostUnbounded = 20;
[[nodiscard]] std::vector<Line> FleetLines(const FleetPicture& picture,
                                           const std::deque<FleetBoard::Event>& events,
                                           const FleetShow& show, const Look& look);
// Robots that a screen shows at once.
[[nodiscard]] std::size_t FleetPage(const Look& look);

[[nodiscard]] std::string PlainLine(const FleetPicture& picture);
[[nodiscard]] std::string JsonLine(const FleetPicture& picture,
                                   const contract::Terms& terms);

// "SILENT", "asleep" and so on.
[[nodiscard]] std::string StateOf(const FleetRow& row);

}  // namespace torpor::view
