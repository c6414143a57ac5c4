// A recording in the place of a sensor: it must be what the contract says, or it is not
// played. Nothing is resampled and no axis is invented.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "simulate/accelerometer.h"
#include "simulate/quantiser.h"
#include "simulate/recording.h"
#include "simulate/refusal.h"

namespace torpor::simulate {

// What the contract says of sampling; the whole of it that a player needs.
struct Sampling {
  contract::Sensor sensor;
  Milliseconds window{};  // contract::Terms::sample
  Milliseconds period{};  // contract::Terms::period
};

// At time t a recording of snapshots gives the first frames of snapshot
// floor(t / interval), so that no batch crosses from one snapshot into the next. A
// continuous recording gives its consecutive windows, one a period: window
// floor(t / period).
class RecordingPlayer final : public Accelerometer {
 public:
  // Opens the recording and holds it against the contract; the refusal tells both
  // numbers.
  //   kRecordingRate, kRecordingAxes  not the contract's
  //   kRecordingTooShort              a window does not fit into a snapshot, or not once
  //                                   into the recording
  //   kOutOfRange                     a window or period of nothing
  // and whatever Recording::Open refuses.
  [[nodiscard]] static Attempt<std::unique_ptr<RecordingPlayer>> Open(
      const Entry& entry, const Sampling& sampling);

  // kBatchShape when `out` is not a whole number of frames or longer than the window,
  // kRecordingTruncated when the file cannot be decoded there.
  [[nodiscard]] Status Read(Microseconds start, std::span<std::int16_t> out) override;
  [[nodiscard]] Microseconds life() const override;

  [[nodiscard]] const Recording& recording() const { return recording_; }

 private:
  RecordingPlayer(Recording recording, const Sampling& sampling);

  Recording recording_;
  Quantiser quantise_;
  std::vector<float> g_;  // one window
  Microseconds step_{};   // from one window to the next
  std::uint64_t step_frames_ = 0;
  std::int64_t windows_ = 0;
};

}  // namespace torpor::simulate
