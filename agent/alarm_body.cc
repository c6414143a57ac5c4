#include "agent/alarm_body.h"

#include <cmath>

#include "core/json_hosted.h"

namespace torpor::agent {
namespace {

using nlohmann::ordered_json;

// What a person would write down; no reader gains by seven digits of a band's edge.
double Rounded(double value) { return std::round(value * 10) / 10; }

ordered_json Json(const detect::Finding& finding) {
  ordered_json json{{"kind", detect::NameOf(finding.kind)},
                    {"axis", finding.axis},
                    {"low_hz", Rounded(double{finding.band.low})},
                    {"high_hz", Rounded(double{finding.band.high})},
                    {"spreads", Rounded(finding.spreads)}};
  if (finding.kind == signal::FeatureKind::kModulation) {
    json["modulation_low_hz"] = Rounded(double{finding.modulation.low});
    json["modulation_high_hz"] = Rounded(double{finding.modulation.high});
  }
  return json;
}

}  // namespace

std::string AlarmId(const std::string& robot_id, const telemetry::CycleRecord& record) {
  return robot_id + "-" + record.contract + "-" + std::to_string(record.cycle);
}

std::string AlarmBody(const std::string& robot_id, const telemetry::CycleRecord& record,
                      const detect::Explanation& explanation) {
  ordered_json body{{"id", AlarmId(robot_id, record)},
                    {"kind", "bearing"},
                    {"robot", robot_id},
                    {"contract", record.contract},
                    {"cycle", record.cycle},
                    {"score", record.score},
                    {"what", "a bearing of this robot is failing"},
                    {"because", record.because},
                    {"channel", detect::NameOf(explanation.spoke)},
                    {"findings", ordered_json::array()}};
  for (const detect::Finding& finding : explanation.findings) {
    body["findings"].push_back(Json(finding));
  }
  if (explanation.tone) {
    body["tone"] = {{"name", explanation.tone->name},
                    {"hz", Rounded(explanation.tone->hz)}};
  }
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace torpor::agent
