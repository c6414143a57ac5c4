// What the fleet owner allows one robot to spend and demands of it: the contract, in the
// types that code works with. Every field is covered by the signature. The wire schema is
// contract/contract.proto and the byte layout docs/contract-format.md; ranges and the
// rules between fields are contract/lint.h's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/bytes.h"
#include "core/time.h"
#include "core/units.h"

namespace torpor::contract {

// Text of fixed room, as both sides need it without a heap. Printable ASCII.
template <std::size_t kRoom>
struct Text {
  std::array<char, kRoom> characters{};
  std::uint8_t length = 0;

  [[nodiscard]] constexpr std::string_view view() const {
    return {characters.data(), length};
  }
  // Cuts what does not fit; the decoder has refused longer texts before.
  constexpr void Assign(std::string_view text) {
    length = static_cast<std::uint8_t>(text.size() < kRoom ? text.size() : kRoom);
    for (std::size_t i = 0; i < length; ++i) characters[i] = text[i];
  }
  friend constexpr bool operator==(const Text& a, const Text& b) {
    return a.view() == b.view();
  }
};

using Name = Text<31>;      // [a-z0-9-]
using Address = Text<127>;  // scheme://host[:port][/path]

enum class Profile : std::uint8_t { kProduction = 1, kBench = 2 };
enum class TargetKind : std::uint8_t { kAll = 1, kGroup = 2, kRobot = 3 };
enum class SleepMode : std::uint8_t { kIdle = 1, kSuspend = 2 };
// How much of the accelerator may stay up between two inferences; lower is stricter.
enum class Residency : std::uint8_t {
  kChildExited = 1,
  kMemoryFreed = 2,
  kContextKept = 3,
  kHot = 4,
};

struct Target {
  TargetKind kind{};
  Name id;  // empty for kAll
};

struct Sensor {
  std::uint32_t id = 0;
  std::uint32_t sample_rate_millihertz = 0;
  std::uint32_t axes = 0;  // interleaved, 1 to 6
  std::uint32_t full_scale_milli_g = 0;
  std::uint32_t bits = 0;  // of the converter; a sample travels as int16 all the same

  // g per step of an int16 sample: +full scale is 2^15 steps, whatever the converter's
  // bits.
  [[nodiscard]] constexpr double GPerStep() const {
    return static_cast<double>(full_scale_milli_g) / 1000.0 / 32768.0;
  }
};

// Which of two contracts is newer: the epoch first.
struct Version {
  std::uint32_t epoch = 0;
  std::uint64_t number = 0;
  friend constexpr auto operator<=>(const Version&, const Version&) = default;
};

// The worst the fleet owner expects of each part; modelled joules come from these.
struct PowerModel {
  Microwatts mcu_sample{}, mcu_sleep{};
  Microwatts computer_awake{};  // wake, collect, release, judge
  Microwatts computer_infer{}, computer_report{}, computer_sleep{};
  Microjoules transition{};  // one wake and one falling asleep of the computer
};

inline constexpr std::size_t kMaxTargets = 16;
inline constexpr std::size_t kMaxSensors = 4;
inline constexpr std::size_t kMaxAlarmSinks = 4;
inline constexpr std::size_t kMaxCalibrations = 2;

struct Terms {
  Name fleet, name;
  Version version{};
  std::uint64_t issued_at_s = 0, not_before_s = 0, not_after_s = 0;  // Unix seconds
  std::array<Target, kMaxTargets> target_slots{};
  std::uint32_t target_count = 0;
  Profile profile{};

  Milliseconds period{};  // at most one inference per period
  // The firmware's timeline; sums to the period.
  Milliseconds sample{}, mcu_guard{}, mcu_sleep{};
  // The computer's timeline; sums to the period. Each is also that step's deadline.
  Milliseconds wake{}, collect{}, infer{}, release{}, judge{}, report{}, computer_sleep{};

  std::array<Sensor, kMaxSensors> sensor_slots{};
  std::uint32_t sensor_count = 0;

  std::uint32_t queue_limit_batches = 0;  // filling, newest complete and being sent
  Milliseconds max_batch_age{};           // from end of capture to start of inference

  Microjoules cycle_budget{};
  Microjoules hour_budget{};  // a multiple of 1 mJ
  PowerModel power;
  std::uint32_t budget_margin_permille = 0;

  std::uint32_t commissioning_cycles =
      0;  // cycles with a usable batch that make the own baseline
  std::uint32_t score_cycles = 0;  // batches whose features are averaged into one score
  std::uint32_t false_alarm_target = 0;  // per 10^9 cycles
  std::uint32_t alarm_k = 0,
                alarm_n = 0;  // k of the last n scores at or above 1: anomaly

  SleepMode sleep_mode{};
  Residency residency_max{};
  std::uint32_t awake_wakeups_max =
      0;  // times the process may be scheduled in an awake phase

  Address gateway;  // of metrics; https, http only under kBench
  std::array<Address, kMaxAlarmSinks> alarm_sink_slots{};
  std::uint32_t alarm_sink_count = 0;

  std::uint32_t link_baud = 0;
  std::uint32_t link_batch_wire_bytes =
      0;  // one hand-over, all packets, framing included
  Milliseconds hello_timeout{};
  std::uint32_t hello_retries = 0;

  // Within so many periods of its taking over on the firmware, a boot counting as one,
  // the computer must have confirmed this contract; else the firmware goes back to the
  // one before.
  std::uint32_t trial_cycles = 0;
  // So many periods after it took over, the firmware obeys it no more: an end that needs
  // no clock.
  std::uint32_t lease_cycles = 0;
  // Every so many periods, both sides encode again the terms that they are using and
  // compare the digest with the contract's id.
  std::uint32_t scrub_cycles = 0;
  std::uint32_t keyring_version_min = 0;  // the oldest keyring that either side may hold

  // The calibrations of the accelerator under which a rung warmer than kChildExited may
  // be taken, as far as residency_max; none: the robot's own, whatever it says.
  std::uint32_t calibration_count = 0;
  std::array<Digest, kMaxCalibrations> calibration_slots{};

  [[nodiscard]] std::span<const Target> targets() const {
    return std::span(target_slots).first(target_count);
  }
  [[nodiscard]] std::span<const Sensor> sensors() const {
    return std::span(sensor_slots).first(sensor_count);
  }
  [[nodiscard]] std::span<const Address> alarm_sinks() const {
    return std::span(alarm_sink_slots).first(alarm_sink_count);
  }
  [[nodiscard]] std::span<const Digest> calibrations() const {
    return std::span(calibration_slots).first(calibration_count);
  }
  // wake to end of report: how long the computer may be awake in one period.
  [[nodiscard]] Milliseconds awake() const {
    return wake + collect + infer + release + judge + report;
  }
};

// Frames (one sample of all axes) of one batch. Whole by the lint's rule.
constexpr std::uint32_t FramesPerBatch(const Sensor& sensor, Milliseconds window) {
  return static_cast<std::uint32_t>(
      static_cast<std::uint64_t>(sensor.sample_rate_millihertz) *
      static_cast<std::uint64_t>(window.count()) / 1'000'000U);
}

// Bytes of one batch of a sensor: frames x axes x int16.
constexpr std::uint32_t BatchBytes(const Sensor& sensor, Milliseconds window) {
  return FramesPerBatch(sensor, window) * sensor.axes * 2U;
}

}  // namespace torpor::contract
