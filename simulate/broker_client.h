// One process's end of the time broker: its clock and its serial line in a compressed
// run. Between two waits its time stands still, however long it computes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "simulate/broker_message.h"

namespace torpor::simulate {

class BrokerClient {
 public:
  // Joins the broker that listens at `path`. Blocks while the broker holds a returning
  // role back (BrokerOptions::returns_after).
  //   kFileMissing        nothing listens at path
  //   kUnexpectedMessage  the role is taken, or the broker answers something else
  //   kIo                 any other failure of the socket
  static Result<BrokerClient> Connect(const std::string& path, Role role);

  BrokerClient(BrokerClient&& other) noexcept;
  BrokerClient& operator=(BrokerClient&& other) noexcept;
  BrokerClient(const BrokerClient&) = delete;
  BrokerClient& operator=(const BrokerClient&) = delete;
  ~BrokerClient();  // hands over what was written before it leaves

  [[nodiscard]] Instant Now() const { return FromMicroseconds(clock_.now_us); }
  // Unix time in microseconds; steps when the script steps it.
  [[nodiscard]] std::int64_t WallMicroseconds() const { return clock_.wall_us; }
  // False while the link's device is gone; only the computer ever sees that.
  [[nodiscard]] bool DevicePresent() const { return clock_.device_present != 0; }

  // Blocks until the deadline or, when asked for, until bytes can be read. When both are
  // due at one instant the answer is kBytes. Returns at once when nothing is left to wait
  // for. After kStopped every further wait is kStopped too.
  [[nodiscard]] Wake WaitUntil(Instant deadline, WakeOnBytes wake_on_bytes);

  // Copies bytes that have arrived by Now(), never blocks; returns how many.
  std::size_t Read(std::span<std::byte> out);

  // Puts bytes on the line at Now(), never blocks. They reach the other side as one chunk
  // (above 32 KiB as several). Returns how many were taken: all, or 0 when the device is
  // gone or the run is over.
  std::size_t Write(std::span<const std::byte> bytes);

 private:
  explicit BrokerClient(int fd) : fd_(fd) {}

  void Flush();
  bool Send(std::span<const std::byte> head, std::span<const std::byte> rest);
  void Stop();

  int fd_ = -1;
  bool stopped_ = false;
  broker::Clock clock_;
  std::vector<std::byte> outgoing_;  // chunks, as they go into a message
  std::vector<std::byte> incoming_;
  std::size_t read_ = 0;  // how much of incoming_ was handed out
  std::vector<std::byte> message_;
};

}  // namespace torpor::simulate
