#include "contract/sign/secret_file.h"

#include <algorithm>
#include <utility>

namespace torpor::contract::sign {
namespace {

constexpr std::size_t kLongestSecret = 4096;
// A chain of certificates is a few thousand bytes, all authorities some hundred thousand.
constexpr std::size_t kLongestPem = std::size_t{1} << 20;

bool IsPrintable(char c) { return c > ' ' && c <= '~'; }

}  // namespace

Result<std::vector<std::string>> ReadSecret(const std::filesystem::path& path,
                                            std::size_t lines) {
  const auto bytes = ReadFile(path, kLongestSecret, Secrecy::kSecret);
  if (!bytes.ok()) return bytes.status();
  std::vector<std::string> found(1);
  for (const std::byte byte : *bytes) {
    const char c = static_cast<char>(byte);
    if (c == '\n') {
      found.emplace_back();
    } else if (IsPrintable(c)) {
      found.back() += c;
    } else {
      return Status::kKeyMalformed;
    }
  }
  if (found.back().empty()) found.pop_back();  // a file of lines ends with one
  const bool whole =
      found.size() == lines && std::ranges::none_of(found, &std::string::empty);
  return whole ? Result(std::move(found)) : Status::kKeyMalformed;
}

Result<std::string> ReadPem(const std::filesystem::path& path, Secrecy secrecy) {
  const auto bytes = ReadFile(path, kLongestPem, secrecy);
  if (!bytes.ok()) return bytes.status();
  std::string text;
  for (const std::byte byte : *bytes) text += static_cast<char>(byte);
  const bool pem = text.find("-----BEGIN ") != std::string::npos &&
                   text.find("ENCRYPTED") == std::string::npos;
  return pem ? Result(std::move(text)) : Status::kKeyMalformed;
}

}  // namespace torpor::contract::sign
