#include "agent/alarm_sinks.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "contract/sign/secret_file.h"
#include "telemetry/alarm_mqtt.h"
#include "telemetry/alarm_webhook.h"
#include "telemetry/gateway_address.h"

namespace torpor::agent {
namespace {

Status WhyNoSecret(Status why) {
  return why == Status::kKeyFileExposed ? why : Status::kAlarmSecret;
}

// A sink's address, and the file of its secret, if any.
struct Asked {
  const std::string& url;
  const std::filesystem::path& secret;
  const char* secure;  // how an address with TLS begins
};

// What is wrong with either; else the lines of the secret, or none.
std::variant<std::vector<std::string>, Refusal> SecretOf(const Asked& asked,
                                                         std::size_t lines) {
  if (asked.secret.empty()) return std::vector<std::string>(lines);
  auto secret = contract::sign::ReadSecret(asked.secret, lines);
  if (!secret.ok()) return Because(WhyNoSecret(secret.status()), asked.secret);
  if (!asked.url.starts_with(asked.secure)) {
    return Because(Status::kAlarmSecretInClear, asked.url);
  }
  return *std::move(secret);
}

using MaybeSink = std::variant<std::unique_ptr<telemetry::AlarmSink>, Refusal>;

MaybeSink Webhook(const Options& options) {
  const auto secret =
      SecretOf({options.alarm_webhook, options.alarm_webhook_token, "https://"}, 1);
  if (const auto* refusal = std::get_if<Refusal>(&secret)) return *refusal;
  auto sink = telemetry::MakeWebhook(
      {options.alarm_webhook, std::get<0>(secret).front(), options.alarm_ca});
  if (!sink.ok()) return Because(Status::kAlarmSinkAddress, options.alarm_webhook);
  return *std::move(sink);
}

MaybeSink Mqtt(const Options& options) {
  const auto secret =
      SecretOf({options.alarm_mqtt, options.alarm_mqtt_login, "mqtts://"}, 2);
  if (const auto* refusal = std::get_if<Refusal>(&secret)) return *refusal;
  const auto& login = std::get<0>(secret);
  std::string why = options.alarm_mqtt;
  auto sink = telemetry::MakeMqtt({options.alarm_mqtt, options.robot_id, login.front(),
                                   login.back(), options.alarm_ca},
                                  why);
  if (sink.ok()) return *std::move(sink);
  const bool missing = sink.status() == Status::kAlarmSinkMissing;
  return Because(missing ? sink.status() : Status::kAlarmSinkAddress, why);
}

}  // namespace

std::variant<telemetry::AlarmSinks, Refusal> MakeAlarmSinks(const Options& options) {
  telemetry::AlarmSinks sinks;
  if (options.alarm_webhook.empty() && options.alarm_mqtt.empty()) return sinks;
  if (!telemetry::IsRobotId(options.robot_id)) {
    return Because(Status::kAlarmSinkAddress, "robot id " + options.robot_id);
  }
  if (!options.alarm_ca.empty()) {
    const auto authorities =
        contract::sign::ReadPem(options.alarm_ca, contract::sign::Secrecy::kPublic);
    if (!authorities.ok()) return Because(Status::kAlarmSecret, options.alarm_ca);
  }
  using Make = MaybeSink (*)(const Options&);
  for (const auto& [url, make] :
       {std::pair<const std::string&, Make>(options.alarm_webhook, Webhook),
        {options.alarm_mqtt, Mqtt}}) {
    if (url.empty()) continue;
    auto made = make(options);
    if (const auto* refusal = std::get_if<Refusal>(&made)) return *refusal;
    sinks.push_back(std::get<0>(std::move(made)));
  }
  return sinks;
}

}  // namespace torpor::agent
