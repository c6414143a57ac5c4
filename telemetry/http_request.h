// One request over HTTP on one connection, which ends with it: over plain HTTP by
// ourselves, over TLS by libcurl.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/status.h"
#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"

namespace torpor::telemetry {

struct HttpHeader {
  std::string_view name;
  std::string_view value;  // no line break: whoever makes one up checks it
};

struct HttpRequest {
  std::string_view method;
  const ServerAddress& address;
  std::span<const std::string> addresses;  // numeric ones of the host, tried in turn
  std::span<const HttpHeader> headers;     // beside Host, User-Agent and Content-Length
  std::string_view body;
  std::string_view ca_file;  // for TLS; empty: the system's authorities
  const Deadline& deadline;
  // For TLS, as PEM, never a file's name: what was checked is what is used. Both or none.
  std::string_view client_certificate{}, client_key{};
};

struct HttpResult {
  Status status = Status::kOk;  // as Push() has them, kOs included
  long http_status = 0;         // 0: no answer
  std::string detail;           // the other end's words, or why there are none
};

// By the one of the two below that the address asks for.
[[nodiscard]] HttpResult Send(const HttpRequest& request);

// A few system calls and no library: what a robot does each cycle.
[[nodiscard]] HttpResult SendPlain(const HttpRequest& request);

// By libcurl, which is loaded by the first call, or by LoadSecure before it, and stays
// with the libraries that it needs, eight megabytes or so of them; nobody else pays for
// that.
//   kGatewayUnreachable  also when there is no libcurl, which is looked for each time
[[nodiscard]] HttpResult SendSecure(const HttpRequest& request);
void LoadSecure();

// A log line has no place for control characters, whoever sent them, nor for a page.
[[nodiscard]] std::string OneLine(std::string text);

}  // namespace torpor::telemetry
