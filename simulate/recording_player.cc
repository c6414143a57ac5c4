#include "simulate/recording_player.h"

#include <algorithm>
#include <string>
#include <utility>

namespace torpor::simulate {
namespace {

Refusal Disagree(const Entry& entry, Status status, const std::string& theirs,
                 const std::string& ours) {
  return {.status = status,
          .what = "recording " + entry.id + " has " + theirs +
                  ", the contract asks for " + ours,
          .ours = ours,
          .theirs = theirs};
}

}  // namespace

Attempt<std::unique_ptr<RecordingPlayer>> RecordingPlayer::Open(
    const Entry& entry, const Sampling& sampling) {
  const contract::Sensor& sensor = sampling.sensor;
  if (entry.sample_rate_hz * 1000 != sensor.sample_rate_millihertz) {
    return Disagree(entry, Status::kRecordingRate, Decimal(entry.sample_rate_hz) + " Hz",
                    Decimal(sensor.sample_rate_millihertz / 1000.0) + " Hz");
  }
  if (entry.channels.size() != sensor.axes) {
    return Disagree(entry, Status::kRecordingAxes,
                    std::to_string(entry.channels.size()) + " axes",
                    std::to_string(sensor.axes) + " axes");
  }
  const std::uint32_t frames = contract::FramesPerBatch(sensor, sampling.window);
  if (frames == 0 || sampling.period.count() <= 0 || sensor.full_scale_milli_g == 0) {
    return Refusal{.status = Status::kOutOfRange,
                   .what = "a sensor without full scale, window or period plays nothing",
                   .ours = {},
                   .theirs = {}};
  }
  auto recording = Recording::Open(entry);
  if (!recording.ok()) return recording.refusal();

  const std::uint64_t room =
      entry.snapshots ? entry.snapshots->frames : recording->frames();
  if (frames > room) {
    return Disagree(entry, Status::kRecordingTooShort,
                    std::to_string(room) + " frames" +
                        (entry.snapshots ? " in a snapshot" : " in all"),
                    std::to_string(frames) + " frames in a batch");
  }
  return std::unique_ptr<RecordingPlayer>(
      new RecordingPlayer(*std::move(recording), sampling));
}

RecordingPlayer::RecordingPlayer(Recording recording, const Sampling& sampling)
    : recording_(std::move(recording)), quantise_(sampling.sensor) {
  const std::uint64_t frames = contract::FramesPerBatch(sampling.sensor, sampling.window);
  g_.resize(frames * sampling.sensor.axes);
  if (const auto& snapshots = recording_.entry().snapshots) {
    step_ = snapshots->interval;
    step_frames_ = snapshots->frames;
    windows_ = snapshots->count;
  } else {
    step_ = sampling.period;
    step_frames_ = frames;
    const auto windows = static_cast<std::int64_t>(recording_.frames() / frames);
    windows_ = std::min(windows, Microseconds::max() / step_);
  }
}

Status RecordingPlayer::Read(Microseconds start, std::span<std::int16_t> out) {
  if (out.size() > g_.size()) return Status::kBatchShape;
  if (start.count() < 0 || start >= life()) return Status::kNothingNew;
  const auto index = static_cast<std::uint64_t>(start / step_);
  const std::span<float> g = std::span(g_).first(out.size());
  const Status read = recording_.Read(index * step_frames_, g);
  if (read != Status::kOk) return read;
  for (std::size_t i = 0; i < g.size(); ++i)
    out[i] = quantise_(static_cast<double>(g[i]));
  return Status::kOk;
}

Microseconds RecordingPlayer::life() const { return step_ * windows_; }

}  // namespace torpor::simulate
