// A process of ours that does one thing, and whose end is waited for: "released" means
// that it is gone and reaped, not that it was asked to go.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/accelerator/descriptor.h"
#include "core/result.h"
#include "core/time.h"

namespace torpor::agent {

// How a process ended.
struct ProcessEnd {
  bool by_signal = false;
  int number = 0;  // of the signal, or the exit code
  friend bool operator==(const ProcessEnd&, const ProcessEnd&) = default;
};

class ChildProcess {
 public:
  // Runs `program` with `arguments` (its name apart) in a process group of its own. It
  // inherits standard error and `hand_over`, which become its descriptors 3, 4 and so on;
  // standard input and output are /dev/null, every other descriptor is closed. Signals
  // are at their defaults, none is blocked.
  // Cheap whatever the size of the caller: no page is copied.
  //   kAcceleratorMissing  there is no such program, or it may not be run
  //   kOs                  no process or descriptor is to be had
  // Source: posix_spawn(3), pidfd_open(2).
  [[nodiscard]] static Result<ChildProcess> Start(
      const std::filesystem::path& program, const std::vector<std::string>& arguments,
      std::span<const int> hand_over);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // Kills what still runs, and waits for its end, not without limit.
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Readable once the process has ended.
  [[nodiscard]] int descriptor() const { return pidfd_.get(); }
  // Nothing while it runs, or has not been waited for.
  [[nodiscard]] const std::optional<ProcessEnd>& end() const { return end_; }

  // Asks the kernel to end it and what it has started in its group, at once. Returns
  // before it is gone.
  void Kill() const;
  // Waits for its end, at most so long; 0 only looks. True when it is gone and reaped.
  // Whatever else is left of its process group is killed then.
  bool WaitForEnd(Microseconds within);

 private:
  ChildProcess(pid_t pid, Descriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;
  Descriptor pidfd_;
  std::optional<ProcessEnd> end_;
};

// Waits until one of the descriptors can be read or has been closed at its other end, at
// most so long. Real time, whatever the clock of the caller says.
enum class Heard : std::uint8_t { kFirst, kSecond, kNothing };
[[nodiscard]] Heard WaitForEither(int first, int second, Microseconds within);

}  // namespace torpor::agent
