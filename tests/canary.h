// How late a machine makes whoever lives on it, while a test in real time runs there.
#pragma once

#include <atomic>
#include <filesystem>
#include <thread>

#include "core/time.h"

namespace torpor::tests {

// Two threads that do all the time what torpord does: one sleeps, one writes to the disk
// and waits for it. As late as they were at worst, torpord may have been, through no
// fault of its own.
class Canary {
 public:
  // Writes a small file in the folder, which is on the disk that matters.
  explicit Canary(const std::filesystem::path& folder);
  ~Canary() { Stop(); }
  Canary(const Canary&) = delete;
  Canary& operator=(const Canary&) = delete;

  // Ends both. Afterwards these hold.
  void Stop();
  [[nodiscard]] Microseconds late_to_wake() const { return late_to_wake_; }
  [[nodiscard]] Microseconds longest_sync() const { return longest_sync_; }

 private:
  void Sleep();
  void Write(int file);

  std::atomic<bool> stop_ = false;
  Microseconds late_to_wake_{};
  Microseconds longest_sync_{};
  std::thread sleeper_;
  std::thread writer_;
};

}  // namespace torpor::tests
