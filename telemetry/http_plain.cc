#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "telemetry/http_reply.h"
#include "telemetry/http_request.h"

namespace torpor::telemetry {
namespace {

class Socket {
 public:
  explicit Socket(int family)
      : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

HttpResult Failed(Status status, int error) {
  return {status, 0, std::strerror(error)};  // NOLINT(concurrency-mt-unsafe): one thread
}
HttpResult TooLate() { return {Status::kGatewayTimeout, 0, "no answer in time"}; }

struct Where {
  sockaddr_storage address{};
  socklen_t size = 0;
};

std::optional<Where> WhereIs(const std::string& numeric, const std::string& port) {
  Where where;
  const auto number =
      htons(static_cast<std::uint16_t>(std::strtoul(port.c_str(), nullptr, 10)));
  sockaddr_in four{};
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET, numeric.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = number;
    std::memcpy(&where.address, &four, where.size = sizeof four);
  } else if (::inet_pton(AF_INET6, numeric.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = number;
    std::memcpy(&where.address, &six, where.size = sizeof six);
  } else {
    return std::nullopt;
  }
  return where;
}

// Waits for `events`, at most for so long. 0 when the time is over.
short WaitFor(int fd, short events, Microseconds most) {
  pollfd wait{fd, events, 0};
  for (;;) {
    const timespec left{static_cast<time_t>(most.count() / 1'000'000),
                        static_cast<long>(most.count() % 1'000'000 * 1000)};
    const int ready = ::ppoll(&wait, 1, &left, nullptr);
    if (ready > 0) return wait.revents;
    // A signal cuts a wait short; who asks again asks the deadline first.
    return ready < 0 && errno == EINTR ? events : short{0};
  }
}

// Nothing when it is connected.
std::optional<HttpResult> Connect(int fd, const Where& where, Microseconds most) {
  const auto* address = reinterpret_cast<const sockaddr*>(&where.address);
  if (::connect(fd, address, where.size) == 0) return std::nullopt;
  if (errno != EINPROGRESS && errno != EINTR) {
    return Failed(Status::kGatewayUnreachable, errno);
  }
  if (WaitFor(fd, POLLOUT, most) == 0) return TooLate();
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) return std::nullopt;
  return Failed(Status::kGatewayUnreachable, error);
}

std::string RequestText(const HttpRequest& request) {
  std::string text;
  text.append(request.method).append(" ").append(request.address.path);
  text.append(" HTTP/1.1\r\nHost: ").append(request.address.authority);
  text.append("\r\nUser-Agent: torpor\r\nAccept: */*\r\nConnection: close\r\n");
  for (const HttpHeader& header : request.headers) {
    text.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  text.append("Content-Length: ").append(std::to_string(request.body.size()));
  text.append("\r\n\r\n").append(request.body);
  return text;
}

HttpResult Told(const HttpReply& reply) {
  const bool good = reply.http_status() >= 200 && reply.http_status() < 300;
  return {good ? Status::kOk : Status::kGatewayRejected, reply.http_status(),
          reply.body()};
}
HttpResult Rubbish(const HttpReply& reply) {
  return {Status::kGatewayRubbish, reply.http_status(), "the answer is no HTTP"};
}

// Sends all and hears all, both at once: who refuses a page may say so before its end.
HttpResult Exchange(int fd, const HttpRequest& request) {
  const std::string text = RequestText(request);
  std::string_view unsent = text;
  HttpReply reply;
  std::array<char, 2048> some{};
  for (;;) {
    const Microseconds left = request.deadline.left();
    if (left.count() <= 0) return TooLate();
    const auto events = static_cast<short>(unsent.empty() ? POLLIN : POLLIN | POLLOUT);
    const short ready = WaitFor(fd, events, left);
    if ((ready & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const ssize_t n = ::recv(fd, some.data(), some.size(), 0);
      if (n < 0 && errno != EAGAIN && errno != EINTR) {
        return Failed(Status::kGatewayUnreachable, errno);
      }
      if (n >= 0) {
        const auto heard =
            n == 0 ? reply.End() : reply.Take({some.data(), static_cast<std::size_t>(n)});
        if (heard == HttpReply::Heard::kWhole) {
          const HttpResult told = Told(reply);
          // Who takes a page that it has not read does not know what it says.
          return told.status == Status::kOk && !unsent.empty() ? Rubbish(reply) : told;
        }
        if (heard == HttpReply::Heard::kRubbish) return Rubbish(reply);
      }
    }
    if ((ready & POLLOUT) == 0 || unsent.empty()) continue;
    const ssize_t n = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (n > 0) unsent.remove_prefix(static_cast<std::size_t>(n));
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      return Failed(Status::kGatewayUnreachable, errno);
    }
  }
}

}  // namespace

HttpResult SendPlain(const HttpRequest& request) {
  HttpResult result = {Status::kGatewayUnreachable, 0, "no address"};
  for (std::size_t i = 0; i < request.addresses.size(); ++i) {
    const auto where = WhereIs(request.addresses[i], request.address.port);
    if (!where) continue;
    const Socket socket(where->address.ss_family);
    if (socket.get() < 0) {  // a machine without IPv6, say
      result = Failed(Status::kGatewayUnreachable, errno);
      continue;
    }
    // One that does not answer leaves half of the time to those behind it.
    const Microseconds left = request.deadline.left();
    const bool last = i + 1 == request.addresses.size();
    const auto failed = Connect(socket.get(), *where, last ? left : left / 2);
    if (!failed) return Exchange(socket.get(), request);
    result = *failed;
  }
  return result;
}

}  // namespace torpor::telemetry
