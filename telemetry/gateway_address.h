// Where a page goes: a gateway's address as a contract names it, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace torpor::telemetry {

struct GatewayAddress {
  bool secure = false;  // https
  std::string host;     // without brackets
  std::string port;
  std::string authority;  // as it was written: what the gateway is called by
  std::string path;       // of the robot's group, from the slash on

  [[nodiscard]] std::string url() const {
    return (secure ? "https://" : "http://") + authority + path;
  }
};

// scheme://host[:port][/path] and a robot of [A-Za-z0-9._:-]; nothing for anything else.
// A user, a query, a fragment or a zone is refused, not left out.
// Source: RFC 3986, section 3; the group's path: Pushgateway's README.
[[nodiscard]] std::optional<GatewayAddress> ParseGateway(std::string_view gateway,
                                                         std::string_view robot);

}  // namespace torpor::telemetry
