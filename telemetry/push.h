// Sends a page of metrics to the gateway, and is back at its deadline whatever the
// network does: nothing of a push outlives it, no thread, no child, no connection.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/time.h"
#include "telemetry/credentials.h"

namespace torpor::telemetry {

// Turns a name into numeric addresses, separated by spaces; empty when there are none.
// Runs in a child that may be killed at any moment, so it may block.
using Resolver = std::function<std::string(const std::string& host)>;

// Who takes the page.
enum class Receiver : std::uint8_t {
  kPushgateway,      // PUT as the robot's group: what an earlier page had more is gone
  kVictoriaMetrics,  // POST to its import: a series that is no longer sent goes stale
  kRemoteWrite,      // POST to a Prometheus, by its remote write 1.0: likewise
};

struct PushTarget {
  std::string gateway;  // scheme://host[:port][/path], http or https
  std::string robot;    // [A-Za-z0-9._:-], the instance
  std::string ca_file;  // PEM; empty: the system's authorities
  Resolver resolver;    // empty: the system's
  Credentials credentials{};
  Receiver receiver = Receiver::kPushgateway;
  bool gzip = false;  // Content-Encoding: gzip; for a Pushgateway from 1.5 on
  // Of kRemoteWrite, which has its own compression: the time of all samples, Unix time in
  // milliseconds, and the series of earlier pages that end with this one, as SeriesOf()
  // has them.
  std::int64_t at_ms = 0;
  std::vector<std::string> ended{};
};

struct PushResult {
  Status status = Status::kOk;
  long http_status = 0;  // 0: no answer
  int tries = 0;
  Microseconds took{};  // never more than the deadline, as far as it was measured
  std::string detail;   // one line for a log; the gateway's own words where it gave some
};

// Sends `page` as this robot's. The deadline is real time, held by the kernel, and covers
// resolving, connecting, TLS, sending, the answer and the clean-up. Follows no
// redirection and no proxy. One retry if the connection failed within half of the time.
//   kAddressRefused       gateway or robot is not of the form above; nothing was sent
//   kSinkSecretInClear    there are credentials, and no TLS; nothing was sent
//   kGatewayUnreachable   refused, reset, unroutable, or TLS not trusted
//   kGatewayRejected      it answered with another status than 2xx
//   kGatewayTimeout       the deadline came
//   kGatewayRubbish       the answer is not HTTP, is empty or is endless
//   kDnsTimeout           the name was not resolved by the deadline
//   kDnsFailed            the name does not resolve
//   kSnappyMissing        kRemoteWrite, and no libsnappy; nothing was sent
//   kInternal             kRemoteWrite, and this is no page; nothing was sent
//   kOs                   no child, no timer or no memory to compress the page in could
//   be
//                         had; nothing was sent
[[nodiscard]] PushResult Push(const PushTarget& target, std::string_view page,
                              Milliseconds deadline);

// Likewise, for whoever runs a site (docs/roster.md), at a Pushgateway. The robot's name
// is not looked at by the first; a gateway takes the second whether it had such a group
// or not.
[[nodiscard]] PushResult PushRoster(const PushTarget& target, std::string_view page,
                                    Milliseconds deadline);
[[nodiscard]] PushResult DeleteGroup(const PushTarget& target, Milliseconds deadline);

// Does at the start what the first push would else have to do within its deadline: the
// libraries for TLS and for remote write, and all that these need, are read from the
// disk. What fails here is tried, and told, by each push.
void PrepareToPush(std::string_view gateway, Receiver receiver = Receiver::kPushgateway);

}  // namespace torpor::telemetry
