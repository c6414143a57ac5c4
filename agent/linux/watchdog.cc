#include "agent/linux/watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace torpor::agent {
namespace {

// What the handler needs, in memory that exists for the whole life of the process.
std::array<char, 512> mark_path{};

constexpr std::string_view kLastWords =
    "{\"program\":\"torpord\",\"reason\":410,\"name\":\"watchdog-fired\",\"what\":\"the "
    "process was "
    "wedged and ended itself\",\"do\":\"report it with the journal\"}\n";

// Async-signal-safe: open, write, _exit and nothing else.
extern "C" void OnWatchdog(int) {
  const int fd = ::open(mark_path.data(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) ::close(fd);
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, kLastWords.data(), kLastWords.size());
  ::_exit(70);  // EX_SOFTWARE, as Info(kWatchdogFired) says
}

}  // namespace

Watchdog::~Watchdog() {
  if (installed_) ::timer_delete(timer_);
}

Status Watchdog::Install(const std::string& mark) {
  if (mark.size() >= mark_path.size()) return Status::kOs;
  mark_path[mark.copy(mark_path.data(), mark.size())] = '\0';
  struct sigaction action {};
  action.sa_handler = OnWatchdog;
  if (::sigaction(SIGALRM, &action, nullptr) != 0) return Status::kOs;
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) return Status::kOs;
  installed_ = true;
  return Status::kOk;
}

void Watchdog::Arm(Microseconds limit) {
  if (!installed_) return;
  itimerspec when{};
  when.it_value.tv_sec = limit.count() / 1'000'000;
  when.it_value.tv_nsec = limit.count() % 1'000'000 * 1000;
  ::timer_settime(timer_, 0, &when, nullptr);
}

}  // namespace torpor::agent
