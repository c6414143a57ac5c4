// Time that a processor spent on this thread, so that neighbours on a busy machine count
// less.
#pragma once

#include <ctime>

namespace torpor::model {

inline double ThreadSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace torpor::model
