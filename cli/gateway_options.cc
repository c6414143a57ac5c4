#include "cli/gateway_options.h"

#include <utility>

#include "contract/sign/secret_file.h"
#include "telemetry/gateway_address.h"

namespace torpor::cli {
namespace {

using contract::sign::Secrecy;

GatewayTrouble Unusable(Status why, const std::string& file) {
  const bool exposed = why == Status::kKeyFileExposed;
  return {exposed ? Status::kKeyFileExposed : Status::kSinkSecret, file};
}

std::optional<GatewayTrouble> ReadPem(const std::string& file, Secrecy secrecy,
                                      std::string& into) {
  if (file.empty()) return std::nullopt;
  auto text = contract::sign::ReadPem(file, secrecy);
  if (!text.ok()) return Unusable(text.status(), file);
  into = *std::move(text);
  return std::nullopt;
}

std::optional<GatewayTrouble> ReadWord(const GatewayOptions& options,
                                       telemetry::Credentials& credentials) {
  const std::string& file = options.token.empty() ? options.password : options.token;
  if (file.empty()) return std::nullopt;
  const auto word = contract::sign::ReadSecret(file, 1);
  if (!word.ok()) return Unusable(word.status(), file);
  if (options.token.empty()) {
    telemetry::ShowPassword(options.user, word->front(), credentials);
  } else {
    telemetry::ShowToken(word->front(), credentials);
  }
  return std::nullopt;
}

}  // namespace

void AddGatewayOptions(const Command& command, GatewayOptions& options) {
  command.Value("--gateway", options.gateways,
                "The site's Pushgateway, http[s]://HOST[:PORT][/PATH]; may be repeated");
  command.Value("--gateway-ca", options.ca,
                "PEM file of the authorities that vouch for it; else the system's");
  const Option certificate = command.Value("--gateway-cert", options.certificate,
                                           "PEM file of a client's certificate");
  const Option key = command.Value("--gateway-key", options.key, "PEM file of its key");
  certificate.Needs(key);
  key.Needs(certificate);
  const Option user = command.Value("--gateway-user", options.user, "A name");
  const Option password =
      command.Value("--gateway-password", options.password, "File of its password");
  user.Needs(password);
  password.Needs(user);
  command.Value("--gateway-token", options.token, "File of a token instead")
      .Excludes(user);
}

std::optional<GatewayTrouble> ReadGatewayOptions(const GatewayOptions& options,
                                                 telemetry::Credentials& credentials) {
  const bool secrets =
      !options.key.empty() || !options.password.empty() || !options.token.empty();
  for (const std::string& gateway : options.gateways) {
    const auto address = telemetry::ParseHttp(gateway);
    if (!address) return GatewayTrouble{Status::kAddressRefused, gateway};
    if (secrets && !address->secure) {
      return GatewayTrouble{Status::kSinkSecretInClear, gateway};
    }
  }
  if (!options.user.empty() && !telemetry::IsUserName(options.user)) {
    return GatewayTrouble{Status::kUsage, "--gateway-user holds a colon or a space"};
  }
  std::string authorities;
  auto trouble = ReadPem(options.ca, Secrecy::kPublic, authorities);
  if (!trouble) {
    trouble = ReadPem(options.certificate, Secrecy::kPublic, credentials.certificate);
  }
  if (!trouble) trouble = ReadPem(options.key, Secrecy::kSecret, credentials.key);
  if (!trouble) trouble = ReadWord(options, credentials);
  return trouble;
}

}  // namespace torpor::cli
