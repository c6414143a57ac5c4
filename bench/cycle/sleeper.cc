// torpor-bench-sleeper: the least that a program which wakes once a period can cost: one
// thread, one epoll, one timer, and nothing to do.
//
//   torpor-bench-sleeper PERIOD_MS
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>

int main(int argc, char** argv) {
  const long period_ms = argc == 2 ? ::strtol(argv[1], nullptr, 10) : 0;
  if (period_ms <= 0) return 64;
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  const int timer = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  itimerspec every{};
  every.it_value.tv_sec = every.it_interval.tv_sec = period_ms / 1000;
  every.it_value.tv_nsec = every.it_interval.tv_nsec = period_ms % 1000 * 1'000'000;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event) != 0 ||
      ::timerfd_settime(timer, 0, &every, nullptr) != 0) {
    return 71;
  }
  for (;;) {
    std::uint64_t expirations = 0;
    if (::epoll_wait(epoll, &event, 1, -1) == 1 &&
        ::read(timer, &expirations, sizeof expirations) < 0) {
      return 71;
    }
  }
}
