#include "train/progress.h"

#include <unistd.h>

#include <array>
#include <cstdio>

namespace torpor::train {
namespace {

constexpr std::chrono::milliseconds kOnTerminal(200);
constexpr std::chrono::seconds kElsewhere(20);

}  // namespace

std::string Spoken(std::chrono::seconds time) {
  const long s = time.count();
  std::array<char, 32> text{};
  if (s < 60) {
    std::snprintf(text.data(), text.size(), "%ld s", s);
  } else if (s < 3600) {
    std::snprintf(text.data(), text.size(), "%ld:%02ld", s / 60, s % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld", s / 3600, s / 60 % 60,
                  s % 60);
  }
  return text.data();
}

Progress::Progress(std::size_t total, bool quiet)
    : total_(total),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) == 1),
      shown_(began_) {}

Progress::~Progress() {
  if (open_) std::fputs("\r\033[K", stderr);
}

void Progress::Skip(std::size_t steps) {
  done_ += steps;
  skipped_ += steps;
}

bool Progress::Due() {
  if (quiet_) return false;
  const auto now = Clock::now();
  if (terminal_ ? now - shown_ < kOnTerminal : now - shown_ < kElsewhere) return false;
  shown_ = now;
  return true;
}

void Progress::Show(const std::string& what) {
  const std::chrono::duration<double> took = Clock::now() - began_;
  const double rest = took.count() / static_cast<double>(done_ - skipped_) *
                      static_cast<double>(total_ - done_);
  const std::string left =
      Spoken(std::chrono::seconds(static_cast<std::int64_t>(rest + 0.5)));
  std::fprintf(stderr, "%s%3zu %%  %s left  %s%s", terminal_ ? "\r\033[K" : "",
               100 * done_ / total_, left.c_str(), what.c_str(), terminal_ ? "" : "\n");
  open_ = terminal_;
}

void Progress::Say(const std::string& line) {
  std::fprintf(stderr, "%s%s\n", open_ ? "\r\033[K" : "", line.c_str());
  open_ = false;
}

}  // namespace torpor::train
