#include "contract/sign/describe.h"

#include <algorithm>

#include "contract/fields.h"
#include "contract/sign/source.h"
#include "contract/sign/source_keys.h"
#include "core/status_table.h"

namespace torpor::contract::sign {
namespace {

std::string Head(Status status) {
  const StatusInfo& info = Info(status);
  return std::string(info.name) + " (" + std::to_string(static_cast<int>(status)) +
         "): " + std::string(info.meaning);
}

const SourceKey* KeyOf(const Finding& finding) {
  const bool in_sensor = finding.field == kSensorsField && finding.part != 0;
  const auto keys = in_sensor ? SensorKeys() : SourceKeys();
  const auto number = in_sensor ? std::uint16_t{finding.part} : finding.field;
  const auto key =
      std::ranges::find_if(keys, [&](const SourceKey& k) { return k.field == number; });
  return key == keys.end() ? nullptr : &*key;
}

std::string Path(const Finding& finding, const SourceKey& key) {
  const Field* field = FindField(finding.field);
  const bool list =
      field != nullptr && !field->IsNumber() && field->kind != FieldKind::kText;
  if (!list) return key.path();
  std::string path =
      SourcePath(finding.field) + "[" + std::to_string(finding.entry) + "]";
  if (finding.field == kSensorsField && finding.part != 0) {
    path += "." + std::string(key.key);
  }
  return path;
}

}  // namespace

std::string Describe(const Finding& finding) {
  std::string text = Head(finding.status);
  const SourceKey* key = KeyOf(finding);
  if (key == nullptr) return text;
  text += ": " + Path(finding, *key);
  if (finding.found == 0 && finding.allowed == 0) return text;
  const auto number = [key](std::uint64_t n) {
    return key->kind == SourceKind::kDate ? FormatDate(n) : FormatQuantity(n, key->units);
  };
  return text + ": found " + number(finding.found) + ", allowed " +
         number(finding.allowed);
}

std::string Describe(Status status, const std::string& subject) {
  return Head(status) + ": " + subject;
}

}  // namespace torpor::contract::sign
