#include "simulate/broker_client.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace torpor::simulate {
namespace {

using broker::Kind;

std::size_t Receive(int fd, std::span<std::byte> room) {
  ssize_t got = 0;
  do {
    got = recv(fd, room.data(), room.size(), 0);
  } while (got < 0 && errno == EINTR);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

}  // namespace

Result<BrokerClient> BrokerClient::Connect(const std::string& path, Role role) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return Status::kIo;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);

  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0) return Status::kIo;
  BrokerClient client(fd);
  // POSIX wants the general address type here.
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return errno == ENOENT || errno == ECONNREFUSED ? Status::kFileMissing : Status::kIo;
  }
  const std::array<std::byte, 3> hello{static_cast<std::byte>(Kind::kHello),
                                       std::byte{broker::kVersion},
                                       static_cast<std::byte>(role)};
  if (!client.Send(hello, {})) return Status::kIo;

  client.message_.resize(broker::kMaxMessage);
  const std::size_t got = Receive(fd, client.message_);
  ByteReader answer(std::span<const std::byte>(client.message_).first(got));
  const auto kind = static_cast<Kind>(answer.Read<std::uint8_t>());
  client.clock_ = broker::ReadClock(answer);
  if (kind != Kind::kWelcome || !answer.done()) return Status::kUnexpectedMessage;
  return client;
}

BrokerClient::BrokerClient(BrokerClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      stopped_(std::exchange(other.stopped_, true)),
      clock_(other.clock_),
      outgoing_(std::move(other.outgoing_)),
      incoming_(std::move(other.incoming_)),
      read_(std::exchange(other.read_, 0)),
      message_(std::move(other.message_)) {}

BrokerClient& BrokerClient::operator=(BrokerClient&& other) noexcept {
  BrokerClient moved(std::move(other));
  std::swap(fd_, moved.fd_);
  std::swap(stopped_, moved.stopped_);
  std::swap(clock_, moved.clock_);
  std::swap(outgoing_, moved.outgoing_);
  std::swap(incoming_, moved.incoming_);
  std::swap(read_, moved.read_);
  std::swap(message_, moved.message_);
  return *this;
}

BrokerClient::~BrokerClient() {
  if (fd_ < 0) return;
  Flush();
  close(fd_);
}

bool BrokerClient::Send(std::span<const std::byte> head,
                        std::span<const std::byte> rest) {
  // The kernel only reads through these; iovec has no pointer to const.
  std::array<iovec, 2> parts{iovec{const_cast<std::byte*>(head.data()), head.size()},
                             iovec{const_cast<std::byte*>(rest.data()), rest.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ssize_t sent = 0;
  do {
    sent = sendmsg(fd_, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

void BrokerClient::Stop() {
  stopped_ = true;
  outgoing_.clear();
}

void BrokerClient::Flush() {
  if (outgoing_.empty()) return;
  const std::array<std::byte, 1> head{static_cast<std::byte>(Kind::kWrite)};
  if (!Send(head, outgoing_)) Stop();
  outgoing_.clear();
}

std::size_t BrokerClient::Write(std::span<const std::byte> bytes) {
  if (!DevicePresent()) return 0;
  for (std::span<const std::byte> rest = bytes; !rest.empty();) {
    if (stopped_) return 0;
    const auto chunk = rest.first(std::min(rest.size(), broker::kMaxChunk));
    if (outgoing_.size() + chunk.size() + 64 > broker::kMaxMessage) Flush();
    std::array<std::byte, 4> length{};
    ByteWriter(length).Write(static_cast<std::uint32_t>(chunk.size()));
    outgoing_.insert(outgoing_.end(), length.begin(), length.end());
    outgoing_.insert(outgoing_.end(), chunk.begin(), chunk.end());
    rest = rest.subspan(chunk.size());
  }
  return bytes.size();
}

std::size_t BrokerClient::Read(std::span<std::byte> out) {
  const std::size_t taken = std::min(out.size(), incoming_.size() - read_);
  std::copy_n(incoming_.begin() + static_cast<std::ptrdiff_t>(read_), taken, out.begin());
  read_ += taken;
  if (read_ == incoming_.size()) {
    incoming_.clear();
    read_ = 0;
  }
  return taken;
}

Wake BrokerClient::WaitUntil(Instant deadline, WakeOnBytes wake_on_bytes) {
  if (stopped_) return Wake::kStopped;
  if (wake_on_bytes == WakeOnBytes::kYes && !incoming_.empty()) return Wake::kBytes;
  if (deadline <= Now()) return Wake::kDeadline;

  std::array<std::byte, 10> head{};
  ByteWriter writer(head);
  writer.Write(static_cast<std::uint8_t>(Kind::kWait));
  writer.Write(static_cast<std::uint64_t>(SinceBootMicroseconds(deadline)));
  writer.Write(static_cast<std::uint8_t>(wake_on_bytes));
  if (!Send(head, outgoing_)) {
    Stop();
    return Wake::kStopped;
  }
  outgoing_.clear();

  while (true) {
    const std::size_t got = Receive(fd_, message_);
    ByteReader answer(std::span<const std::byte>(message_).first(got));
    const auto kind = static_cast<Kind>(answer.Read<std::uint8_t>());
    if (!answer.ok() || (kind != Kind::kWake && kind != Kind::kBytes)) {
      Stop();
      return Wake::kStopped;
    }
    auto why = Wake::kStopped;
    if (kind == Kind::kWake) {
      why = static_cast<Wake>(answer.Read<std::uint8_t>());
      clock_ = broker::ReadClock(answer);
    }
    incoming_.insert(incoming_.end(), answer.rest().begin(), answer.rest().end());
    if (kind == Kind::kBytes) continue;
    if (why == Wake::kStopped) Stop();
    return why;
  }
}

}  // namespace torpor::simulate
