#include "contract/difference.h"

#include "contract/fields.h"
#include "core/hex.h"

namespace torpor::contract {
namespace {

// Appends to a text and drops what does not fit.
class Line {
 public:
  Line& operator<<(std::string_view text) {
    for (const char c : text) {
      if (line_.length < line_.characters.size()) line_.characters[line_.length++] = c;
    }
    return *this;
  }
  Line& operator<<(std::uint64_t number) {
    std::array<char, 20> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return *this << std::string_view(digits.data() + at, digits.size() - at);
  }
  [[nodiscard]] const Address& text() const { return line_; }

 private:
  Address line_;
};

std::string_view NameOf(std::span<const std::string_view> names, std::uint64_t choice) {
  return choice >= 1 && choice <= names.size()
             ? names[static_cast<std::size_t>(choice) - 1]
             : "?";
}

void PutTarget(Line& line, const Target& target) {
  line << NameOf(TargetKindNames(), static_cast<std::uint64_t>(target.kind));
  if (target.id.length != 0) line << ":" << target.id.view();
}

void PutSensor(Line& line, const Sensor& s) {
  line << "id " << s.id << ", " << s.sample_rate_millihertz << " mHz, " << s.axes
       << " axes, " << s.full_scale_milli_g << " mg, " << s.bits << " bits";
}

void PutDigest(Line& line, const Digest& digest) {
  std::array<char, 2 * sizeof(Digest)> digits{};
  WriteHex(digest, digits);
  line << std::string_view(digits.data(), digits.size());
}

// One entry of a list.
void PutEntry(Line& line, const Terms& t, const Field& field, std::size_t i) {
  if (field.kind == FieldKind::kTargets) return PutTarget(line, t.target_slots[i]);
  if (field.kind == FieldKind::kSensors) return PutSensor(line, t.sensor_slots[i]);
  if (field.kind == FieldKind::kDigests) return PutDigest(line, t.calibration_slots[i]);
  line << t.alarm_sink_slots[i].view();
}

std::size_t Entries(const Terms& t, const Field& field) {
  const std::size_t room = static_cast<std::size_t>(field.max);
  const auto count = static_cast<std::size_t>(field.get(t));
  return count < room ? count : room;
}

std::string_view TextOf(const Terms& t, const Field& field) {
  switch (field.number) {
    case kFleetField:
      return t.fleet.view();
    case kNameField:
      return t.name.view();
    default:
      return t.gateway.view();
  }
}

void PutNumber(Line& line, const Field& field, std::uint64_t number) {
  if (field.kind == FieldKind::kChoice) {
    line << NameOf(ChoiceNames(field.number), number);
    return;
  }
  line << number;
  if (!field.unit.empty()) line << " " << field.unit;
}

Address EntryText(const Terms& t, const Field& field, std::size_t i) {
  Line line;
  if (i < Entries(t, field)) {
    line << "[" << i << "] ";
    PutEntry(line, t, field, i);
  } else {
    line << Entries(t, field) << " entries";
  }
  return line.text();
}

// Fills in the field's difference; false when there is none.
bool Differs(const Terms& ours, const Terms& theirs, const Field& field,
             Difference& difference) {
  difference.field = field.number;
  if (field.IsNumber()) {
    if (field.get(ours) == field.get(theirs)) return false;
    difference.ours = FormatField(ours, field.number);
    difference.theirs = FormatField(theirs, field.number);
    return true;
  }
  if (field.kind == FieldKind::kText) {
    difference.ours = FormatField(ours, field.number);
    difference.theirs = FormatField(theirs, field.number);
    return !(difference.ours == difference.theirs);
  }
  const std::size_t longer = Entries(ours, field) > Entries(theirs, field)
                                 ? Entries(ours, field)
                                 : Entries(theirs, field);
  for (std::size_t i = 0; i < longer; ++i) {
    difference.ours = EntryText(ours, field, i);
    difference.theirs = EntryText(theirs, field, i);
    if (!(difference.ours == difference.theirs)) return true;
  }
  return false;
}

}  // namespace

Address FormatField(const Terms& terms, std::uint32_t number) {
  Line line;
  const Field* field = FindField(number);
  if (field == nullptr) return line.text();
  if (field->IsNumber()) {
    PutNumber(line, *field, field->get(terms));
  } else if (field->kind == FieldKind::kText) {
    line << TextOf(terms, *field);
  } else {
    const std::size_t count = Entries(terms, *field);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) line << "; ";
      PutEntry(line, terms, *field, i);
    }
    if (count == 0) line << "none";
  }
  return line.text();
}

std::size_t Differences(const Terms& ours, const Terms& theirs,
                        std::span<Difference> out) {
  std::size_t count = 0;
  for (const Field& field : Fields()) {
    Difference difference;
    if (!Differs(ours, theirs, field, difference)) continue;
    if (count < out.size()) out[count] = difference;
    ++count;
  }
  return count;
}

std::optional<Difference> FirstDifference(const Terms& ours, const Terms& theirs) {
  Difference difference;
  for (const Field& field : Fields()) {
    if (Differs(ours, theirs, field, difference)) return difference;
  }
  return std::nullopt;
}

}  // namespace torpor::contract
