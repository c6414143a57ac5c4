// How far a long command is: one moving line on a terminal, a line for each stage in a
// log.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

namespace torpor::cli {

class Progress {
 public:
  // Nothing is ever said when not `wanted`.
  Progress(std::string what, bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Say() const;  // the stage alone
  // From any thread; time left is guessed from the time so far.
  void Show(std::size_t done, std::size_t of) const;

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  bool wanted_;
  bool terminal_;
  Clock::time_point began_;
  mutable std::mutex mutex_;
  mutable Clock::time_point shown_;
  mutable bool said_ = false;
};

}  // namespace torpor::cli
