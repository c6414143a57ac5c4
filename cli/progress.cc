#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace torpor::cli {

Progress::Progress(std::string what, bool wanted)
    : what_(std::move(what)),
      wanted_(wanted),
      terminal_(::isatty(STDERR_FILENO) == 1),
      began_(Clock::now()) {}

Progress::~Progress() {
  if (wanted_ && terminal_ && said_) std::fputs("\r\033[K", stderr);
}

void Progress::Say() const {
  if (!wanted_) return;
  std::fprintf(stderr, terminal_ ? "\r\033[K%s ..." : "%s\n", what_.c_str());
  std::fflush(stderr);
  said_ = true;
}

void Progress::Show(std::size_t done, std::size_t of) const {
  if (!wanted_) return;
  const std::lock_guard lock(mutex_);
  if (!terminal_) {
    if (!said_) Say();
    return;
  }
  const auto now = Clock::now();
  if (said_ && now - shown_ < std::chrono::milliseconds(100)) return;
  shown_ = now;
  said_ = true;
  const double so_far = std::chrono::duration<double>(now - began_).count();
  const double left =
      done == 0 ? 0 : so_far * static_cast<double>(of - done) / static_cast<double>(done);
  std::fprintf(stderr, "\r\033[K%s: %zu of %zu, %.0f s left", what_.c_str(), done, of,
               left);
  std::fflush(stderr);
}

}  // namespace torpor::cli
