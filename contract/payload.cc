#include "contract/payload.h"

#include <pb_common.h>
#include <pb_decode.h>
#include <pb_encode.h>

#include <algorithm>
#include <cstring>

#include "contract.pb.h"
#include "contract/explain.h"
#include "contract/fields.h"

namespace torpor::contract {
namespace {

using enum Status;
using Wire = torpor_contract_v0_Contract;

static_assert(torpor_contract_v0_Contract_size <= kMaxPayloadBytes);
static_assert(torpor_contract_v0_Contract_targets_tag == kTargetsField);
static_assert(torpor_contract_v0_Contract_sensors_tag == kSensorsField);
static_assert(torpor_contract_v0_Contract_gateway_tag == kGatewayField);
static_assert(torpor_contract_v0_Contract_keyring_version_min_tag ==
              kKeyringVersionField);
static_assert(torpor_contract_v0_Contract_calibrations_tag == kCalibrationsField);

// nanopb holds a number in 1 byte (small enums), 4 or 8; by number, so that there is one
// list of fields (contract/fields.cc) and not two. Copied, never read as the enum it may
// be: out of range, that would be undefined.
template <class T>
std::uint64_t Peek(const void* place) {
  T value = 0;
  std::memcpy(&value, place, sizeof value);
  return value;
}
template <class T>
void Poke(void* place, std::uint64_t number) {
  const T value = static_cast<T>(number);
  std::memcpy(place, &value, sizeof value);
}

bool FindPlace(pb_field_iter_t& at, Wire& wire, const Field& field) {
  return pb_field_iter_begin(&at, torpor_contract_v0_Contract_fields, &wire) &&
         pb_field_iter_find(&at, field.number);
}

std::uint64_t ReadPlace(const pb_field_iter_t& at) {
  if (at.data_size == sizeof(std::uint8_t)) return Peek<std::uint8_t>(at.pData);
  if (at.data_size == sizeof(std::uint32_t)) return Peek<std::uint32_t>(at.pData);
  return Peek<std::uint64_t>(at.pData);
}

void WritePlace(const pb_field_iter_t& at, std::uint64_t number) {
  if (at.data_size == sizeof(std::uint8_t)) return Poke<std::uint8_t>(at.pData, number);
  if (at.data_size == sizeof(std::uint32_t)) return Poke<std::uint32_t>(at.pData, number);
  return Poke<std::uint64_t>(at.pData, number);
}

template <class E>
std::uint64_t EnumNumber(const E& choice) {
  if constexpr (sizeof(E) == sizeof(std::uint8_t)) return Peek<std::uint8_t>(&choice);
  return Peek<std::uint32_t>(&choice);
}

// Both sides of a text: nanopb's ends with a zero, ours knows its length.
template <std::size_t kWireRoom, std::size_t kRoom>
void FromText(char (&wire)[kWireRoom], const Text<kRoom>& text) {
  static_assert(kWireRoom == kRoom + 1);
  std::ranges::copy(text.view(), wire);
  wire[text.length] = '\0';
}
template <std::size_t kWireRoom, std::size_t kRoom>
void ToText(const char (&wire)[kWireRoom], Text<kRoom>& text) {
  static_assert(kWireRoom == kRoom + 1);
  text.Assign(std::string_view(
      wire, static_cast<std::size_t>(std::ranges::find(wire, '\0') - wire)));
}

// kOk, or why the number may not be there.
Status InBounds(std::uint64_t found, std::uint64_t min, std::uint64_t max,
                const Finding& where, Finding& why) {
  if (found >= min && found <= max) return kOk;
  why = where;
  why.status = found == 0 ? kFieldMissing : kOutOfRange;
  why.found = found;
  why.allowed = found < min ? min : max;
  return why.status;
}

Status ToWire(const Terms& terms, Wire& wire) {
  Finding why;
  for (const Field& field : Fields()) {
    const std::uint64_t number = field.get(terms);
    const Status status =
        InBounds(number, field.min, field.max, {.field = field.number}, why);
    if (status != kOk) return status;
    if (!field.IsNumber()) continue;
    pb_field_iter_t at;
    if (!FindPlace(at, wire, field)) return kInternal;
    WritePlace(at, number);
  }
  FromText(wire.fleet, terms.fleet);
  FromText(wire.name, terms.name);
  FromText(wire.gateway, terms.gateway);
  wire.targets_count = static_cast<pb_size_t>(terms.target_count);
  for (std::size_t i = 0; i < terms.target_count; ++i) {
    const Target& target = terms.target_slots[i];
    if (target.kind < TargetKind::kAll || target.kind > TargetKind::kRobot) {
      return target.kind == TargetKind{} ? kFieldMissing : kOutOfRange;
    }
    wire.targets[i].kind = static_cast<torpor_contract_v0_TargetKind>(target.kind);
    FromText(wire.targets[i].id, target.id);
  }
  wire.sensors_count = static_cast<pb_size_t>(terms.sensor_count);
  for (std::size_t i = 0; i < terms.sensor_count; ++i) {
    const Sensor& s = terms.sensor_slots[i];
    wire.sensors[i] = {s.id, s.sample_rate_millihertz, s.axes, s.full_scale_milli_g,
                       s.bits};
  }
  wire.alarm_sinks_count = static_cast<pb_size_t>(terms.alarm_sink_count);
  for (std::size_t i = 0; i < terms.alarm_sink_count; ++i) {
    FromText(wire.alarm_sinks[i], terms.alarm_sink_slots[i]);
  }
  wire.calibrations_count = static_cast<pb_size_t>(terms.calibration_count);
  static_assert(sizeof wire.calibrations == sizeof terms.calibration_slots);
  std::memcpy(wire.calibrations, terms.calibration_slots.data(),
              sizeof wire.calibrations);
  return kOk;
}

Status TargetsToTerms(const Wire& wire, Terms& terms, Finding& why) {
  for (std::uint8_t i = 0; i < wire.targets_count; ++i) {
    const Part& kind = TargetParts()[0];
    const std::uint64_t number = EnumNumber(wire.targets[i].kind);
    const Status status =
        InBounds(number, kind.min, kind.max,
                 {.field = kTargetsField, .part = kind.number, .entry = i}, why);
    if (status != kOk) return status;
    terms.target_slots[i].kind = static_cast<TargetKind>(number);
    ToText(wire.targets[i].id, terms.target_slots[i].id);
  }
  return kOk;
}

Status SensorsToTerms(const Wire& wire, Terms& terms, Finding& why) {
  for (std::uint8_t i = 0; i < wire.sensors_count; ++i) {
    const auto& s = wire.sensors[i];
    Sensor& sensor = terms.sensor_slots[i];
    sensor = {s.id, s.sample_rate_mhz, s.axes, s.full_scale_mg, s.bits};
    for (const Part& part : SensorParts()) {
      const Status status =
          InBounds(SensorNumber(sensor, part.number), part.min, part.max,
                   {.field = kSensorsField, .part = part.number, .entry = i}, why);
      if (status != kOk) return status;
    }
  }
  return kOk;
}

Status ToTerms(Wire& wire, Terms& terms, Finding& why) {
  ToText(wire.fleet, terms.fleet);
  ToText(wire.name, terms.name);
  ToText(wire.gateway, terms.gateway);
  terms.target_count = wire.targets_count;
  terms.sensor_count = wire.sensors_count;
  terms.alarm_sink_count = wire.alarm_sinks_count;
  terms.calibration_count = wire.calibrations_count;
  for (const Field& field : Fields()) {
    std::uint64_t number = 0;
    if (field.IsNumber()) {
      pb_field_iter_t at;
      if (!FindPlace(at, wire, field)) return why.status = kInternal;
      number = ReadPlace(at);
    } else {
      number = field.get(terms);
    }
    const Status status =
        InBounds(number, field.min, field.max, {.field = field.number}, why);
    if (status != kOk) return status;
    if (field.IsNumber()) field.set(terms, number);
  }
  for (std::uint32_t i = 0; i < wire.alarm_sinks_count; ++i) {
    ToText(wire.alarm_sinks[i], terms.alarm_sink_slots[i]);
  }
  std::memcpy(terms.calibration_slots.data(), wire.calibrations,
              sizeof terms.calibration_slots);
  const Status status = TargetsToTerms(wire, terms, why);
  return status != kOk ? status : SensorsToTerms(wire, terms, why);
}

// An output that keeps nothing and compares everything, so that re-encoding needs no
// second buffer.
bool CompareOnWrite(pb_ostream_t* stream, const pb_byte_t* bytes, std::size_t count) {
  auto& rest = *static_cast<std::span<const std::byte>*>(stream->state);
  if (count > rest.size() ||
      !std::ranges::equal(std::as_bytes(std::span(bytes, count)), rest.first(count))) {
    return false;
  }
  rest = rest.subspan(count);
  return true;
}

bool EncodesTo(const Wire& wire, std::span<const std::byte> bytes) {
  std::span<const std::byte> rest = bytes;
  pb_ostream_t stream{CompareOnWrite, &rest, bytes.size(), 0, nullptr};
  return pb_encode(&stream, torpor_contract_v0_Contract_fields, &wire) && rest.empty();
}

}  // namespace

Result<std::size_t> EncodePayload(const Terms& terms, std::span<std::byte> out) {
  Wire wire = torpor_contract_v0_Contract_init_zero;
  const Status status = ToWire(terms, wire);
  if (status != kOk) return status;
  pb_ostream_t stream =
      pb_ostream_from_buffer(reinterpret_cast<pb_byte_t*>(out.data()), out.size());
  if (!pb_encode(&stream, torpor_contract_v0_Contract_fields, &wire)) {
    return kFieldTooLong;
  }
  return stream.bytes_written;
}

bool EncodesTo(const Terms& terms, std::span<const std::byte> payload) {
  Wire wire = torpor_contract_v0_Contract_init_zero;
  return ToWire(terms, wire) == kOk && EncodesTo(wire, payload);
}

Result<Terms> DecodePayload(std::span<const std::byte> payload, Finding* why) {
  Terms terms;
  const Status status = DecodePayload(payload, terms, why);
  if (status != kOk) return status;
  return terms;
}

Status DecodePayload(std::span<const std::byte> payload, Terms& terms, Finding* why) {
  Finding local;
  Finding& finding = why != nullptr ? *why : local;
  finding = {};
  if (payload.empty() || payload.size() > kMaxPayloadBytes) {
    finding = {.status = payload.empty() ? kFieldMissing : kFieldTooLong,
               .found = payload.size(),
               .allowed = kMaxPayloadBytes};
    return finding.status;
  }
  Wire wire = torpor_contract_v0_Contract_init_zero;
  pb_istream_t stream = pb_istream_from_buffer(
      reinterpret_cast<const pb_byte_t*>(payload.data()), payload.size());
  const bool decoded = pb_decode(&stream, torpor_contract_v0_Contract_fields, &wire);
  if (!decoded || !EncodesTo(wire, payload)) {
    finding = ExplainPayload(payload);
    if (finding.status == kOk) {
      finding.status = decoded ? kNotCanonical : kPayloadMalformed;
    }
    return finding.status;
  }
  terms = {};
  return ToTerms(wire, terms, finding);
}

}  // namespace torpor::contract
