#include "contract/sign/source_lists.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "contract/fields.h"
#include "core/hex.h"

namespace torpor::contract::sign {
namespace {

FieldKind KindOf(const SourceKey& key) { return FindField(key.field)->kind; }

std::string PutTarget(const SourceKey& key, std::string_view text, Target& target) {
  target = {};
  if (text == "all") {
    target.kind = TargetKind::kAll;
    return {};
  }
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (colon == std::string_view::npos || (kind != "group" && kind != "robot")) {
    return "a target is \"all\", \"group:ID\" or \"robot:ID\", not '" +
           std::string(text) + "'";
  }
  target.kind = kind == "group" ? TargetKind::kGroup : TargetKind::kRobot;
  const std::string_view id = text.substr(colon + 1);
  target.id.Assign(id);
  return Misfit(key, id, target.id.characters.size());
}

std::string PutSink(const SourceKey& key, std::string_view text, Address& sink) {
  sink.Assign(text);
  return Misfit(key, text, sink.characters.size());
}

std::string PutDigest(std::string_view text, Digest& digest) {
  const auto read = ReadHex<sizeof(Digest)>(text);
  if (!read) {
    return "a calibration is named by its digest in 64 lower-case hex digits, not '" +
           std::string(text) + "'";
  }
  digest = *read;
  return {};
}

std::string TargetText(const Target& target) {
  switch (target.kind) {
    case TargetKind::kGroup:
      return "group:" + std::string(target.id.view());
    case TargetKind::kRobot:
      return "robot:" + std::string(target.id.view());
    default:
      return "all";
  }
}

std::string DigestText(const Digest& digest) {
  std::string digits(2 * digest.size(), '0');
  WriteHex(digest, digits);
  return digits;
}

}  // namespace

std::string Misfit(const SourceKey& key, std::string_view text, std::size_t room) {
  if (!text.empty() && text.size() <= room) return {};
  return key.path() + " has " + std::to_string(text.size()) +
         " characters, allowed are 1 to " + std::to_string(room);
}

std::string PutEntry(const SourceKey& key, std::string_view text, std::size_t slot,
                     Terms& terms) {
  switch (KindOf(key)) {
    case FieldKind::kTargets:
      return PutTarget(key, text, terms.target_slots[slot]);
    case FieldKind::kDigests:
      return PutDigest(text, terms.calibration_slots[slot]);
    default:
      return PutSink(key, text, terms.alarm_sink_slots[slot]);
  }
}

void CloseList(const SourceKey& key, std::uint32_t count, Terms& terms) {
  switch (KindOf(key)) {
    case FieldKind::kTargets:
      terms.target_count = count;
      std::ranges::sort(std::span(terms.target_slots).first(count), {},
                        [](const Target& t) { return std::pair(t.kind, t.id.view()); });
      break;
    case FieldKind::kDigests:
      terms.calibration_count = count;
      std::ranges::sort(std::span(terms.calibration_slots).first(count));
      break;
    default:
      terms.alarm_sink_count = count;
      std::ranges::sort(std::span(terms.alarm_sink_slots).first(count), {},
                        [](const Address& a) { return a.view(); });
  }
}

std::vector<std::string> EntryTexts(const SourceKey& key, const Terms& terms) {
  std::vector<std::string> texts;
  switch (KindOf(key)) {
    case FieldKind::kTargets:
      std::ranges::transform(terms.targets(), std::back_inserter(texts), TargetText);
      break;
    case FieldKind::kDigests:
      std::ranges::transform(terms.calibrations(), std::back_inserter(texts), DigestText);
      break;
    default:
      std::ranges::transform(
          terms.alarm_sinks(), std::back_inserter(texts),
          [](const Address& sink) { return std::string(sink.view()); });
  }
  return texts;
}

}  // namespace torpor::contract::sign
