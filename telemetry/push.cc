#include "telemetry/push.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"
#include "telemetry/put.h"
#include "telemetry/resolve.h"

namespace torpor::telemetry {
namespace {

constexpr std::size_t kShownOfAnswer = 200;

// A log line has no place for control characters, whoever sent them.
std::string OneLine(std::string text) {
  text.resize(std::min(text.size(), kShownOfAnswer));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

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

  std::vector<std::string> addresses = {address->host};
  if (!IsNumericAddress(address->host)) {
    auto resolved = Resolve(address->host, target.resolver, limit);
    if (!resolved.ok()) {
      result.status = resolved.status();
      result.detail = OneLine(address->host);
      result.took = limit.spent();
      return result;
    }
    addresses = *std::move(resolved);
  }

  const Put put{*address, addresses, page, target.ca_file, limit};
  do {
    ++result.tries;
    PutResult tried = address->secure ? PutSecure(put) : PutPlain(put);
    result.status = tried.status;
    result.http_status = tried.http_status;
    result.detail = OneLine(std::move(tried.detail));
  } while (result.tries < 2 && result.status == Status::kGatewayUnreachable &&
           limit.left() > limit.spent());
  result.took = limit.spent();
  return result;
}

}  // namespace torpor::telemetry
