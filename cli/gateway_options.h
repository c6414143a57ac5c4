// How a command calls the site's gateways and proves itself there: torpord's options, by
// their names. Secrets come from files that only their owner may read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "core/status.h"
#include "telemetry/credentials.h"

namespace torpor::cli {

struct GatewayOptions {
  std::vector<std::string> gateways;  // at least one
  std::string ca;                     // PEM; empty: the system's authorities
  std::string certificate, key;       // PEM, of a client; both or neither
  std::string user, password, token;  // a name; files of one line
};

void AddGatewayOptions(const Command& command, GatewayOptions& options);

// Why nothing is to be sent, and what that is about.
struct GatewayTrouble {
  Status status{};
  std::string what;
};

// Reads the files and looks at each address, before anything is sent to any of them.
//   kAddressRefused     an address is not of its form
//   kUsage              the user's name holds a space or a colon
//   kSinkSecretInClear  there are secrets, and no TLS
//   kSinkSecret         a file is missing or not in its form
//   kKeyFileExposed     others than its owner may read a secret
[[nodiscard]] std::optional<GatewayTrouble> ReadGatewayOptions(
    const GatewayOptions& options, telemetry::Credentials& credentials);

}  // namespace torpor::cli
