#include "telemetry/alarm_webhook.h"

#include <algorithm>
#include <array>
#include <utility>

#include "telemetry/credentials.h"
#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"
#include "telemetry/http_request.h"
#include "telemetry/resolve.h"

namespace torpor::telemetry {
namespace {

// What a server says of the body it was sent; the next one may be taken. 404 and 410 are
// not among them: they are said of an address that was mistyped, too.
constexpr std::array kOfTheBody = {400, 413, 415, 422};

class Webhook final : public AlarmSink {
 public:
  Webhook(WebhookTarget target, ServerAddress address)
      : target_(std::move(target)), address_(std::move(address)) {
    if (!target_.token.empty()) ShowToken(target_.token, shown_);
  }

  [[nodiscard]] std::string_view name() const override { return "webhook"; }
  [[nodiscard]] Sent Send(std::span<const Alarm> alarms, Milliseconds deadline) override;

 private:
  WebhookTarget target_;
  ServerAddress address_;
  Credentials shown_;
};

AlarmSink::Sent Webhook::Send(std::span<const Alarm> alarms, Milliseconds deadline) {
  const Deadline limit(deadline);
  Sent sent;
  if (!limit.ok()) {
    sent.status = Status::kOs;
    return sent;
  }
  const auto addresses = AddressesOf(address_.host, target_.resolver, limit);
  if (!addresses.ok()) {
    sent.status = addresses.status();
    sent.detail = OneLine(address_.host) + (addresses.status() == Status::kDnsTimeout
                                                ? " was not resolved in time"
                                                : " does not resolve");
    return sent;
  }
  for (const Alarm& alarm : alarms) {
    const std::array headers = {HttpHeader{"Content-Type", "application/json"},
                                HttpHeader{"Idempotency-Key", alarm.id},
                                HttpHeader{"Authorization", shown_.authorization}};
    const std::size_t used = headers.size() - (shown_.authorization.empty() ? 1 : 0);
    HttpResult result =
        telemetry::Send({"POST", address_, *addresses, std::span(headers).first(used),
                         alarm.body, target_.ca_file, limit});
    const bool refused = result.status == Status::kGatewayRejected &&
                         std::ranges::count(kOfTheBody, result.http_status) > 0;
    std::string words =
        result.http_status > 0 ? "HTTP " + std::to_string(result.http_status) : "";
    if (!result.detail.empty()) {
      words += (words.empty() ? "" : ", ") +
               OneLine(WithoutSecrets(std::move(result.detail), shown_));
    }
    if (result.status != Status::kOk && !refused) {
      sent.status = result.status;
      sent.detail = std::move(words);
      return sent;
    }
    sent.alarms.push_back({!refused, refused ? std::move(words) : std::string()});
  }
  return sent;
}

}  // namespace

Result<std::unique_ptr<AlarmSink>> MakeWebhook(WebhookTarget target) {
  auto address = ParseHttp(target.url);
  if (!address) return Status::kAddressRefused;
  if (address->secure) LoadSecure();  // not within the first alarm's deadline
  return std::unique_ptr<AlarmSink>(
      std::make_unique<Webhook>(std::move(target), *std::move(address)));
}

}  // namespace torpor::telemetry
