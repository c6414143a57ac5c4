#include "firmware/core/sampler.h"

#include <algorithm>

#include "firmware/core/port.h"
#include "link/messages.h"
#include "signal/speed.h"

namespace torpor::firmware {

static_assert(signal::kSpeedUnknown == link::kSpeedUnknown);
static_assert(signal::kSpeedChanged == link::kSpeedChanged);

void Sampler::Start(const contract::Terms& terms, Instant first) {
  terms_ = &terms;
  opens_ = first;
  slots_.Limit(terms.queue_limit_batches);
}

void Sampler::Stop() {
  port::ImuStop();
  slots_.Abandon();
}

Event Sampler::Open(Instant now) {
  // Windows that were slept through are gone; the rhythm stays.
  const auto missed = std::max<std::int64_t>((now - opens_) / terms_->period, 0);
  if (missed > 0) {
    opens_ += missed * terms_->period;
    windows_ += static_cast<std::uint64_t>(missed);
    faults_ += static_cast<std::uint32_t>(missed);
    last_fault_ = Status::kCycleMissed;
  }
  opens_ += terms_->period;
  ++windows_;
  opened_ = now;
  taken_ = {};
  room_ = slots_.Fill();
  if (room_.empty()) return Event::kWindowCloses;  // counted as dropped by the slots
  for (const contract::Sensor& sensor : terms_->sensors()) {
    const Status started = port::ImuStart(sensor, terms_->sample);
    if (started == Status::kNothingNew) {
      Stop();
      return Event::kLifeEnds;
    }
    if (started != Status::kOk) return GiveUp(started);
  }
  speed_opened_ = port::ShaftSpeedMillirpm();
  return Event::kWindowOpens;
}

std::span<std::int16_t> Sampler::Rest(std::size_t sensor) const {
  std::size_t offset = 0;
  for (std::size_t i = 0; i < sensor; ++i) {
    offset += contract::BatchBytes(terms_->sensor_slots[i], terms_->sample);
  }
  const std::size_t values =
      contract::BatchBytes(terms_->sensor_slots[sensor], terms_->sample) / 2;
  // The arena is aligned for int16, and the lint has checked that all sensors fit.
  auto* const first = reinterpret_cast<std::int16_t*>(room_.data() + offset);  // NOLINT
  return std::span(first, values).subspan(taken_[sensor]);
}

Event Sampler::Continue(Instant now) {
  bool whole = true;
  std::uint32_t bytes = 0;
  for (std::size_t i = 0; i < terms_->sensor_count; ++i) {
    const contract::Sensor& sensor = terms_->sensor_slots[i];
    bytes += contract::BatchBytes(sensor, terms_->sample);
    const auto rest = Rest(i);
    if (rest.empty()) continue;
    const auto read = port::ImuRead(sensor, rest);
    if (!read.ok()) {
      if (read.status() == Status::kNothingNew) {
        Stop();
        return Event::kLifeEnds;
      }
      return GiveUp(read.status());
    }
    taken_[i] += std::min(*read, rest.size());
    whole = whole && *read >= rest.size();
  }
  const Instant end = opened_ + terms_->sample;
  if (!whole) {
    return now < end + terms_->mcu_guard ? Event::kWindowOpens
                                         : GiveUp(Status::kBatchIncomplete);
  }
  const std::uint32_t speed =
      signal::SpeedOfWindow(speed_opened_, port::ShaftSpeedMillirpm());
  port::ImuStop();
  // The earlier of the two possible ends: an age may be overstated, never understated.
  slots_.Complete({.sequence = windows_,
                   .capture_end = std::min(now, end),
                   .bytes = bytes,
                   .speed_millirpm = speed});
  last_fault_ = Status::kOk;
  return Event::kWindowCloses;
}

Event Sampler::GiveUp(Status why) {
  Stop();
  ++faults_;
  last_fault_ = why;
  return Event::kWindowCloses;
}

Instant Sampler::due(Instant now) const {
  const Instant end = opened_ + terms_->sample;
  return now < end ? end : end + terms_->mcu_guard;
}

Microseconds Sampler::NextReadyIn(Instant now, State state) const {
  const Instant start = state == State::kSampling ? opened_ : opens_;
  const Instant ready = start + terms_->sample + terms_->mcu_guard;
  return std::max(ready - now, Microseconds(0));
}

}  // namespace torpor::firmware
