// How much of a real deadline is left. A kernel timer holds it, so that what must be done
// in time need not read a clock.
#pragma once

#include "core/time.h"

namespace torpor::telemetry {

class Deadline {
 public:
  // Begins to run. A length below 1 ms counts as 1 ms, one beyond an hour as an hour.
  explicit Deadline(Milliseconds length);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // False if the kernel gave no timer; then nothing is ever left.
  [[nodiscard]] bool ok() const { return timer_ >= 0; }
  [[nodiscard]] Microseconds left() const;
  [[nodiscard]] Microseconds spent() const { return length_ - left(); }
  // Rounded up for calls that take whole milliseconds; 0 only when it has passed.
  [[nodiscard]] int left_ms() const;

 private:
  Microseconds length_;
  int timer_;
};

}  // namespace torpor::telemetry
