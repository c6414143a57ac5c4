// Encoded packets that wait to be written: room for a few short ones. What does not fit
// is lost, as on a wire; whoever asked asks again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "link/codec.h"
#include "link/packet.h"

namespace torpor::link {

class Outbox {
 public:
  void Add(Type type, std::uint16_t sequence, std::span<const std::byte> body) {
    size_ += EncodePacket({type, sequence, body}, std::span(bytes_).subspan(size_));
  }

  template <class Message>
  void Add(const Message& message, std::uint16_t sequence) {
    std::array<std::byte, kMaxBody> body{};
    Add(Message::kType, sequence, EncodeBody(message, body));
  }

  // Moves as much as fits to `out`; the rest stays.
  std::size_t Take(std::span<std::byte> out) {
    const std::size_t taken = out.size() < size_ ? out.size() : size_;
    for (std::size_t i = 0; i < taken; ++i) out[i] = bytes_[i];
    for (std::size_t i = taken; i < size_; ++i) bytes_[i - taken] = bytes_[i];
    size_ -= taken;
    return taken;
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  std::array<std::byte, 2 * kMaxWire> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace torpor::link
