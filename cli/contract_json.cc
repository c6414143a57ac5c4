#include "cli/contract_json.h"

#include <string>

#include "contract/difference.h"
#include "contract/fields.h"
#include "contract/sign/describe.h"
#include "core/hex.h"
#include "core/status_table.h"

namespace torpor::cli {

using contract::Field;
using contract::FieldKind;
using nlohmann::ordered_json;

ordered_json ToJson(const contract::Terms& terms) {
  ordered_json json;
  for (const Field& field : contract::Fields()) {
    ordered_json& value = json[std::string(field.name)];
    switch (field.kind) {
      case FieldKind::kNumber:
        value = field.get(terms);
        break;
      case FieldKind::kChoice:
      case FieldKind::kText:
        value = std::string(contract::FormatField(terms, field.number).view());
        break;
      case FieldKind::kTargets:
        value = ordered_json::array();
        for (const contract::Target& target : terms.targets()) {
          const auto kind = static_cast<std::size_t>(target.kind) - 1;
          value.push_back({{"kind", std::string(contract::TargetKindNames()[kind])},
                           {"id", std::string(target.id.view())}});
        }
        break;
      case FieldKind::kSensors:
        value = ordered_json::array();
        for (const contract::Sensor& sensor : terms.sensors()) {
          ordered_json& entry = value.emplace_back();
          for (const contract::Part& part : contract::SensorParts()) {
            entry[std::string(part.name)] = contract::SensorNumber(sensor, part.number);
          }
        }
        break;
      case FieldKind::kSinks:
        value = ordered_json::array();
        for (const contract::Address& sink : terms.alarm_sinks()) {
          value.push_back(std::string(sink.view()));
        }
        break;
      case FieldKind::kDigests:
        value = ordered_json::array();
        for (const Digest& digest : terms.calibrations()) {
          std::string hex(2 * digest.size(), '0');
          WriteHex(digest, hex);
          value.push_back(hex);
        }
        break;
    }
  }
  return json;
}

ordered_json ToJson(const contract::Finding& finding) {
  return {{"reason", static_cast<int>(finding.status)},
          {"name", std::string(Info(finding.status).name)},
          {"field", finding.field},
          {"field_name", std::string(contract::FieldName(finding.field))},
          {"part", finding.part},
          {"entry", finding.entry},
          {"found", finding.found},
          {"allowed", finding.allowed},
          {"what", contract::sign::Describe(finding)}};
}

ordered_json ToJson(const std::optional<contract::sign::NamedContract>& contract) {
  if (!contract) return nullptr;
  std::string id(2 * contract->id.size(), '0');
  WriteHex(contract->id, id);
  return {{"name", contract->name},
          {"epoch", contract->version.epoch},
          {"version", contract->version.number},
          {"contract", id.substr(0, 16)},
          {"id", id}};
}

}  // namespace torpor::cli
