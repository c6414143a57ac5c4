#include "agent/alarm_sinks.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "contract/sign/files.h"
#include "telemetry/alarm_webhook.h"
#include "telemetry/gateway_address.h"

namespace torpor::agent {
namespace {

constexpr std::size_t kLongestSecret = 4096;

bool IsPrintable(char c) { return c > ' ' && c <= '~'; }

// The lines of a secret's file, each of printable characters without a space.
Result<std::vector<std::string>> ReadSecret(const std::filesystem::path& path,
                                            std::size_t lines) {
  const auto bytes =
      contract::sign::ReadFile(path, kLongestSecret, contract::sign::Secrecy::kSecret);
  if (bytes.status() == Status::kKeyFileExposed) return bytes.status();
  if (!bytes.ok()) return Status::kAlarmSecret;
  std::vector<std::string> found(1);
  for (const std::byte byte : *bytes) {
    const char c = static_cast<char>(byte);
    if (c == '\n') {
      found.emplace_back();
    } else if (IsPrintable(c)) {
      found.back() += c;
    } else {
      return Status::kAlarmSecret;
    }
  }
  if (found.back().empty()) found.pop_back();  // a file of lines ends with one
  const bool whole =
      found.size() == lines && std::ranges::none_of(found, &std::string::empty);
  return whole ? Result(std::move(found)) : Status::kAlarmSecret;
}

}  // namespace

std::variant<telemetry::AlarmSinks, Refusal> MakeAlarmSinks(const Options& options) {
  telemetry::AlarmSinks sinks;
  if (options.alarm_webhook.empty()) return sinks;
  if (!telemetry::IsRobotId(options.robot_id)) {
    return Because(Status::kAlarmSinkAddress, "robot id " + options.robot_id);
  }
  telemetry::WebhookTarget webhook{options.alarm_webhook, {}, options.alarm_ca};
  if (!options.alarm_webhook_token.empty()) {
    const auto token = ReadSecret(options.alarm_webhook_token, 1);
    if (!token.ok()) return Because(token.status(), options.alarm_webhook_token);
    webhook.token = token->front();
  }
  auto sink = telemetry::MakeWebhook(std::move(webhook));
  if (!sink.ok()) return Because(Status::kAlarmSinkAddress, options.alarm_webhook);
  if (!options.alarm_webhook_token.empty() &&
      !options.alarm_webhook.starts_with("https://")) {
    return Because(Status::kAlarmSecretInClear, options.alarm_webhook);
  }
  sinks.push_back(*std::move(sink));
  return sinks;
}

}  // namespace torpor::agent
