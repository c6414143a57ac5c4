#include "telemetry/push.h"

#include <array>
#include <utility>

#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"
#include "telemetry/http_request.h"
#include "telemetry/resolve.h"

namespace torpor::telemetry {
namespace {

constexpr std::array kHeaders = {
    HttpHeader{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};

}  // namespace

void PrepareToPush(std::string_view gateway) {
  const auto address = ParseGateway(gateway, "robot");
  if (address && address->secure) LoadSecure();
}

PushResult Push(const PushTarget& target, std::string_view page, Milliseconds deadline) {
  const Deadline limit(deadline);
  PushResult result;
  const auto address = ParseGateway(target.gateway, target.robot);
  if (!address) {
    result.status = Status::kAddressRefused;
    return result;
  }
  if (!limit.ok()) {
    result.status = Status::kOs;
    return result;
  }

  const auto addresses = AddressesOf(address->host, target.resolver, limit);
  if (!addresses.ok()) {
    result.status = addresses.status();
    result.detail = OneLine(address->host);
    result.took = limit.spent();
    return result;
  }
  const HttpRequest put{"PUT", *address,       *addresses, kHeaders,
                        page,  target.ca_file, limit};
  do {
    ++result.tries;
    HttpResult tried = Send(put);
    result.status = tried.status;
    result.http_status = tried.http_status;
    result.detail = OneLine(std::move(tried.detail));
  } while (result.tries < 2 && result.status == Status::kGatewayUnreachable &&
           limit.left() > limit.spent());
  result.took = limit.spent();
  return result;
}

}  // namespace torpor::telemetry
