// Checks of what a robot is given: contract, keys, firmware's link, state, gateway.
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cli/contract_commands.h"
#include "cli/doctor_checks.h"
#include "contract/accept.h"
#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "contract/sign/keyring_files.h"
#include "contract/sign/source.h"
#include "core/status_table.h"
#include "telemetry/resolve.h"

namespace torpor::cli {
namespace {

namespace sign = contract::sign;

// A check that fails as torpord would: with the status's own words.
Check Refused(std::string what, Status status, const std::string& subject) {
  const StatusInfo& info = Info(status);
  return {std::move(what), Health::kBad, subject + ": " + std::string(info.meaning),
          "torpord refuses to start (" + std::string(info.name) + ", " +
              std::to_string(static_cast<int>(status)) + ")",
          std::string(info.advice)};
}

Check CheckContract(const RobotFiles& files, std::optional<contract::Terms>& terms) {
  std::string culprit;
  const auto keyring = sign::ReadKeyring(files.keyring, &culprit);
  if (!keyring.ok()) {
    return Refused("keys", keyring.status(), culprit.empty() ? "--keyring" : culprit);
  }
  const auto bundle = sign::ReadBundle(files.contract);
  if (!bundle.ok()) return Refused("contract", bundle.status(), files.contract);
  const auto verified = contract::Verify(*bundle, *keyring, nullptr);
  if (!verified.ok()) return Refused("contract", verified.status(), files.contract);
  if (!files.robot.empty()) {
    const std::vector<std::string_view> groups(files.groups.begin(), files.groups.end());
    const Status status =
        contract::Accept(*verified, {files.robot, groups}, {},
                         {.lower_bound_s = Now(), .synchronised = true});
    if (status != Status::kOk) return Refused("contract", status, files.contract);
  }
  terms = verified->terms();
  return {"contract",
          Health::kGood,
          std::string(terms->name.view()) + ", " + IdOf(*verified) + ", valid to " +
              sign::FormatDate(terms->not_after_s),
          {},
          {}};
}

Check CheckLink(const std::string& link) {
  struct stat found {};
  if (::stat(link.c_str(), &found) != 0) {
    return {"firmware", Health::kBad, link + " is not there",
            "torpord greets once a period and infers nothing",
            "plug the firmware in; see the name of its device"};
  }
  if (!S_ISCHR(found.st_mode) && !S_ISSOCK(found.st_mode)) {
    return {"firmware", Health::kBad, link + " is neither a device nor a socket",
            "nobody can answer there", "name the serial device of the firmware"};
  }
  if (::access(link.c_str(), R_OK | W_OK) != 0) {
    return {"firmware", Health::kBad, link + " may not be opened by this user",
            "torpord under this user cannot speak with the firmware",
            "add the user to the device's group (dialout)"};
  }
  return {
      "firmware", Health::kGood, link + " may be opened; torpord --once asks it", {}, {}};
}

Check CheckState(const std::string& state) {
  const std::filesystem::path folder(state);
  const std::filesystem::path tried =
      std::filesystem::exists(folder) ? folder : folder.parent_path();
  if (::access(tried.c_str(), W_OK | X_OK) == 0) {
    return {"state folder", Health::kGood, state + " can be written", {}, {}};
  }
  return {"state folder", Health::kBad, state + " cannot be written by this user",
          "no verdict could be journalled: torpord refuses", "give it to this user"};
}

// "http://host:port/path": the contract has checked the form.
bool Take(const std::string& gateway, std::string& host, std::string& port) {
  const std::size_t scheme = gateway.find("://");
  if (scheme == std::string::npos) return false;
  std::string rest = gateway.substr(scheme + 3);
  rest = rest.substr(0, rest.find('/'));
  port = gateway.starts_with("https") ? "443" : "80";
  const std::size_t bracket = rest.find(']');
  const std::size_t colon = rest.find(':', bracket == std::string::npos ? 0 : bracket);
  if (colon != std::string::npos) port = rest.substr(colon + 1);
  host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  return !host.empty() && !port.empty();
}

bool TakesConnections(const std::string& address, const std::string& port,
                      const telemetry::Deadline& deadline) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), port.c_str(), &hints, &found) != 0) return false;
  const int fd =
      ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int error = ENOTCONN;
  if (fd >= 0) {
    const bool at_once = ::connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    pollfd connected{fd, POLLOUT, 0};
    socklen_t size = sizeof error;
    const auto left = static_cast<int>(deadline.left().count() / 1000);
    if (at_once || ::poll(&connected, 1, left) == 1) {
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    ::close(fd);
  }
  ::freeaddrinfo(found);
  return error == 0;
}

}  // namespace

Check CheckGateway(const std::string& gateway) {
  const Check bad{"gateway", Health::kBad, gateway + " takes no connection",
                  "nobody would hear of this robot",
                  "check address, network and gateway"};
  std::string host, port;
  if (!Take(gateway, host, port)) return bad;
  const telemetry::Deadline deadline(Milliseconds{2000});
  std::vector<std::string> addresses{host};
  if (!telemetry::IsNumericAddress(host)) {
    const auto resolved = telemetry::Resolve(host, {}, deadline);
    if (!resolved.ok()) {
      Check unresolved = bad;
      unresolved.found = host + ": " + std::string(Info(resolved.status()).meaning);
      return unresolved;
    }
    addresses = *resolved;
  }
  for (const std::string& address : addresses) {
    if (TakesConnections(address, port, deadline)) {
      return {"gateway", Health::kGood, gateway + " takes connections", {}, {}};
    }
  }
  return bad;
}

std::vector<Check> CheckRobot(const RobotFiles& files,
                              std::optional<contract::Terms>& terms) {
  std::vector<Check> checks;
  if (!files.contract.empty()) {
    checks.push_back(CheckContract(files, terms));
    if (terms) checks.push_back(CheckGateway(std::string(terms->gateway.view())));
  }
  if (!files.pairing.empty()) {
    const auto key = sign::ReadPairingKey(files.pairing);
    checks.push_back(key.ok() ? Check{"pairing key",
                                      Health::kGood,
                                      files.pairing + " is secret and whole",
                                      {},
                                      {}}
                              : Refused("pairing key", key.status(), files.pairing));
  }
  if (!files.link.empty()) checks.push_back(CheckLink(files.link));
  if (!files.state.empty()) checks.push_back(CheckState(files.state));
  return checks;
}

}  // namespace torpor::cli
