// The host's serial line: the near end of a pseudo-terminal or of a unix socket.
#pragma once

#include <poll.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "firmware/port/host/descriptor.h"
#include "simulate/refusal.h"

namespace torpor::firmware::host {

class Line {
 public:
  virtual ~Line() = default;
  virtual std::size_t Read(std::span<std::byte> out) = 0;
  virtual std::size_t Write(std::span<const std::byte> bytes) = 0;
  // What to wait for; `full` when the last Write took less than it was given.
  [[nodiscard]] virtual std::vector<pollfd> Watch(bool full) const = 0;
};

simulate::Attempt<std::unique_ptr<Line>> OpenPty(const std::string& path);
simulate::Attempt<std::unique_ptr<Line>> OpenSocket(const std::string& path);

}  // namespace torpor::firmware::host
