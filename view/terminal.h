// A terminal that a view has to itself until it is done, by way of ncurses.
#pragma once

#include <span>
#include <vector>

#include "view/text.h"

namespace torpor::view {

enum class Key : std::uint8_t {
  kNone,
  kQuit,  // q, or a signal that asks for it: SIGINT, SIGTERM, SIGHUP
  kHelp,
  kUp,
  kDown,
  kPageUp,
  kPageDown,
  kHome,
  kEnd,
  kResized,
};

// Whether standard input and output are a terminal that can be painted on: not "dumb",
// and known to the machine's terminfo.
[[nodiscard]] bool CanPaint();
// Whether the user's locale (LC_ALL, LC_CTYPE, LANG) shows UTF-8. Asked of the program's
// locale, which this sets.
[[nodiscard]] bool UsesUtf8();

// One at a time, on the thread that made it. However the program ends, the terminal is
// its user's again: by the destructor, after SIGTSTP as well, by an exit handler, and
// where it crashes (SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL) before it dies of that.
class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Descriptors that can be read once there is a key: what to wait for.
  [[nodiscard]] std::span<const int> inputs() const { return inputs_; }
  // The next key, without waiting.
  [[nodiscard]] Key Next();
  [[nodiscard]] Look look() const;
  // Lines as they stand, from the top; what was there before is gone.
  void Paint(std::span<const Line> lines);

 private:
  [[nodiscard]] Key TakeSignal();

  std::vector<int> inputs_;
  bool utf8_ = false, colours_ = false;
};

}  // namespace torpor::view
