// The memory in which torpord hands an input over: its own to write, the accelerator
// process's to read and nobody's to cut short.
#pragma once

#include <cstddef>
#include <span>

#include "agent/accelerator/descriptor.h"
#include "core/result.h"

namespace torpor::agent {

class RequestMemory {
 public:
  // Room for so many floats, all 0. Sealed against shrinking, growing and any writing but
  // through floats(): a process that is handed the descriptor can map it for reading
  // alone.
  //   kOs  no memory, or a kernel without F_SEAL_FUTURE_WRITE (Linux 5.1)
  // Source: memfd_create(2), fcntl(2).
  [[nodiscard]] static Result<RequestMemory> Make(std::size_t floats);

  RequestMemory(RequestMemory&& other) noexcept;
  RequestMemory& operator=(RequestMemory&&) = delete;
  ~RequestMemory();

  [[nodiscard]] int descriptor() const { return memory_.get(); }
  [[nodiscard]] std::span<float> floats() const { return floats_; }

 private:
  RequestMemory(Descriptor memory, std::span<float> floats)
      : memory_(std::move(memory)), floats_(floats) {}

  Descriptor memory_;
  std::span<float> floats_;
};

// The other end: `descriptor` mapped for reading, or empty when that is not possible or
// the memory is not sealed against being cut short.
[[nodiscard]] std::span<const float> MapRequest(int descriptor, std::size_t floats);

}  // namespace torpor::agent
