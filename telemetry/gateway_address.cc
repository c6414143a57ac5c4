#include "telemetry/gateway_address.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace torpor::telemetry {
namespace {

constexpr std::size_t kLongestRobot = 64;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsOneOf(char c, std::string_view others) {
  return IsAlphanumeric(c) || others.find(c) != std::string_view::npos;
}

bool All(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text, [&](char c) { return IsOneOf(c, others); });
}

bool IsPort(std::string_view text) {
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 &&
         port <= 65535;
}

// Host and port of "name", "name:port" and "[address]:port".
bool SplitAuthority(ServerAddress& address, std::string_view default_port) {
  const std::string_view text = address.authority;
  std::string_view host = text;
  std::string_view after;
  const bool brackets = text.starts_with('[');
  if (brackets) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    host = text.substr(1, close - 1);
    after = text.substr(close + 1);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    after = text.substr(colon);
  }
  if (host.empty() || !All(host, brackets ? ":." : "._-")) return false;
  if (!after.empty() && (after.front() != ':' || !IsPort(after.substr(1)))) return false;
  address.host = host;
  address.port = after.empty() ? default_port : after.substr(1);
  return true;
}

// An address that a path is to be appended to.
std::optional<ServerAddress> ParseBase(std::string_view url) {
  auto address = ParseHttp(url);
  while (address && address->path.ends_with('/')) address->path.pop_back();
  return address;
}

}  // namespace

bool IsRobotId(std::string_view id) {
  return !id.empty() && id.size() <= kLongestRobot && All(id, "._:-") && id != "." &&
         id != "..";
}

std::optional<ServerAddress> ParseHttp(std::string_view url) {
  ServerAddress address;
  constexpr std::string_view kPlain = "http://", kSecure = "https://";
  address.secure = url.starts_with(kSecure);
  if (!address.secure && !url.starts_with(kPlain)) return std::nullopt;
  url.remove_prefix(address.secure ? kSecure.size() : kPlain.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  address.authority = url.substr(0, slash);
  address.path = url.substr(slash);
  if (!SplitAuthority(address, address.secure ? "443" : "80")) return std::nullopt;
  // What a path may hold beside letters and digits.
  if (!All(address.path, "/-._~%!$&'()*+,;=:@")) return std::nullopt;
  if (address.path.empty()) address.path = "/";
  return address;
}

namespace {

std::optional<ServerAddress> BaseFor(std::string_view base, std::string_view robot) {
  return IsRobotId(robot) ? ParseBase(base) : std::nullopt;
}

}  // namespace

std::optional<ServerAddress> ParseMqtt(std::string_view url) {
  ServerAddress address;
  constexpr std::string_view kPlain = "mqtt://", kSecure = "mqtts://";
  address.secure = url.starts_with(kSecure);
  if (!address.secure && !url.starts_with(kPlain)) return std::nullopt;
  url.remove_prefix(address.secure ? kSecure.size() : kPlain.size());
  address.authority = url;
  if (!SplitAuthority(address, address.secure ? "8883" : "1883")) return std::nullopt;
  return address;
}

std::optional<ServerAddress> ParseGateway(std::string_view gateway,
                                          std::string_view robot) {
  auto address = BaseFor(gateway, robot);
  if (address) address->path.append("/metrics/job/torpor/instance/").append(robot);
  return address;
}

std::optional<ServerAddress> ParseRosterGroup(std::string_view gateway) {
  auto address = ParseBase(gateway);
  if (address) address->path.append("/metrics/job/torpor-roster");
  return address;
}

std::optional<ServerAddress> ParseImport(std::string_view base, std::string_view robot) {
  auto address = BaseFor(base, robot);
  if (!address) return std::nullopt;
  address->path.append("/api/v1/import/prometheus?extra_label=job=torpor");
  address->path.append("&extra_label=instance=").append(robot);
  return address;
}

std::optional<ServerAddress> ParseRemoteWrite(std::string_view base,
                                              std::string_view robot) {
  auto address = BaseFor(base, robot);
  if (address) address->path.append("/api/v1/write");
  return address;
}

}  // namespace torpor::telemetry
