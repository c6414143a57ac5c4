#include "telemetry/deadline.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

namespace torpor::telemetry {

Deadline::Deadline(Milliseconds length)
    : length_(std::clamp(length, Milliseconds(1), Milliseconds(3'600'000))),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  itimerspec at{};
  at.it_value.tv_sec = static_cast<time_t>(length_.count() / 1'000'000);
  at.it_value.tv_nsec = static_cast<long>(length_.count() % 1'000'000 * 1000);
  if (timer_ >= 0 && ::timerfd_settime(timer_, 0, &at, nullptr) != 0) {
    ::close(timer_);
    timer_ = -1;
  }
}

Deadline::~Deadline() {
  if (timer_ >= 0) ::close(timer_);
}

Microseconds Deadline::left() const {
  itimerspec now{};
  if (timer_ < 0 || ::timerfd_gettime(timer_, &now) != 0) return Microseconds(0);
  return Microseconds(std::int64_t{now.it_value.tv_sec} * 1'000'000 +
                      now.it_value.tv_nsec / 1000);
}

int Deadline::left_ms() const { return static_cast<int>((left().count() + 999) / 1000); }

}  // namespace torpor::telemetry
