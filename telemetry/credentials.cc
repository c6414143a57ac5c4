#include "telemetry/credentials.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace torpor::telemetry {
namespace {

// Source: RFC 4648, section 4.
std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      const auto byte = j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U;
      group = group << 8U | byte;
    }
    for (std::size_t j = 0; j < 4; ++j) {
      const bool there = i + j <= bytes.size();
      text += there ? kDigits[group >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace

void ShowToken(std::string_view token, Credentials& credentials) {
  credentials.authorization = "Bearer " + std::string(token);
  credentials.secrets.emplace_back(token);
}

void ShowPassword(std::string_view user, std::string_view password,
                  Credentials& credentials) {
  std::string both = Base64(std::string(user) + ":" + std::string(password));
  credentials.authorization = "Basic " + both;
  credentials.secrets = {std::move(both), std::string(password)};
}

bool IsUserName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return c > ' ' && c <= '~' && c != ':';
  });
}

std::string WithoutSecrets(std::string text, const Credentials& credentials) {
  for (const std::string& secret : credentials.secrets) {
    if (secret.empty()) continue;
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at)) {
      text.replace(at, secret.size(), "...");
      at += 3;
    }
  }
  return text;
}

}  // namespace torpor::telemetry
