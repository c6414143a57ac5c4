// What the machine's terminfo knows of a terminal. Apart from its neighbours because its
// header makes words such as "columns" macros.
#pragma once

#include <string>

namespace torpor::view {

// Whether there is an entry for $TERM, of a terminal whose cursor can be moved.
[[nodiscard]] bool KnowsTerminal();
// What is sent for a capability, "rmcup"; empty: the terminal has none. While ncurses has
// the terminal.
[[nodiscard]] std::string Capability(const char* name);

}  // namespace torpor::view
