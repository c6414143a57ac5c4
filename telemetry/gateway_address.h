// Where something goes: an address as a person wrote it, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace torpor::telemetry {

struct ServerAddress {
  bool secure = false;  // over TLS
  std::string host;     // without brackets
  std::string port;
  std::string authority;  // as it was written: what the gateway is called by
  std::string path;       // from the slash on; never empty

  [[nodiscard]] std::string url() const {
    return (secure ? "https://" : "http://") + authority + path;
  }
};

// scheme://host[:port][/path]; nothing for anything else. A user, a query, a fragment or
// a zone is refused, not left out.
// Source: RFC 3986, section 3.
[[nodiscard]] std::optional<ServerAddress> ParseHttp(std::string_view url);

// mqtt://host[:port] or mqtts://, without a path.
[[nodiscard]] std::optional<ServerAddress> ParseMqtt(std::string_view url);

// A robot's id that can stand in a path, a header and a topic.
[[nodiscard]] bool IsRobotId(std::string_view id);

// Such an address of a gateway, and the path of the group of a robot of [A-Za-z0-9._:-].
// Source: Pushgateway's README.
[[nodiscard]] std::optional<ServerAddress> ParseGateway(std::string_view gateway,
                                                        std::string_view robot);

// The same of the group of the site's roster, which is no robot's.
[[nodiscard]] std::optional<ServerAddress> ParseRosterGroup(std::string_view gateway);

// Such an address of a VictoriaMetrics, and the path and query of an import whose series
// get the labels that the Pushgateway would give them.
// Source: VictoriaMetrics' README, "How to import data in Prometheus exposition format".
[[nodiscard]] std::optional<ServerAddress> ParseImport(std::string_view base,
                                                       std::string_view robot);

// Such an address of a Prometheus, and the path at which it takes remote writes; the
// robot's id stands in no path, and is held to the same form. Source: Prometheus'
// documentation, "Remote-Write receiver".
[[nodiscard]] std::optional<ServerAddress> ParseRemoteWrite(std::string_view base,
                                                            std::string_view robot);

}  // namespace torpor::telemetry
