#include "agent/secret_file.h"

#include <algorithm>
#include <utility>

#include "contract/sign/files.h"

namespace torpor::agent {
namespace {

constexpr std::size_t kLongestSecret = 4096;

bool IsPrintable(char c) { return c > ' ' && c <= '~'; }

}  // namespace

Result<std::vector<std::string>> ReadSecret(const std::filesystem::path& path,
                                            std::size_t lines) {
  const auto bytes =
      contract::sign::ReadFile(path, kLongestSecret, contract::sign::Secrecy::kSecret);
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

}  // namespace torpor::agent
