#include "view/terminfo.h"

#include <unistd.h>
// Behind it:
#include <curses.h>
#include <term.h>

namespace torpor::view {

std::string Capability(const char* name) {
  const char* text = ::tigetstr(name);
  // NOLINTNEXTLINE(*-int-to-ptr,*-reinterpret-cast): terminfo's way to say it is no text
  if (text == nullptr || text == reinterpret_cast<const char*>(-1)) return {};
  return text;
}

bool KnowsTerminal() {
  int error = 0;
  if (::setupterm(nullptr, STDOUT_FILENO, &error) != OK) return false;
  const bool moves = !Capability("cup").empty();
  ::del_curterm(::cur_term);  // ncurses loads its own
  return moves;
}

}  // namespace torpor::view
