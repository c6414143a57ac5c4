// The broker's sockets: who is here, what they say, and what they are told. When time
// goes on is broker.cc's.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/bytes.h"
#include "simulate/broker.h"

namespace torpor::simulate {
namespace {

using broker::Kind;

constexpr std::size_t kMaxVisitors = 8;

// Whole, or the other end is gone. Blocks while the other end is stopped: no time passes.
bool SendAll(int fd, std::span<const std::byte> head, std::span<const std::byte> rest) {
  // The kernel only reads through these; iovec has no pointer to const.
  std::array<iovec, 2> parts{iovec{const_cast<std::byte*>(head.data()), head.size()},
                             iovec{const_cast<std::byte*>(rest.data()), rest.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ssize_t sent = 0;
  do {
    sent = sendmsg(fd, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

bool Backwards(const BrokerOptions& options) {
  return std::ranges::any_of(options.outages,
                             [](const Outage& o) { return o.to < o.from; }) ||
         std::ranges::any_of(options.returns_after, [](const auto& after) {
           return after && after->count() < 0;
         });
}

}  // namespace

Result<std::unique_ptr<Broker>> Broker::Listen(BrokerOptions options) {
  if (options.link_baud == 0 || Backwards(options)) return Status::kOutOfRange;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (options.path.size() >= sizeof(address.sun_path)) return Status::kIo;
  std::memcpy(address.sun_path, options.path.c_str(), options.path.size() + 1);

  std::unique_ptr<Broker> broker(new Broker(std::move(options)));
  broker->stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0 || broker->stop_fd_ < 0) {
    if (fd >= 0) close(fd);
    return Status::kIo;
  }
  // POSIX wants the general address type here.
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const Status why = errno == EADDRINUSE ? Status::kFileExists : Status::kIo;
    close(fd);
    return why;
  }
  broker->listen_fd_ = fd;  // from here on the file at path is ours to remove
  if (chmod(address.sun_path, S_IRUSR | S_IWUSR) != 0 || listen(fd, kMaxVisitors) != 0) {
    return Status::kIo;
  }
  return broker;
}

Broker::~Broker() {
  for (Seat& seat : seats_) Close(seat.fd);
  for (Visitor& visitor : visitors_) Close(visitor.fd);
  Close(stop_fd_);
  if (listen_fd_ < 0) return;
  Close(listen_fd_);
  unlink(options_.path.c_str());
}

void Broker::Close(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

void Broker::Stop() {
  const std::uint64_t one = 1;
  // Cannot fail but by a counter that is full, and then the stop is pending already.
  [[maybe_unused]] const ssize_t written = write(stop_fd_, &one, sizeof(one));
}

Broker::Heard Broker::Hear() {
  std::vector<pollfd> fds{{stop_fd_, POLLIN, 0}, {listen_fd_, POLLIN, 0}};
  for (const Seat& seat : seats_) fds.push_back({seat.fd, POLLIN, 0});  // -1 is skipped
  for (const Visitor& visitor : visitors_) fds.push_back({visitor.fd, POLLIN, 0});

  int ready = 0;
  do {
    ready = poll(fds.data(), fds.size(), static_cast<int>(options_.patience.count()));
  } while (ready < 0 && errno == EINTR);
  if (fds[0].revents != 0) return Heard::kStop;
  if (ready <= 0) return Heard::kNothing;

  // Who leaves is heard before who comes: the same role may do both in one breath.
  for (std::size_t i = 0; i < kRoles; ++i) {
    if (fds[2 + i].revents != 0) HearSeat(static_cast<Role>(i));
  }
  for (std::size_t i = 0; i < visitors_.size(); ++i) {
    if (fds[2 + kRoles + i].revents != 0) HearVisitor(visitors_[i]);
  }
  if (fds[1].revents != 0) Accept();
  SeatVisitors();
  return Heard::kSomething;
}

void Broker::Accept() {
  int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  if (visitors_.size() >= kMaxVisitors) {
    Close(fd);
    return;
  }
  visitors_.push_back({fd, std::nullopt});
}

void Broker::HearVisitor(Visitor& visitor) {
  const ssize_t got = recv(visitor.fd, message_.data(), message_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  const std::size_t length = got > 0 ? static_cast<std::size_t>(got) : 0;
  ByteReader in(std::span<const std::byte>(message_).first(length));
  const auto kind = static_cast<Kind>(in.Read<std::uint8_t>());
  const auto version = in.Read<std::uint8_t>();
  const auto role = in.Read<std::uint8_t>();
  const bool good = !visitor.role && in.done() && kind == Kind::kHello &&
                    version == broker::kVersion && role < kRoles;
  if (good) {  // whether its seat is free is seen when it is seated
    visitor.role = static_cast<Role>(role);
    return;
  }
  const std::array<std::byte, 1> no{static_cast<std::byte>(Kind::kRefused)};
  SendAll(visitor.fd, no, {});
  Close(visitor.fd);
}

void Broker::Welcome(Visitor& visitor) {
  Seat& seat = SeatOf(*visitor.role);
  std::array<std::byte, 1 + broker::kClockBytes> answer{};
  ByteWriter out(answer);
  out.Write(static_cast<std::uint8_t>(seat.fd < 0 ? Kind::kWelcome : Kind::kRefused));
  broker::WriteClock(out, ClockOf(*visitor.role));
  const bool sent = SendAll(visitor.fd, answer, {});
  if (seat.fd >= 0 || !sent) {
    Close(visitor.fd);
    return;
  }
  seat = Seat{};
  seat.joined = true;
  seat.fd = std::exchange(visitor.fd, -1);
}

void Broker::HearSeat(Role role) {
  Seat& seat = SeatOf(role);
  const ssize_t got = recv(seat.fd, message_.data(), message_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  const std::size_t length = got > 0 ? static_cast<std::size_t>(got) : 0;
  ByteReader in(std::span<const std::byte>(message_).first(length));
  const auto kind = static_cast<Kind>(in.Read<std::uint8_t>());
  bool good = in.ok() && !seat.waiting && (kind == Kind::kWait || kind == Kind::kWrite);
  if (good && kind == Kind::kWait) {
    const auto deadline = static_cast<std::int64_t>(in.Read<std::uint64_t>());
    seat.deadline = FromMicroseconds(deadline);
    seat.wake_on_bytes = in.Read<std::uint8_t>() != 0;
    seat.waits_since = now_;
    seat.waiting = true;
  }
  while (good && in.ok() && !in.rest().empty()) {
    const auto chunk = in.Take(in.Read<std::uint32_t>());
    if (in.ok()) WireTo(Other(role)).Send(now_, chunk);
  }
  if (!good || !in.ok()) Leave(role);
}

void Broker::SendWake(Role role, Wake why) {
  Seat& seat = SeatOf(role);
  std::array<std::byte, 2 + broker::kClockBytes> head{};
  ByteWriter out(head);
  out.Write(static_cast<std::uint8_t>(Kind::kWake));
  out.Write(static_cast<std::uint8_t>(why));
  broker::WriteClock(out, ClockOf(role));

  std::span<const std::byte> rest = seat.inbox;
  bool sent = true;
  while (sent && rest.size() > broker::kMaxChunk) {
    const std::array<std::byte, 1> more{static_cast<std::byte>(Kind::kBytes)};
    sent = SendAll(seat.fd, more, rest.first(broker::kMaxChunk));
    rest = rest.subspan(broker::kMaxChunk);
  }
  sent = sent && SendAll(seat.fd, head, rest);
  seat.inbox.clear();
  seat.waiting = false;
  if (options_.on_waited) {
    options_.on_waited({role, seat.waits_since, now_, seat.deadline,
                        seat.wake_on_bytes ? WakeOnBytes::kYes : WakeOnBytes::kNo, why});
  }
  ++wakes_;
  if (!sent && why != Wake::kStopped) Leave(role);
}

}  // namespace torpor::simulate
