// Turns a host's name into numeric addresses before a deadline. getaddrinfo() cannot be
// told when to give up, so it runs in a child that is killed and reaped when time is out.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "telemetry/deadline.h"
#include "telemetry/push.h"

namespace torpor::telemetry {

// True for "10.0.0.7" and "fd00::7": nothing to resolve.
[[nodiscard]] bool IsNumericAddress(const std::string& host);

// At most 4 numeric addresses, in the resolver's order.
//   kDnsTimeout  no answer by the deadline
//   kDnsFailed   no address, or an answer that is none
//   kOs          no child could be had
[[nodiscard]] Result<std::vector<std::string>> Resolve(const std::string& host,
                                                       const Resolver& resolver,
                                                       const Deadline& deadline);

// The host itself where there is nothing to resolve, else as above.
[[nodiscard]] Result<std::vector<std::string>> AddressesOf(const std::string& host,
                                                           const Resolver& resolver,
                                                           const Deadline& deadline);

}  // namespace torpor::telemetry
