#include "telemetry/push.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"
#include "telemetry/gzip.h"
#include "telemetry/http_request.h"
#include "telemetry/remote_write.h"
#include "telemetry/resolve.h"
#include "telemetry/snappy.h"

namespace torpor::telemetry {
namespace {

constexpr HttpHeader kText = {"Content-Type", "text/plain; version=0.0.4; charset=utf-8"};
constexpr HttpHeader kProtobuf = {"Content-Type", "application/x-protobuf"};
constexpr HttpHeader kRemoteWriteVersion = {"X-Prometheus-Remote-Write-Version", "0.1.0"};

std::optional<ServerAddress> AddressFor(const PushTarget& target) {
  switch (target.receiver) {
    case Receiver::kVictoriaMetrics:
      return ParseImport(target.gateway, target.robot);
    case Receiver::kRemoteWrite:
      return ParseRemoteWrite(target.gateway, target.robot);
    case Receiver::kPushgateway:
      break;
  }
  return ParseGateway(target.gateway, target.robot);
}

// What is sent of a page, and how it is called.
struct Body {
  std::string bytes;  // empty: the page as it is
  std::array<HttpHeader, 4> headers{};
  std::size_t used = 0;

  void Call(HttpHeader header) { headers[used++] = header; }
};

// `why` says more of what failed.
Result<Body> BodyFor(const PushTarget& target, std::string_view page, std::string& why) {
  Body body;
  const auto take = [&](Result<std::string> bytes, HttpHeader encoding) {
    if (!bytes.ok()) return bytes.status();
    body.bytes = *std::move(bytes);
    body.Call(encoding);
    return Status::kOk;
  };
  Status status = Status::kOk;
  if (target.receiver == Receiver::kRemoteWrite) {
    why = "this is no page of metrics";
    const auto request = WriteRequest(page, target.ended, target.robot, target.at_ms);
    if (!request.ok()) return request.status();
    body.Call(kProtobuf);
    body.Call(kRemoteWriteVersion);
    status = take(Snappy(*request, why), {"Content-Encoding", "snappy"});
  } else {
    body.Call(kText);
    why = "the page could not be compressed";
    if (target.gzip) status = take(Gzip(page), {"Content-Encoding", "gzip"});
  }
  if (status != Status::kOk) return status;
  if (const std::string& shown = target.credentials.authorization; !shown.empty()) {
    body.Call({"Authorization", shown});
  }
  return body;
}

// What is asked of which address; none: it was not of its form.
struct Errand {
  std::string_view method;
  std::optional<ServerAddress> address;
  std::string_view page;
};

PushResult Run(const Errand& errand, const PushTarget& target, Milliseconds deadline) {
  const Deadline limit(deadline);
  PushResult result;
  const auto failed = [&](Status status, std::string_view detail) {
    result.status = status;
    result.detail = OneLine(std::string(detail));
    result.took = limit.spent();
    return result;
  };
  const auto& address = errand.address;
  if (!address) return failed(Status::kAddressRefused, "");
  if (target.credentials.any() && !address->secure) {
    return failed(Status::kSinkSecretInClear, address->host);
  }
  if (!limit.ok()) return failed(Status::kOs, "no timer");
  std::string why;
  const auto body = BodyFor(target, errand.page, why);
  if (!body.ok()) return failed(body.status(), why);
  const auto addresses = AddressesOf(address->host, target.resolver, limit);
  if (!addresses.ok()) return failed(addresses.status(), address->host);

  const HttpRequest request{errand.method,
                            *address,
                            *addresses,
                            std::span(body->headers).first(body->used),
                            body->bytes.empty() ? errand.page : body->bytes,
                            target.ca_file,
                            limit,
                            target.credentials.certificate,
                            target.credentials.key};
  do {
    ++result.tries;
    HttpResult tried = Send(request);
    result.status = tried.status;
    result.http_status = tried.http_status;
    result.detail = OneLine(WithoutSecrets(std::move(tried.detail), target.credentials));
  } while (result.tries < 2 && result.status == Status::kGatewayUnreachable &&
           limit.left() > limit.spent());
  result.took = limit.spent();
  return result;
}

}  // namespace

void PrepareToPush(std::string_view gateway, Receiver receiver) {
  const auto address = ParseGateway(gateway, "robot");
  if (address && address->secure) LoadSecure();
  std::string why;
  if (receiver == Receiver::kRemoteWrite) (void)LoadSnappy(why);
}

PushResult Push(const PushTarget& target, std::string_view page, Milliseconds deadline) {
  const bool replaces = target.receiver == Receiver::kPushgateway;
  return Run({replaces ? "PUT" : "POST", AddressFor(target), page}, target, deadline);
}

PushResult PushRoster(const PushTarget& target, std::string_view page,
                      Milliseconds deadline) {
  return Run({"PUT", ParseRosterGroup(target.gateway), page}, target, deadline);
}

PushResult DeleteGroup(const PushTarget& target, Milliseconds deadline) {
  return Run({"DELETE", ParseGateway(target.gateway, target.robot), {}}, target,
             deadline);
}

}  // namespace torpor::telemetry
