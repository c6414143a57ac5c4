#include "contract/sign/key_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "contract/sign/files.h"
#include "core/bytes.h"

namespace torpor::contract::sign {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxReportBytes = 16 * 1024;
constexpr std::size_t kMaxText = 400;

std::string OneLine(std::string text) {
  text.resize(std::min(text.size(), kMaxText));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

KeyReport ReportFrom(const ordered_json& json) {
  KeyReport report;
  report.keyring = json.at("keyring").get<std::uint32_t>();
  report.firmware = json.at("firmware").get<std::uint32_t>();
  report.pairing_changes = json.at("pairing_changes").get<bool>();
  if (const auto& refused = json.at("refused"); !refused.is_null()) {
    report.refused = {refused.at("version").get<std::uint32_t>(),
                      Status{refused.at("reason").get<std::uint16_t>()},
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
  } catch (const ordered_json::exception&) {
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
