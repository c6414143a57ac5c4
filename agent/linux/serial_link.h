// The wire to the firmware: a serial device, a pty, or a Unix stream socket that stands
// for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "agent/accelerator/descriptor.h"

namespace torpor::agent {

class SerialLink {
 public:
  explicit SerialLink(std::string path) : path_(std::move(path)) {}

  void SetBaud(std::uint32_t baud) { baud_ = baud; }
  // True when open now. A device that went away is tried anew at each call; never blocks.
  bool Open();
  [[nodiscard]] bool open() const { return fd_.valid(); }
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  // How often it was opened: another number is another descriptor, whatever its own is.
  [[nodiscard]] std::uint64_t openings() const { return openings_; }
  // Bytes moved without blocking; a device that has gone closes the link.
  std::size_t Read(std::span<std::byte> into);
  std::size_t Write(std::span<const std::byte> bytes);
  void Close() { fd_.Close(); }

 private:
  bool OpenSocket();
  bool OpenDevice();

  std::string path_;
  std::uint32_t baud_ = 115'200;
  std::uint64_t openings_ = 0;
  Descriptor fd_;
};

}  // namespace torpor::agent
