#include "contract/sign/activation_report.h"

#include <exception>
#include <string_view>

#include "contract/sign/report_json.h"
#include "core/hex.h"
#include "core/json_hosted.h"

namespace torpor::contract::sign {
namespace {

using nlohmann::ordered_json;

ordered_json ToJson(const Version& version) {
  return {{"epoch", version.epoch}, {"version", version.number}};
}

ordered_json ToJson(const std::optional<NamedContract>& contract) {
  if (!contract) return nullptr;
  std::string id(2 * contract->id.size(), '0');
  WriteHex(contract->id, id);
  return {{"name", contract->name},
          {"epoch", contract->version.epoch},
          {"version", contract->version.number},
          {"id", id}};
}

Version VersionFrom(const ordered_json& json) {
  return {NumberFrom<std::uint32_t>(json.at("epoch")),
          NumberFrom<std::uint64_t>(json.at("version"))};
}

std::optional<NamedContract> NamedFrom(const ordered_json& json) {
  if (json.is_null()) return std::nullopt;
  const auto id = ReadHex<32>(json.at("id").get<std::string>());
  if (!id) throw MalformedReport();
  return NamedContract{OneLine(json.at("name").get<std::string>()), VersionFrom(json),
                       *id};
}

ActivationReport ReportFrom(const ordered_json& json) {
  ActivationReport report;
  report.active = NamedFrom(json.at("active"));
  report.staged = NamedFrom(json.at("staged"));
  if (const auto& left = json.at("trial_cycles_left"); !left.is_null()) {
    report.trial_cycles_left = NumberFrom<std::uint32_t>(left);
  }
  report.floor = VersionFrom(json.at("floor"));
  report.wanted = NamedFrom(json.at("wanted"));
  if (const auto& refused = json.at("refused"); !refused.is_null()) {
    report.refused = {NamedFrom(refused.at("contract")),
                      Status{NumberFrom<std::uint16_t>(refused.at("reason"))},
                      OneLine(refused.at("text").get<std::string>())};
  }
  return report;
}

}  // namespace

NamedContract NameOf(const VerifiedTerms& verified) {
  const Terms& terms = verified.terms();
  return {std::string(terms.name.view()), terms.version, verified.id()};
}

Result<ActivationReport> LoadReport(const std::filesystem::path& folder) {
  const auto bytes = ReadFile((folder / kActivationFile).string(), kMaxReportBytes);
  if (bytes.status() == Status::kFileTooLarge) return Status::kStateMalformed;
  if (!bytes.ok()) return bytes.status();
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()),
                              bytes->size());
  try {
    return ReportFrom(ordered_json::parse(text));
  } catch (const std::exception&) {  // nlohmann::json's own, or MalformedReport
    return Status::kStateMalformed;
  }
}

Status SaveReport(const std::filesystem::path& folder, const ActivationReport& report,
                  Disk& disk) {
  ordered_json json{{"active", ToJson(report.active)}, {"staged", ToJson(report.staged)},
                    {"trial_cycles_left", nullptr},    {"floor", ToJson(report.floor)},
                    {"wanted", ToJson(report.wanted)}, {"refused", nullptr}};
  if (report.trial_cycles_left) json["trial_cycles_left"] = *report.trial_cycles_left;
  if (report.refused) {
    json["refused"] = {{"contract", ToJson(report.refused->contract)},
                       {"reason", static_cast<std::uint16_t>(report.refused->reason)},
                       {"text", OneLine(report.refused->text)}};
  }
  return ReplaceFile((folder / kActivationFile).string(), AsBytes(json.dump(2) + "\n"),
                     Secrecy::kPublic, disk);
}

}  // namespace torpor::contract::sign
