#include "firmware/port/host/sensors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "link/messages.h"
#include "simulate/manifest.h"
#include "simulate/recording_player.h"

namespace torpor::firmware::host {
namespace {

using Made = simulate::Attempt<std::unique_ptr<simulate::Accelerometer>>;

template <class T>
Made AsAccelerometer(simulate::Attempt<std::unique_ptr<T>> made) {
  if (!made.ok()) return made.refusal();
  return std::unique_ptr<simulate::Accelerometer>(*std::move(made));
}

Made Make(const Source& source, std::size_t which, const contract::Terms& terms) {
  const contract::Sensor& sensor = terms.sensors()[which];
  if (const auto* bearing = std::get_if<simulate::BearingOptions>(&source)) {
    return AsAccelerometer(simulate::Bearing::Make(*bearing, sensor));
  }
  const auto* recordings = std::get_if<Recordings>(&source);
  if (recordings == nullptr || which >= recordings->ids.size()) {
    const std::size_t given = recordings == nullptr ? 0 : recordings->ids.size();
    return simulate::Refusal{Status::kRecordingMissing,
                             "the contract has more sensors than were given",
                             std::to_string(terms.sensor_count), std::to_string(given)};
  }
  const auto manifest = simulate::ReadManifest(recordings->data);
  if (!manifest.ok()) return manifest.refusal();
  const auto entry = manifest->Take(recordings->ids[which]);
  if (!entry.ok()) return entry.refusal();
  return AsAccelerometer(
      simulate::RecordingPlayer::Open(*entry, {sensor, terms.sample, terms.period}));
}

}  // namespace

link::Refusal Sensors::Prepare(const contract::Terms& terms, std::string& what) {
  fitted_.clear();
  for (std::size_t i = 0; i < terms.sensor_count; ++i) {
    auto made = Make(source_, i, terms);
    if (!made.ok()) {
      what = made.refusal().what;
      return link::Refused(made.status(), made.refusal().ours, made.refusal().theirs);
    }
    fitted_.push_back({terms.sensors()[i].id, *std::move(made), false, {}, {}});
  }
  return {};
}

Sensors::Fitted* Sensors::Find(const contract::Sensor& sensor) {
  const auto found = std::ranges::find(fitted_, sensor.id, &Fitted::id);
  return found == fitted_.end() ? nullptr : &*found;
}

Status Sensors::Start(const contract::Sensor& sensor, Milliseconds window,
                      Microseconds life) {
  Fitted* const fitted = Find(sensor);
  if (fitted == nullptr) return Status::kInternal;
  if (life >= fitted->accelerometer->life()) return Status::kNothingNew;
  fitted->open = true;
  fitted->began = life;
  fitted->window = window;
  return Status::kOk;
}

// A simulated sensor has its whole window at the window's end, and nothing before.
Result<std::size_t> Sensors::Read(const contract::Sensor& sensor, Microseconds life,
                                  std::span<std::int16_t> out) {
  const Fitted* const fitted = Find(sensor);
  if (fitted == nullptr || !fitted->open) return Status::kInternal;
  if (life < fitted->began + fitted->window) return std::size_t{0};
  const Status read = fitted->accelerometer->Read(fitted->began, out);
  if (read != Status::kOk) return read;
  return out.size();
}

std::uint32_t Sensors::ShaftMillirpm() const {
  for (const Fitted& fitted : fitted_) {
    if (!fitted.open) continue;
    if (const auto hz = fitted.accelerometer->ShaftHz(fitted.began)) {
      return static_cast<std::uint32_t>(std::lround(*hz * 60'000));
    }
  }
  return link::kSpeedUnknown;
}

void Sensors::Stop() {
  for (Fitted& fitted : fitted_) fitted.open = false;
}

}  // namespace torpor::firmware::host
