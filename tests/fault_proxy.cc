#include "tests/fault_proxy.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "simulate/wire.h"

namespace torpor::tests {
namespace {

using simulate::FaultKind;
using simulate::LineFaults;
using simulate::Outage;
using simulate::Role;
using simulate::Wire;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }

  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Instant BootNow() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return FromMicroseconds(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

// Listens there, or connects to who does.
Descriptor OpenSocket(const std::string& path, bool listens) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return Descriptor(-1);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // POSIX wants the general address type here.
  const auto* general = reinterpret_cast<const sockaddr*>(&address);  // NOLINT
  const bool good = listens ? ::bind(fd.get(), general, sizeof(address)) == 0 &&
                                  ::listen(fd.get(), 1) == 0
                            : ::connect(fd.get(), general, sizeof(address)) == 0;
  return good ? std::move(fd) : Descriptor(-1);
}

// One direction: a wire, and what has crossed it and was not taken yet.
struct Direction {
  Wire wire;
  std::vector<std::byte> crossed;

  // False when the other end has gone.
  bool Take(int from, Instant now) {
    std::array<std::byte, 4096> bytes{};
    const ssize_t got = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      wire.Send(now, std::span(bytes).first(static_cast<std::size_t>(got)));
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
  }
  void Give(int to, Instant now) {
    wire.Receive(now, crossed);
    if (crossed.empty()) return;
    const ssize_t put =
        to < 0 ? static_cast<ssize_t>(crossed.size())  // as on a wire
               : ::send(to, crossed.data(), crossed.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put > 0) crossed.erase(crossed.begin(), crossed.begin() + put);
  }
};

class Proxy final : public FaultProxy {
 public:
  Proxy(FaultProxyOptions options, Descriptor far)
      : options_(std::move(options)),
        far_(std::move(far)),
        stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        to_firmware_{WireTo(Role::kFirmware), {}},
        to_computer_{WireTo(Role::kComputer), {}},
        listener_(OpenSocket(options_.near, true)),
        began_(BootNow()),
        thread_([this] { Run(); }) {}
  ~Proxy() override {
    Stop();
    ::unlink(options_.near.c_str());
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] Instant began() const override { return began_; }

  simulate::FaultCounts Stop() override {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(stop_.get(), &one, sizeof(one));
    if (thread_.joinable()) thread_.join();
    simulate::FaultCounts counts = to_firmware_.wire.faults();
    for (std::size_t i = 0; i < simulate::kFaultKinds; ++i) {
      counts[i] += to_computer_.wire.faults()[i];
    }
    counts[static_cast<std::size_t>(FaultKind::kUnplug)] = unplugged_;
    return counts;
  }

 private:
  [[nodiscard]] Wire WireTo(Role role) const {
    return {options_.baud, options_.plan.outages, {}, LineFaults(options_.plan, role)};
  }
  [[nodiscard]] Instant Now() const { return Instant(BootNow() - began_); }

  [[nodiscard]] bool Unplugged(Instant now) const {
    return std::ranges::any_of(options_.plan.outages, [&](const Outage& outage) {
      return outage.seen == Outage::Seen::kAsDeviceGone && outage.from <= now &&
             now < outage.to;
    });
  }

  // A device that is gone has no name, either.
  void Plug(Instant now) {
    const bool gone = Unplugged(now);
    if (gone && listener_.valid()) {
      near_.Close();
      listener_.Close();
      ::unlink(options_.near.c_str());
      to_computer_.crossed.clear();
      ++unplugged_;
    } else if (!gone && !listener_.valid()) {
      listener_ = OpenSocket(options_.near, true);
    }
  }

  [[nodiscard]] Instant NextEvent(Instant now) const {
    Instant next = now + std::chrono::seconds(1);
    for (const Direction* direction : {&to_firmware_, &to_computer_}) {
      if (const auto at = direction->wire.NextArrival()) next = std::min(next, *at);
    }
    for (const Outage& outage : options_.plan.outages) {
      for (const Instant edge : {outage.from, outage.to}) {
        if (edge > now) next = std::min(next, edge);
      }
    }
    return next;
  }

  void Run() {
    for (;;) {
      const Instant now = Now();
      Plug(now);
      to_firmware_.Give(far_.get(), now);
      to_computer_.Give(near_.get(), now);
      const auto wants = [](const Direction& direction) {
        return static_cast<short>(direction.crossed.empty() ? POLLIN : POLLIN | POLLOUT);
      };
      std::array<pollfd, 4> fds = {
          pollfd{stop_.get(), POLLIN, 0},
          pollfd{near_.valid() ? -1 : listener_.get(), POLLIN, 0},
          pollfd{near_.get(), wants(to_computer_), 0},
          pollfd{far_.get(), wants(to_firmware_), 0},
      };
      const auto left = std::max(NextEvent(now) - now, Microseconds(0)).count();
      const timespec wait{left / 1'000'000, left % 1'000'000 * 1000};
      ::ppoll(fds.data(), fds.size(), &wait, nullptr);
      if (fds[0].revents != 0) return;
      if (fds[1].revents != 0) {
        near_ = Descriptor(
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      }
      if (fds[2].revents != 0 && !to_firmware_.Take(near_.get(), Now())) {
        near_.Close();
      }
      if (fds[3].revents != 0 && !to_computer_.Take(far_.get(), Now())) {
        far_.Close();
      }
    }
  }

  FaultProxyOptions options_;
  Descriptor far_, stop_;
  Direction to_firmware_, to_computer_;
  Descriptor listener_, near_{-1};
  std::uint64_t unplugged_ = 0;
  Instant began_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<FaultProxy> FaultProxy::Start(FaultProxyOptions options) {
  Descriptor far = OpenSocket(options.far, false);
  for (int i = 0; i < 500 && !far.valid(); ++i) {  // it may be about to listen
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    far = OpenSocket(options.far, false);
  }
  if (!far.valid()) return nullptr;
  return std::make_unique<Proxy>(std::move(options), std::move(far));
}

}  // namespace torpor::tests
