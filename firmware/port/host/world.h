// Where the host's firmware gets time and bytes from: the machine itself, or the time
// broker. The code above cannot tell which.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "core/time.h"
#include "simulate/refusal.h"

namespace torpor::firmware::host {

class World {
 public:
  virtual ~World() = default;

  // Since the process began, or since the broker's night did.
  [[nodiscard]] virtual Instant Now() = 0;
  // Returns early when bytes can be read, when a line that was full takes bytes again, or
  // when the program is asked to end.
  virtual void SleepUntil(Instant deadline) = 0;
  virtual std::size_t Read(std::span<std::byte> out) = 0;
  virtual std::size_t Write(std::span<const std::byte> bytes) = 0;
  // Somebody asked the program to end, or the broker's night is over.
  [[nodiscard]] virtual bool stopped() const = 0;
};

// `link` is pty:PATH (makes a pseudo-terminal and a symbolic link to it), socket:PATH
// (listens; one client at a time) or broker:PATH.
//   kUsage       none of the three
//   kFileExists  something else is at PATH
//   kOs, kIo     it cannot be made
simulate::Attempt<std::unique_ptr<World>> OpenWorld(const std::string& link);

}  // namespace torpor::firmware::host
