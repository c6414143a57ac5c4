// What an image under QEMU asks for, answered: its sensors, and in a compressed run its
// time and link, which the time broker has.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "firmware/port/host/sensors.h"
#include "firmware/port/qemu/machine.h"
#include "simulate/broker_client.h"

namespace torpor::firmware::qemu {

class Answers {
 public:
  // Without a broker the image's time is its own; with one it begins where the broker's
  // is when the image does.
  Answers(host::Sensors& sensors, std::optional<simulate::BrokerClient> broker);

  std::vector<std::byte> To(const Request& request);

 private:
  std::vector<std::byte> Prepare(ByteReader& body);
  std::vector<std::byte> Start(ByteReader& body);
  std::vector<std::byte> Read(ByteReader& body);
  std::vector<std::byte> Sleep(ByteReader& body);
  [[nodiscard]] Microseconds Life(ByteReader& body) const;
  void Advance(Microseconds life);

  host::Sensors& sensors_;
  std::optional<simulate::BrokerClient> broker_;
  Microseconds began_{};  // the image's time 0, in the broker's
};

}  // namespace torpor::firmware::qemu
