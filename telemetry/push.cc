#include "telemetry/push.h"

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"
#include "telemetry/gzip.h"
#include "telemetry/http_request.h"
#include "telemetry/resolve.h"

namespace torpor::telemetry {
namespace {

constexpr HttpHeader kContentType = {"Content-Type",
                                     "text/plain; version=0.0.4; charset=utf-8"};

}  // namespace

void PrepareToPush(std::string_view gateway) {
  const auto address = ParseGateway(gateway, "robot");
  if (address && address->secure) LoadSecure();
}

PushResult Push(const PushTarget& target, std::string_view page, Milliseconds deadline) {
  const Deadline limit(deadline);
  PushResult result;
  const bool imports = target.receiver == Receiver::kVictoriaMetrics;
  const auto address = imports ? ParseImport(target.gateway, target.robot)
                               : ParseGateway(target.gateway, target.robot);
  if (!address) {
    result.status = Status::kAddressRefused;
    return result;
  }
  if (target.credentials.any() && !address->secure) {
    result.status = Status::kSinkSecretInClear;
    result.detail = OneLine(address->host);
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
  const Credentials& shown = target.credentials;
  std::array<HttpHeader, 3> headers = {kContentType};
  std::size_t used = 1;
  if (!shown.authorization.empty()) {
    headers[used++] = {"Authorization", shown.authorization};
  }
  std::string packed;
  if (target.gzip) {
    auto gzip = Gzip(page);
    if (!gzip.ok()) {
      result.status = gzip.status();
      result.detail = "the page could not be compressed";
      result.took = limit.spent();
      return result;
    }
    page = packed = *std::move(gzip);
    headers[used++] = {"Content-Encoding", "gzip"};
  }
  const HttpRequest put{imports ? "POST" : "PUT",
                        *address,
                        *addresses,
                        std::span(headers).first(used),
                        page,
                        target.ca_file,
                        limit,
                        shown.certificate,
                        shown.key};
  do {
    ++result.tries;
    HttpResult tried = Send(put);
    result.status = tried.status;
    result.http_status = tried.http_status;
    result.detail = OneLine(WithoutSecrets(std::move(tried.detail), shown));
  } while (result.tries < 2 && result.status == Status::kGatewayUnreachable &&
           limit.left() > limit.spent());
  result.took = limit.spent();
  return result;
}

}  // namespace torpor::telemetry
