#include "contract/sign/key_report.h"

#include <exception>
#include <string_view>

#include "contract/sign/files.h"
#include "contract/sign/report_json.h"
#include "core/bytes.h"
#include "core/json_hosted.h"

namespace torpor::contract::sign {
namespace {

using nlohmann::ordered_json;

KeyReport ReportFrom(const ordered_json& json) {
  KeyReport report;
  report.keyring = NumberFrom<std::uint32_t>(json.at("keyring"));
  report.firmware = NumberFrom<std::uint32_t>(json.at("firmware"));
  report.pairing_changes = json.at("pairing_changes").get<bool>();
  if (const auto& refused = json.at("refused"); !refused.is_null()) {
    report.refused = {NumberFrom<std::uint32_t>(refused.at("version")),
                      Status{NumberFrom<std::uint16_t>(refused.at("reason"))},
                      OneLine(refused.at("text").get<std::string>())};
  }
  return report;
}

}  // namespace

Result<KeyReport> LoadKeyReport(const std::filesystem::path& folder) {
  const auto bytes = ReadFile((folder / kKeyReportFile).string(), kMaxReportBytes);
  if (bytes.status() == Status::kFileTooLarge) return Status::kStateMalformed;
  if (!bytes.ok()) return bytes.status();
  try {
    return ReportFrom(ordered_json::parse(
        std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size())));
  } catch (const std::exception&) {  // nlohmann::json's own, or MalformedReport
    return Status::kStateMalformed;
  }
}

Status SaveKeyReport(const std::filesystem::path& folder, const KeyReport& report,
                     Disk& disk) {
  ordered_json json{{"keyring", report.keyring},
                    {"firmware", report.firmware},
                    {"pairing_changes", report.pairing_changes},
                    {"refused", nullptr}};
  if (report.refused) {
    json["refused"] = {{"version", report.refused->version},
                       {"reason", static_cast<std::uint16_t>(report.refused->reason)},
                       {"text", OneLine(report.refused->text)}};
  }
  return ReplaceFile((folder / kKeyReportFile).string(), AsBytes(json.dump(2) + "\n"),
                     Secrecy::kPublic, disk);
}

}  // namespace torpor::contract::sign
