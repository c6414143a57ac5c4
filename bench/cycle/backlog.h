// A robot that is stopped in its sleep while its firmware samples on, and set going
// again: what waits for it then is worth one inference.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/cycle/bench_robot.h"
#include "bench/cycle/findings.h"
#include "bench/cycle/subject.h"

namespace torpor::bench {

class Backlog {
 public:
  // `robot` works already, and outlives this.
  Backlog(BenchRobot& robot, std::uint64_t windows);

  // Every few milliseconds: watches the robot, and stops and continues it when it is
  // time.
  void Look(Instant now);
  [[nodiscard]] bool done() const;
  // How many periods that takes.
  [[nodiscard]] std::uint64_t periods() const;
  // Once it is done.
  [[nodiscard]] BacklogFindings Found() const;

 private:
  BenchRobot& robot_;
  Subject subject_;
  std::uint64_t windows_;
  std::optional<Instant> going_on_;  // when it shall, and then when it did
  bool went_on_ = false;
  std::size_t before_ = 0;  // cycles
};

}  // namespace torpor::bench
