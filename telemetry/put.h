// One PUT on one connection, which ends with it: over plain HTTP by ourselves, over TLS
// by libcurl.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/status.h"
#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"

namespace torpor::telemetry {

struct Put {
  const GatewayAddress& address;
  std::span<const std::string> addresses;  // numeric ones of the host, tried in turn
  std::string_view page;
  std::string_view ca_file;  // for TLS; empty: the system's authorities
  const Deadline& deadline;
};

struct PutResult {
  Status status = Status::kOk;  // as Push() has them, kOs included
  long http_status = 0;         // 0: no answer
  std::string detail;           // the gateway's words, or why there are none
};

// A few system calls and no library: what a robot does each cycle.
[[nodiscard]] PutResult PutPlain(const Put& put);

// By libcurl, which is loaded by the first call, or by LoadSecure before it, and stays
// with the libraries that it needs, eight megabytes or so of them; nobody else pays for
// that.
//   kGatewayUnreachable  also when there is no libcurl, which is looked for each time
[[nodiscard]] PutResult PutSecure(const Put& put);
void LoadSecure();

}  // namespace torpor::telemetry
