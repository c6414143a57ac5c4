#include "agent/linux/serial_link.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace torpor::agent {
namespace {

struct Speed {
  std::uint32_t baud;
  speed_t code;
};

// The rates that termios names; a contract with another one is run at 115200, which a pty
// ignores and a real device shows as corrupt packets.
constexpr std::array kSpeeds = {
    Speed{9'600, B9600},        Speed{19'200, B19200},      Speed{38'400, B38400},
    Speed{57'600, B57600},      Speed{115'200, B115200},    Speed{230'400, B230400},
    Speed{460'800, B460800},    Speed{500'000, B500000},    Speed{576'000, B576000},
    Speed{921'600, B921600},    Speed{1'000'000, B1000000}, Speed{1'152'000, B1152000},
    Speed{1'500'000, B1500000}, Speed{2'000'000, B2000000}, Speed{2'500'000, B2500000},
    Speed{3'000'000, B3000000},
};

speed_t SpeedOf(std::uint32_t baud) {
  for (const Speed& speed : kSpeeds) {
    if (speed.baud == baud) return speed.code;
  }
  return B115200;
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

bool SerialLink::Open() {
  if (open()) return true;
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) return false;
  const bool opened = S_ISSOCK(info.st_mode) ? OpenSocket() : OpenDevice();
  if (opened) ++openings_;
  return opened;
}

bool SerialLink::OpenSocket() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof(address.sun_path)) return false;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return false;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API is made
  // so
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd.get(), generic, sizeof(address)) != 0) return false;
  fd_ = std::move(fd);
  return true;
}

bool SerialLink::OpenDevice() {
  Descriptor fd(::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return false;
  termios settings{};
  if (::tcgetattr(fd.get(), &settings) != 0) return false;  // not a terminal: not a link
  ::cfmakeraw(&settings);
  settings.c_cflag |= static_cast<tcflag_t>(CLOCAL | CREAD);
  ::cfsetspeed(&settings, SpeedOf(baud_));
  if (::tcsetattr(fd.get(), TCSANOW, &settings) != 0) return false;
  ::tcflush(fd.get(), TCIOFLUSH);
  fd_ = std::move(fd);
  return true;
}

std::size_t SerialLink::Read(std::span<std::byte> into) {
  if (!open()) return 0;
  const ssize_t count = ::read(fd_.get(), into.data(), into.size());
  if (count > 0) return static_cast<std::size_t>(count);
  if (count == 0 || !WouldBlock()) Close();  // end of file or EIO: the device has gone
  return 0;
}

std::size_t SerialLink::Write(std::span<const std::byte> bytes) {
  if (!open()) return 0;
  const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
  if (count >= 0) return static_cast<std::size_t>(count);
  if (!WouldBlock()) Close();
  return 0;
}

}  // namespace torpor::agent
