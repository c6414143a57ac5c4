#include "simulate/gateway.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

namespace torpor::simulate {
namespace {

constexpr std::size_t kLongestRequest = std::size_t{1} << 20;
constexpr std::string_view kGood =
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

constexpr std::string_view kNotThisOne =
    "HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 12\r\nConnection: "
    "close\r\n\r\n"
    "not this one";

std::size_t ContentLength(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  };
  const auto at = std::search(head.begin(), head.end(), kName.begin(), kName.end(), same);
  if (at == head.end()) return 0;
  const char* from = &*at + kName.size();
  while (from < head.data() + head.size() && *from == ' ') ++from;
  std::size_t length = 0;
  (void)std::from_chars(from, head.data() + head.size(), length);
  return std::min(length, kLongestRequest);
}

void ResetConnection(int socket) {
  const linger now{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(socket);
}

}  // namespace

struct FaultGateway::Connection {
  int socket = -1;
  std::string request, answer;
  std::size_t sent = 0;
  bool answering = false, endless = false, drips = false;

  [[nodiscard]] bool wants_to_write() const {
    return answering && (endless || sent < answer.size());
  }
  void Close() {
    ::close(socket);
    socket = -1;
  }
};

FaultGateway::FaultGateway(GatewayFault fault) : fault_(fault) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  stop_reader_ = ends[0];
  stop_writer_ = ends[1];
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  // The only way these calls take an address.
  auto* address = reinterpret_cast<sockaddr*>(&here);
  if (listener_ < 0 || ::bind(listener_, address, size) != 0 ||
      ::listen(listener_, SOMAXCONN) != 0 ||
      ::getsockname(listener_, address, &size) != 0) {
    return;
  }
  port_ = ntohs(here.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

FaultGateway::~FaultGateway() {
  if (stop_writer_ >= 0) ::close(stop_writer_);
  if (thread_.joinable()) thread_.join();
  for (const int descriptor : {listener_, stop_reader_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

std::string FaultGateway::address() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<PushedPage> FaultGateway::pages() const {
  const std::lock_guard lock(kept_mutex_);
  return kept_;
}

void FaultGateway::set_refused_word(std::string word) {
  const std::lock_guard lock(kept_mutex_);
  refused_word_ = std::move(word);
}

void FaultGateway::Serve() {
  for (;;) {
    std::vector<pollfd> wait = {{stop_reader_, POLLIN, 0}, {listener_, POLLIN, 0}};
    bool drips = false;
    for (const Connection& c : open_) {
      const bool drip = c.drips && c.wants_to_write();
      drips = drips || drip;
      const int events = c.wants_to_write() && !drip ? POLLOUT : POLLIN;
      wait.push_back({c.socket, static_cast<short>(events), 0});
    }
    const int ready =
        ::poll(wait.data(), wait.size(), drips ? static_cast<int>(drip_ms_) : -1);
    if ((wait[0].revents & (POLLHUP | POLLIN)) != 0) break;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      Connection& c = open_[i];
      const short events = wait[i + 2].revents;
      if ((ready == 0 && c.drips) || (events & POLLOUT) != 0) {
        Write(c);
      } else if (events != 0) {
        Read(c);
      }
    }
    std::erase_if(open_, [](const Connection& c) { return c.socket < 0; });
    if ((wait[1].revents & POLLIN) != 0) Accept();
  }
  for (Connection& c : open_) c.Close();
}

void FaultGateway::Accept() {
  const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket < 0) return;
  ++connections_;
  if (fault_ == GatewayFault::kReset) return ResetConnection(socket);
  Connection connection;
  connection.socket = socket;
  open_.push_back(std::move(connection));
}

void FaultGateway::Read(Connection& c) {
  std::array<char, 4096> some{};
  const ssize_t n = ::read(c.socket, some.data(), some.size());
  if (n <= 0) return c.Close();
  if (c.answering || c.request.size() > kLongestRequest) return;  // said enough
  c.request.append(some.data(), static_cast<std::size_t>(n));
  const std::size_t head = c.request.find("\r\n\r\n");
  if (head == std::string::npos) return;
  if (c.request.size() < head + 4 + ContentLength({c.request.data(), head})) return;
  Answer(c);
}

bool FaultGateway::Keep(const Connection& c) {
  const std::size_t head = c.request.find("\r\n\r\n");
  const std::size_t method = c.request.find(' ');
  const std::size_t path = c.request.find(' ', method + 1);
  if (method > head || path > head) return false;
  std::string body = c.request.substr(head + 4);
  const std::lock_guard lock(kept_mutex_);
  if (!refused_word_.empty() && body.find(refused_word_) != std::string::npos) {
    return false;
  }
  if (kept_.size() == kMostKept) kept_.erase(kept_.begin());
  kept_.push_back({c.request.substr(0, method),
                   c.request.substr(method + 1, path - method - 1), std::move(body),
                   c.request.substr(0, head)});
  ++pushes_;
  return true;
}

void FaultGateway::Answer(Connection& c) {
  c.answering = true;
  switch (fault_) {
    case GatewayFault::kNone:
      c.answer = Keep(c) ? kGood : kNotThisOne;
      break;
    case GatewayFault::kMute:
      (void)Keep(c);
      return c.Close();
    case GatewayFault::kHang:
      return;
    case GatewayFault::kReset:
      ResetConnection(c.socket);
      c.socket = -1;
      return;
    case GatewayFault::kEmpty:
      return c.Close();
    case GatewayFault::kRubbish:
      c.answer = "\x16\x03\x01 what is a robot? \xff\xfe\n\n";
      break;
    case GatewayFault::kDrip:
      c.answer = kGood;
      c.drips = true;
      break;
    case GatewayFault::kHuge:
      c.answer = "HTTP/1.1 200 OK\r\n\r\n" + std::string(8192, 'x');
      c.endless = true;
      break;
    case GatewayFault::kHeaders:
      c.answer = "HTTP/1.1 200 OK\r\nx: " + std::string(8000, 'x') + "\r\n";
      c.endless = true;
      break;
    case GatewayFault::kMoved:
      c.answer =
          "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
          "Content-Length: 0\r\nConnection: close\r\n\r\n";
      break;
    case GatewayFault::kReject:
      c.answer =
          "HTTP/1.1 400 Bad Request\r\nContent-Length: 21\r\nConnection: close\r\n\r\n"
          "pushed metrics are\tno";
      break;
    case GatewayFault::kEcho:
      c.answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: " +
                 std::to_string(c.request.size()) + "\r\n\r\n" + c.request;
      break;
    case GatewayFault::kBroken:
      c.answer =
          "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n"
          "Connection: close\r\n\r\n";
      break;
  }
  if (!c.drips) Write(c);
}

void FaultGateway::Write(Connection& c) {
  if (c.endless && c.sent == c.answer.size()) {
    // The tail again: more body, or another header.
    c.sent = c.answer.find(c.answer.find("x: ") == std::string::npos ? "xx" : "x: ");
  }
  const std::size_t bytes = c.drips ? 1 : c.answer.size() - c.sent;
  const ssize_t n = ::send(c.socket, c.answer.data() + c.sent, bytes, MSG_NOSIGNAL);
  if (n <= 0) return c.Close();
  c.sent += static_cast<std::size_t>(n);
  if (!c.wants_to_write()) {
    // Close() alone could reset what is still on its way; the client closes.
    ::shutdown(c.socket, SHUT_WR);
  }
}

}  // namespace torpor::simulate
