// A sink that is a web server: each alarm is one POST of its body.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "telemetry/alarm_delivery.h"
#include "telemetry/push.h"

namespace torpor::telemetry {

struct WebhookTarget {
  std::string url;      // http or https; ParseHttp() says of which form
  std::string token;    // sent as "Authorization: Bearer"; empty: none
  std::string ca_file;  // PEM; empty: the system's authorities
  Resolver resolver{};  // empty: the system's
};

// Any 2xx confirms; 400, 413, 415 and 422 refuse this one alarm; anything else is the
// server's trouble and ends the attempt: it is no reason to give an alarm up. Each
// request carries the alarm's id as `Idempotency-Key`.
//   kAddressRefused  of another form
Result<std::unique_ptr<AlarmSink>> MakeWebhook(WebhookTarget target);

}  // namespace torpor::telemetry
