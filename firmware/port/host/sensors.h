// The host board's accelerometers: recordings or simulated bearings, one for each sensor
// of the contract.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "contract/terms.h"
#include "core/result.h"
#include "core/time.h"
#include "link/refusal.h"
#include "simulate/accelerometer.h"
#include "simulate/bearing.h"

namespace torpor::firmware::host {

// Entries of a manifest; the n-th is played by the contract's n-th sensor.
struct Recordings {
  std::filesystem::path data;  // the manifest's folder
  std::vector<std::string> ids;
};
using Source = std::variant<std::monostate, Recordings, simulate::BearingOptions>;

class Sensors {
 public:
  explicit Sensors(Source source) : source_(std::move(source)) {}

  // Opens a sensor for each that the contract asks for. A refusal has both values, and
  // `what` becomes a line for people.
  link::Refusal Prepare(const contract::Terms& terms, std::string& what);

  // As firmware/core/port.h says of them; `life` is the time since the sensor's life
  // began.
  Status Start(const contract::Sensor& sensor, Milliseconds window, Microseconds life);
  Result<std::size_t> Read(const contract::Sensor& sensor, Microseconds life,
                           std::span<std::int16_t> out);
  void Stop();
  // In the window that is open; link::kSpeedUnknown when none is or nobody knows.
  [[nodiscard]] std::uint32_t ShaftMillirpm() const;

 private:
  struct Fitted {
    std::uint32_t id = 0;
    std::unique_ptr<simulate::Accelerometer> accelerometer;
    bool open = false;
    Microseconds began{};
    Milliseconds window{};
  };
  [[nodiscard]] Fitted* Find(const contract::Sensor& sensor);

  Source source_;
  std::vector<Fitted> fitted_;
};

}  // namespace torpor::firmware::host
