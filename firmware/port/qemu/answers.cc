#include "firmware/port/qemu/answers.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <string>

#include "link/refusal.h"

namespace torpor::firmware::qemu {
namespace {

using channel::Kind;

template <class T>  // a number or bytes
void Write(std::vector<std::byte>& out, T what, std::size_t size) {
  const std::size_t before = out.size();
  out.resize(before + size);
  ByteWriter(std::span(out).subspan(before)).Write(what);
}
template <std::unsigned_integral T>
void Append(std::vector<std::byte>& out, T value) {
  Write(out, value, sizeof(T));
}
void Append(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  Write(out, bytes, bytes.size());
}
void Append(std::vector<std::byte>& out, std::string_view text) {
  Append(out, AsBytes(text));
}

std::vector<std::byte> Only(Status status) {
  std::vector<std::byte> out;
  Append(out, static_cast<std::uint16_t>(status));
  return out;
}

// What a sensor is asked by.
contract::Sensor Named(std::uint32_t id) {
  contract::Sensor sensor;
  sensor.id = id;
  return sensor;
}

}  // namespace

Answers::Answers(host::Sensors& sensors, std::optional<simulate::BrokerClient> broker)
    : sensors_(sensors), broker_(std::move(broker)) {
  if (broker_) began_ = broker_->Now().time_since_epoch();
}

std::vector<std::byte> Answers::To(const Request& request) {
  ByteReader body(request.body);
  switch (request.kind) {
    case Kind::kPrepare:
      return Prepare(body);
    case Kind::kStart:
      return Start(body);
    case Kind::kRead:
      return Read(body);
    case Kind::kStop:
      sensors_.Stop();
      return {};
    case Kind::kSpeed: {
      std::vector<std::byte> out;
      Append(out, sensors_.ShaftMillirpm());
      return out;
    }
    case Kind::kSend:
      Advance(Life(body));
      if (broker_) broker_->Write(body.rest());
      return {};
    case Kind::kSleep:
      return Sleep(body);
  }
  return {};
}

std::vector<std::byte> Answers::Prepare(ByteReader& body) {
  contract::Terms terms;
  terms.sample = Milliseconds(body.Read<std::uint32_t>());
  terms.period = Milliseconds(body.Read<std::uint32_t>());
  terms.sensor_count = body.Read<std::uint32_t>();
  terms.sensor_count = std::min<std::uint32_t>(terms.sensor_count, contract::kMaxSensors);
  for (std::uint32_t i = 0; i < terms.sensor_count; ++i) {
    contract::Sensor& sensor = terms.sensor_slots[i];
    for (std::uint32_t* const value :
         {&sensor.id, &sensor.sample_rate_millihertz, &sensor.axes,
          &sensor.full_scale_milli_g, &sensor.bits}) {
      *value = body.Read<std::uint32_t>();
    }
  }
  std::string what;
  const link::Refusal refusal = sensors_.Prepare(terms, what);
  std::vector<std::byte> out;
  Append(out, refusal.reason);
  for (const contract::Address& text : {refusal.ours, refusal.theirs}) {
    Append(out, text.length);
    Append(out, text.view());
  }
  Append(out, "torpor-firmware: " + what.substr(0, 256));
  return out;
}

Microseconds Answers::Life(ByteReader& body) const {
  return began_ + Microseconds(static_cast<std::int64_t>(body.Read<std::uint64_t>()));
}

std::vector<std::byte> Answers::Start(ByteReader& body) {
  const auto sensor = Named(body.Read<std::uint32_t>());
  const Milliseconds window(body.Read<std::uint32_t>());
  return Only(sensors_.Start(sensor, window, Life(body)));
}

std::vector<std::byte> Answers::Read(ByteReader& body) {
  const auto sensor = Named(body.Read<std::uint32_t>());
  const Microseconds life = Life(body);
  std::vector<std::int16_t> samples(body.Read<std::uint32_t>());
  const auto read = sensors_.Read(sensor, life, samples);
  std::vector<std::byte> out = Only(read.status());
  if (!read.ok()) return out;
  for (const std::int16_t sample : std::span(samples).first(*read)) {
    Append(out, static_cast<std::uint16_t>(sample));
  }
  return out;
}

// The image has computed until then, so the broker's time comes there, whatever else
// happens meanwhile.
void Answers::Advance(Microseconds life) {
  if (broker_ && Instant(life) > broker_->Now()) {
    // That the run is over, the next sleep says too.
    [[maybe_unused]] const auto wake =
        broker_->WaitUntil(Instant(life), simulate::WakeOnBytes::kNo);
  }
}

std::vector<std::byte> Answers::Sleep(ByteReader& body) {
  std::vector<std::byte> out;
  Advance(Life(body));
  const auto asked =
      FromMicroseconds(static_cast<std::int64_t>(body.Read<std::uint64_t>()));
  if (!broker_) return out;
  const Instant deadline = asked == Instant::max() ? asked : asked + began_;
  const auto wake = broker_->WaitUntil(deadline, simulate::WakeOnBytes::kYes);
  std::array<std::byte, 4096> bytes{};
  const std::size_t size = broker_->Read(bytes);
  Append(out, static_cast<std::uint64_t>((broker_->Now() - Instant(began_)).count()));
  Append(out, static_cast<std::uint8_t>(wake == simulate::Wake::kStopped ? 1 : 0));
  Append(out, std::span<const std::byte>(bytes).first(size));
  return out;
}

}  // namespace torpor::firmware::qemu
