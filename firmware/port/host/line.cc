#include "firmware/port/host/line.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace torpor::firmware::host {
namespace {

simulate::Refusal Why(Status status, const std::string& what) {
  return {status, what + ": " + std::strerror(errno), "", ""};
}

std::size_t ReadSome(int fd, std::span<std::byte> out) {
  const ssize_t got = ::read(fd, out.data(), out.size());
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

// Makes room for our own link or socket; anything else that is there stays.
bool Clear(const std::string& path, mode_t kind) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return true;
  return (there.st_mode & S_IFMT) == kind && ::unlink(path.c_str()) == 0;
}

class PtyLine final : public Line {
 public:
  PtyLine(Descriptor near, Descriptor far, std::string path)
      : near_(std::move(near)), far_(std::move(far)), path_(std::move(path)) {}
  ~PtyLine() override { ::unlink(path_.c_str()); }
  PtyLine(const PtyLine&) = delete;
  PtyLine& operator=(const PtyLine&) = delete;

  std::size_t Read(std::span<std::byte> out) override {
    return ReadSome(near_.get(), out);
  }
  std::size_t Write(std::span<const std::byte> bytes) override {
    const ssize_t put = ::write(near_.get(), bytes.data(), bytes.size());
    return put > 0 ? static_cast<std::size_t>(put) : 0;
  }
  [[nodiscard]] std::vector<pollfd> Watch(bool full) const override {
    return {{near_.get(), static_cast<short>(full ? POLLIN | POLLOUT : POLLIN), 0}};
  }

 private:
  Descriptor near_;
  // Held open, or the near end would report a hang-up for ever while nobody is there.
  Descriptor far_;
  std::string path_;
};

class SocketLine final : public Line {
 public:
  SocketLine(Descriptor listener, std::string path)
      : listener_(std::move(listener)), path_(std::move(path)) {}
  ~SocketLine() override { ::unlink(path_.c_str()); }
  SocketLine(const SocketLine&) = delete;
  SocketLine& operator=(const SocketLine&) = delete;

  std::size_t Read(std::span<std::byte> out) override {
    if (!client_.open()) Accept();
    if (!client_.open()) return 0;
    const ssize_t got = ::read(client_.get(), out.data(), out.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) client_ = Descriptor();
    return 0;
  }
  // Nobody there: the bytes are lost, as on a wire.
  std::size_t Write(std::span<const std::byte> bytes) override {
    if (!client_.open()) return bytes.size();
    const ssize_t put =
        ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put >= 0) return static_cast<std::size_t>(put);
    if (errno == EAGAIN || errno == EINTR) return 0;
    client_ = Descriptor();
    return bytes.size();
  }
  [[nodiscard]] std::vector<pollfd> Watch(bool full) const override {
    if (!client_.open()) return {{listener_.get(), POLLIN, 0}};
    return {{client_.get(), static_cast<short>(full ? POLLIN | POLLOUT : POLLIN), 0}};
  }

 private:
  void Accept() {
    client_ = Descriptor(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  }

  Descriptor listener_;
  Descriptor client_;
  std::string path_;
};

}  // namespace

simulate::Attempt<std::unique_ptr<Line>> OpenPty(const std::string& path) {
  if (!Clear(path, S_IFLNK)) return Why(Status::kFileExists, path);
  Descriptor near(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 128> name{};
  if (!near.open() || ::grantpt(near.get()) != 0 || ::unlockpt(near.get()) != 0 ||
      ::ptsname_r(near.get(), name.data(), name.size()) != 0) {
    return Why(Status::kOs, "pseudo-terminal");
  }
  Descriptor far(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios raw{};
  if (!far.open() || ::tcgetattr(far.get(), &raw) != 0) {
    return Why(Status::kOs, name.data());
  }
  ::cfmakeraw(&raw);
  if (::tcsetattr(far.get(), TCSANOW, &raw) != 0) return Why(Status::kOs, name.data());
  if (::symlink(name.data(), path.c_str()) != 0) return Why(Status::kIo, path);
  return std::unique_ptr<Line>(
      std::make_unique<PtyLine>(std::move(near), std::move(far), path));
}

simulate::Attempt<std::unique_ptr<Line>> OpenSocket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return simulate::Refusal{Status::kUsage, "the socket's path is too long", "", ""};
  }
  std::ranges::copy(path, address.sun_path);
  if (!Clear(path, S_IFSOCK)) return Why(Status::kFileExists, path);
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // The socket interface takes every kind of address through this one type.
  if (!listener.open() ||
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address),  // NOLINT
             sizeof address) != 0 ||
      ::listen(listener.get(), 1) != 0) {
    return Why(Status::kIo, path);
  }
  return std::unique_ptr<Line>(std::make_unique<SocketLine>(std::move(listener), path));
}

}  // namespace torpor::firmware::host
