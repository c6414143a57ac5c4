// What a robot proves itself with to whoever takes its page. It goes over TLS or not at
// all, and no word of it reaches a log, a journal or a line of refusal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace torpor::telemetry {

struct Credentials {
  std::string certificate, key;      // PEM, of a client; both or neither
  std::string authorization;         // the value of that header; empty: none
  std::vector<std::string> secrets;  // words of it that must not be shown

  [[nodiscard]] bool any() const {
    return !certificate.empty() || !authorization.empty();
  }
};

// Source: RFC 6750, section 2.1.
void ShowToken(std::string_view token, Credentials& credentials);
// The user's name holds no colon. Source: RFC 7617, section 2.
void ShowPassword(std::string_view user, std::string_view password,
                  Credentials& credentials);

// Of printable characters, without a space or a colon; not empty.
[[nodiscard]] bool IsUserName(std::string_view name);

// Somebody else's words without ours: a server may send back what it was sent.
[[nodiscard]] std::string WithoutSecrets(std::string text,
                                         const Credentials& credentials);

}  // namespace torpor::telemetry
