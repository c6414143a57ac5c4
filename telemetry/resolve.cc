#include "telemetry/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <sstream>

#include "telemetry/ask_child.h"

namespace torpor::telemetry {
namespace {

constexpr std::size_t kMostAddresses = 4;
constexpr std::size_t kLongestAnswer = 1024;

std::string SystemResolver(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &first) != 0) return {};
  std::string answer;
  for (const addrinfo* a = first; a != nullptr; a = a->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(a->ai_addr, a->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0) {
      answer.append(text.data()).append(" ");
    }
  }
  ::freeaddrinfo(first);
  return answer;
}

}  // namespace

bool IsNumericAddress(const std::string& host) {
  std::array<unsigned char, 16> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

Result<std::vector<std::string>> Resolve(const std::string& host,
                                         const Resolver& resolver,
                                         const Deadline& deadline) {
  const ChildAnswer answer = AskChild(
      [&](const Say& say) { say(resolver ? resolver(host) : SystemResolver(host)); },
      deadline, kLongestAnswer);
  if (answer.status == Status::kGatewayTimeout) return Status::kDnsTimeout;
  if (answer.status != Status::kOk) return answer.status;

  std::vector<std::string> addresses;
  std::istringstream words(answer.said);
  for (std::string word; words >> word && addresses.size() < kMostAddresses;) {
    if (IsNumericAddress(word)) addresses.push_back(word);
  }
  if (addresses.empty()) return Status::kDnsFailed;
  return addresses;
}

Result<std::vector<std::string>> AddressesOf(const std::string& host,
                                             const Resolver& resolver,
                                             const Deadline& deadline) {
  if (IsNumericAddress(host)) return std::vector<std::string>{host};
  return Resolve(host, resolver, deadline);
}

}  // namespace torpor::telemetry
