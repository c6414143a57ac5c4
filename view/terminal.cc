#include "view/terminal.h"

#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define NCURSES_NOMACROS 1
#include <curses.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "view/terminfo.h"

namespace torpor::view {
namespace {

constexpr std::array kCrashes = {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL};

// What a crash needs to give the terminal back; written before its handler is there.
termios before;                 // NOLINT(*-avoid-non-const-global-variables)
std::array<char, 128> leave{};  // NOLINT(*-avoid-non-const-global-variables)
std::size_t leave_size = 0;     // NOLINT(*-avoid-non-const-global-variables)

// Nothing but calls that a signal's handler may make: ncurses has none.
void Crashed(int signal) {
  [[maybe_unused]] const ssize_t written =
      ::write(STDOUT_FILENO, leave.data(), leave_size);
  ::tcsetattr(STDOUT_FILENO, TCSANOW, &before);
  struct sigaction dies {};
  dies.sa_handler = SIG_DFL;  // NOLINT(*-union-access)
  ::sigaction(signal, &dies, nullptr);
  ::raise(signal);
}

void Remember(const char* capability) {
  const std::string text = Capability(capability);
  if (text.size() > leave.size() - leave_size) return;
  std::memcpy(&leave[leave_size], text.data(), text.size());
  leave_size += text.size();
}

void CatchCrashes() {
  leave_size = 0;
  for (const char* capability : {"sgr0", "cnorm", "rmcup"}) Remember(capability);
  struct sigaction crash {};
  crash.sa_handler = Crashed;  // NOLINT(*-union-access)
  ::sigemptyset(&crash.sa_mask);
  for (const int signal : kCrashes) ::sigaction(signal, &crash, nullptr);
}

void GiveBack() {
  if (::isendwin() == FALSE) ::endwin();
}

// Of Tone, with colours and without: what is bad stands out on any terminal.
constexpr short kGreen = 1, kYellow = 2, kRed = 3, kCyan = 4;

attr_t AttributesOf(Tone tone, bool colours) {
  const auto pair = [colours](short colour) {
    return colours ? static_cast<attr_t>(COLOR_PAIR(colour)) : A_NORMAL;
  };
  switch (tone) {
    case Tone::kPlain:
      break;
    case Tone::kQuiet:
      return colours ? pair(kCyan) : A_DIM;
    case Tone::kGood:
      return pair(kGreen);
    case Tone::kOdd:
      return pair(kYellow) | A_BOLD;
    case Tone::kBad:
      return colours ? pair(kRed) | A_BOLD : A_REVERSE | A_BOLD;
    case Tone::kHead:
      return A_BOLD;
  }
  return A_NORMAL;
}

bool WantsColours() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  const char* no = std::getenv("NO_COLOR");  // https://no-color.org: any but empty
  return no == nullptr || *no == '\0';
}

}  // namespace

bool CanPaint() {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) return false;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  const char* name = std::getenv("TERM");
  if (name == nullptr || std::string_view(name) == "dumb") return false;
  return KnowsTerminal();
}

bool UsesUtf8() {
  // NOLINTBEGIN(concurrency-mt-unsafe): one thread
  std::setlocale(LC_CTYPE, "");
  return std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  // NOLINTEND(concurrency-mt-unsafe)
}

Terminal::Terminal() : utf8_(UsesUtf8()) {
  sigset_t waited;
  ::sigemptyset(&waited);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) {
    ::sigaddset(&waited, signal);
  }
  ::sigprocmask(SIG_BLOCK, &waited, nullptr);
  inputs_ = {STDIN_FILENO, ::signalfd(-1, &waited, SFD_CLOEXEC | SFD_NONBLOCK)};
  ::tcgetattr(STDOUT_FILENO, &before);
  std::atexit(GiveBack);
  ::initscr();
  CatchCrashes();
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::set_escdelay(25);
  ::curs_set(0);
  colours_ = WantsColours() && ::has_colors() == TRUE && ::start_color() == OK;
  if (!colours_) return;
  const short ground = ::use_default_colors() == OK ? short{-1} : short{COLOR_BLACK};
  ::init_pair(kGreen, COLOR_GREEN, ground);
  ::init_pair(kYellow, COLOR_YELLOW, ground);
  ::init_pair(kRed, COLOR_RED, ground);
  ::init_pair(kCyan, COLOR_CYAN, ground);
}

Terminal::~Terminal() {
  GiveBack();
  if (inputs_.back() >= 0) ::close(inputs_.back());
}

Key Terminal::TakeSignal() {
  signalfd_siginfo signal{};
  if (::read(inputs_.back(), &signal, sizeof signal) != sizeof signal) return Key::kNone;
  if (signal.ssi_signo != SIGWINCH) return Key::kQuit;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) {
    ::resizeterm(size.ws_row, size.ws_col);
  }
  return Key::kResized;
}

Key Terminal::Next() {
  if (const Key told = TakeSignal(); told != Key::kNone) return told;
  const int key = ::wgetch(stdscr);
  switch (key) {
    case 'q':
    case 'Q':
      return Key::kQuit;
    case '?':
    case 'h':
    case KEY_F(1):
      return Key::kHelp;
    case KEY_UP:
    case 'k':
      return Key::kUp;
    case KEY_DOWN:
    case 'j':
      return Key::kDown;
    case KEY_PPAGE:
      return Key::kPageUp;
    case KEY_NPAGE:
    case ' ':
      return Key::kPageDown;
    case KEY_HOME:
    case 'g':
      return Key::kHome;
    case KEY_END:
    case 'G':
      return Key::kEnd;
    case KEY_RESIZE:
      return Key::kResized;
    case ERR: {
      // Nothing to be read, or nobody at the other end any more.
      pollfd input{STDIN_FILENO, POLLIN, 0};
      const bool ready = ::poll(&input, 1, 0) > 0;
      return ready && (input.revents & (POLLHUP | POLLERR)) != 0 ? Key::kQuit
                                                                 : Key::kNone;
    }
    default:
      return Key::kResized;  // any other key: paint again
  }
}

Look Terminal::look() const {
  const auto size = [](int of) { return static_cast<std::size_t>(of > 0 ? of : 1); };
  return {size(::getmaxx(stdscr)), size(::getmaxy(stdscr)), utf8_};
}

void Terminal::Paint(std::span<const Line> lines) {
  ::werase(stdscr);
  int row = 0;
  for (const Line& line : lines) {
    ::wmove(stdscr, row++, 0);
    for (const Span& span : line.spans) {
      ::wattrset(stdscr, static_cast<int>(AttributesOf(span.tone, colours_)));
      ::waddstr(stdscr, span.text.c_str());
    }
  }
  ::wattrset(stdscr, A_NORMAL);
  ::wrefresh(stdscr);
}

}  // namespace torpor::view
