#include "telemetry/resolve.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>

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

// What the child does; it never returns, and runs no destructor of its parent's.
[[noreturn]] void Answer(int pipe, pid_t parent, const std::string& host,
                         const Resolver& resolver) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before we could be told
  const std::string answer = resolver ? resolver(host) : SystemResolver(host);
  std::size_t sent = 0;
  while (sent < answer.size()) {
    const ssize_t n = ::write(pipe, answer.data() + sent, answer.size() - sent);
    if (n <= 0) break;
    sent += static_cast<std::size_t>(n);
  }
  ::_exit(0);
}

// Everything the child says until it closes its end; kDnsTimeout if that takes too long.
Status ReadAnswer(int pipe, const Deadline& deadline, std::string& answer) {
  std::array<char, 256> some{};
  for (;;) {
    pollfd wait{pipe, POLLIN, 0};
    const int left = deadline.left_ms();
    if (left <= 0) return Status::kDnsTimeout;
    const int ready = ::poll(&wait, 1, left);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return ready == 0 ? Status::kDnsTimeout : Status::kOs;
    const ssize_t n = ::read(pipe, some.data(), some.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::kOs;
    if (n == 0) return Status::kOk;
    answer.append(some.data(), static_cast<std::size_t>(n));
    if (answer.size() > kLongestAnswer) return Status::kOk;
  }
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
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Status::kOs;
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    Answer(ends[1], self, host, resolver);
  }
  ::close(ends[1]);
  std::string answer;
  const Status status = child < 0 ? Status::kOs : ReadAnswer(ends[0], deadline, answer);
  ::close(ends[0]);
  if (child > 0) {
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (status != Status::kOk) return status;

  std::vector<std::string> addresses;
  std::istringstream words(answer);
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
