// How far a long run is and how long it will still take: one moving line on a terminal,
// now and then a plain one elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace torpor::train {

class Progress {
 public:
  // Of `total` steps; says nothing at all when quiet.
  Progress(std::size_t total, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Steps that need not be made, because a run before this one made them.
  void Skip(std::size_t steps);
  // One step more; `what` is asked for only when a line is due.
  template <class What>
  void Step(const What& what) {
    ++done_;
    if (Due()) Show(what());
  }
  // A line that stays.
  void Say(const std::string& line);

 private:
  [[nodiscard]] bool Due();
  void Show(const std::string& what);

  using Clock = std::chrono::steady_clock;
  std::size_t total_, done_ = 0, skipped_ = 0;
  bool quiet_, terminal_, open_ = false;
  Clock::time_point began_ = Clock::now();
  Clock::time_point shown_;
};

// "1:05:09", "2:30", "12 s".
[[nodiscard]] std::string Spoken(std::chrono::seconds time);

}  // namespace torpor::train
