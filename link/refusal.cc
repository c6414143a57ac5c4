#include "link/refusal.h"

#include "contract/fields.h"
#include "core/status_table.h"
#include "link/line.h"

namespace torpor::link {

Refusal Refused(Status status, std::string_view ours, std::string_view theirs) {
  Refusal refusal{.reason = static_cast<std::uint16_t>(status), .ours = {}, .theirs = {}};
  refusal.ours.Assign(ours);
  refusal.theirs.Assign(theirs);
  return refusal;
}

Refusal Swapped(const Refusal& refusal) {
  return {.reason = refusal.reason, .ours = refusal.theirs, .theirs = refusal.ours};
}

bool Passes(std::uint16_t reason) {
  switch (static_cast<Status>(reason)) {
    case Status::kLinkTimeout:
    case Status::kPacketCorrupt:
    case Status::kTakeOverUnderWay:
    case Status::kFlashIo:
      return true;
    default:
      return false;
  }
}

std::string_view NameOf(std::uint16_t reason) {
  const Refusal refusal{.reason = reason, .ours = {}, .theirs = {}};
  return refusal.field() != 0 ? contract::FieldName(refusal.field())
                              : Info(refusal.status()).name;
}

std::string_view FormatRefusal(std::string_view program, const Refusal& refusal,
                               std::span<char> out) {
  const StatusInfo& info = Info(refusal.status());
  Line line(out);
  line << "{\"program\":";
  line.Quote(program) << ",\"reason\":" << refusal.reason << ",\"name\":";
  line.Quote(NameOf(refusal.reason)) << ",\"what\":";
  line.Quote(info.meaning) << ",\"ours\":";
  line.Quote(refusal.ours.view()) << ",\"theirs\":";
  line.Quote(refusal.theirs.view()) << ",\"do\":";
  line.Quote(info.advice) << "}";
  return line.view();
}

}  // namespace torpor::link
