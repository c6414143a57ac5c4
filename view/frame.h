// What all screens have in common: their last line with the keys, help, and what becomes
// of more than fits.
#pragma once

#include <vector>

#include "view/text.h"

namespace torpor::view {

enum class Subject : std::uint8_t { kRobot, kFleet };

[[nodiscard]] Line KeysOf(Subject subject);
[[nodiscard]] std::vector<Line> HelpLines(Subject subject, const Look& look);

// Lines as they are painted: none wider than the terminal. Where there are too many,
// empty ones go first, then the last ones; `keys` is at the very bottom. With no rows,
// all of them, without keys.
[[nodiscard]] std::vector<Line> Fitted(std::vector<Line> lines, const Line& keys,
                                       const Look& look);

}  // namespace torpor::view
