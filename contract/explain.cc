#include "contract/explain.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "contract/fields.h"
#include "core/bytes.h"

namespace torpor::contract {
namespace {

using enum Status;

// Protobuf's wire types; the schema uses no other.
constexpr std::uint64_t kVarintType = 0, kLengthType = 2;

// What the walk has to know of a field, at the top or inside an entry.
struct Rule {
  bool text_or_message = false;
  bool message = false;
  bool repeated = false;
  bool digest = false;
  std::uint64_t max = 0;  // value, length or entries
};

class Walk {
 public:
  explicit Walk(std::span<const std::byte> bytes) : reader_(bytes) {}

  [[nodiscard]] bool done() const { return reader_.rest().empty(); }
  [[nodiscard]] Status status() const { return status_; }

  // Little endian in groups of seven bits, shortest form.
  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const auto byte = reader_.Read<std::uint8_t>();
      if (!reader_.ok()) return Fail(kPayloadMalformed);
      const std::uint64_t low = byte & 0x7FU;
      if (shift == 63 && low > 1) return Fail(kOverlongVarint);
      value |= low << shift;
      if ((byte & 0x80U) == 0) {
        return byte == 0 && shift > 0 ? Fail(kOverlongVarint) : value;
      }
    }
    return Fail(kOverlongVarint);
  }

  std::span<const std::byte> Take(std::uint64_t length) {
    if (length > reader_.rest().size()) {
      Fail(kPayloadMalformed);
      return {};
    }
    return reader_.Take(static_cast<std::size_t>(length));
  }

 private:
  std::uint64_t Fail(Status status) {
    if (status_ == kOk) status_ = status;
    return 0;
  }

  ByteReader reader_;
  Status status_ = kOk;
};

std::optional<Rule> RuleOf(const Field& field) {
  const bool number = field.IsNumber();
  const bool message =
      field.kind == FieldKind::kTargets || field.kind == FieldKind::kSensors;
  const bool digest = field.kind == FieldKind::kDigests;
  const bool repeated = message || digest || field.kind == FieldKind::kSinks;
  return Rule{!number, message, repeated, digest, field.max};
}

std::optional<Rule> FindRule(std::uint32_t top, std::uint64_t number) {
  if (number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  if (top == 0) {
    const Field* field = FindField(static_cast<std::uint32_t>(number));
    return field == nullptr ? std::nullopt : RuleOf(*field);
  }
  const auto parts = top == kTargetsField ? TargetParts() : SensorParts();
  if (number == 0 || number > parts.size()) return std::nullopt;
  const Part& part = parts[static_cast<std::size_t>(number) - 1];
  return Rule{part.kind == FieldKind::kText, false, false, false, part.max};
}

bool Printable(std::span<const std::byte> text) {
  return std::ranges::all_of(
      text, [](std::byte b) { return b >= std::byte{0x20} && b < std::byte{0x7F}; });
}

// One message: the payload (top 0), or an entry of field `top`.
Finding Explain(std::span<const std::byte> bytes, std::uint16_t top) {
  Walk walk(bytes);
  std::uint64_t seen = 0;  // bit per field number; the schema ends below 64
  std::uint64_t last = 0, entries = 0;
  while (!walk.done()) {
    const std::uint64_t key = walk.Varint();
    const std::uint64_t number = key >> 3, type = key & 7;
    Finding finding;
    finding.field = top;
    if (walk.status() != kOk || number == 0) {
      finding.status = walk.status() != kOk ? walk.status() : kPayloadMalformed;
      return finding;
    }
    if (top == 0) finding.field = static_cast<std::uint16_t>(number);
    if (top != 0) finding.part = static_cast<std::uint8_t>(number);
    const auto refuse = [&finding](Status status) {
      finding.status = status;
      return finding;
    };

    const std::optional<Rule> rule = FindRule(top, number);
    if (!rule) {
      finding.found = number;
      return refuse(kUnknownField);
    }
    if (type != (rule->text_or_message ? kLengthType : kVarintType)) {
      finding.found = type;
      return refuse(kWrongWireType);
    }
    const bool again = ((seen >> number) & 1) != 0;
    if (again && !(rule->repeated && number == last)) return refuse(kDuplicateField);
    if (!again && number < last) return refuse(kFieldOrder);
    entries = again ? entries + 1 : 1;
    finding.entry = static_cast<std::uint8_t>(entries - 1);
    seen |= std::uint64_t{1} << number;
    last = number;

    const std::uint64_t value = walk.Varint();
    if (walk.status() != kOk) return refuse(walk.status());
    finding.found = rule->repeated ? entries : value;
    finding.allowed = rule->max;
    if (!rule->text_or_message) {
      if (value == 0) return refuse(kDefaultValue);
      if (value > rule->max) return refuse(kOutOfRange);
      continue;
    }
    const std::span<const std::byte> content = walk.Take(value);
    if (walk.status() != kOk) return refuse(walk.status());
    if (rule->repeated && entries > rule->max) return refuse(kFieldTooLong);
    if (rule->message) {
      Finding inner = Explain(content, static_cast<std::uint16_t>(number));
      inner.entry = finding.entry;
      if (inner.status != kOk) return inner;
      continue;
    }
    if (!rule->repeated && value == 0) return refuse(kDefaultValue);
    const std::uint64_t room = rule->digest     ? sizeof(Digest)
                               : rule->repeated ? Address{}.characters.size()
                                                : rule->max;
    finding.found = value;
    finding.allowed = room;
    if (value > room) return refuse(kFieldTooLong);
    if (rule->digest ? value < room : !Printable(content)) return refuse(kOutOfRange);
  }
  return {};
}

}  // namespace

Finding ExplainPayload(std::span<const std::byte> payload) { return Explain(payload, 0); }

}  // namespace torpor::contract
