#include "agent/linux/kernel_files.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "agent/accelerator/descriptor.h"

namespace torpor::agent {
namespace {

extern "C" void OnImpatience(int) {}  // that it came ends the call: EINTR

// Interrupts a system call that waits, again and again from `after` on: a signal that
// comes just before the call would be lost otherwise.
class Impatience {
 public:
  explicit Impatience(Microseconds after) {
    struct sigaction action {};
    action.sa_handler = OnImpatience;  // without SA_RESTART
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGRTMIN;
    // It stays: a last signal may still be on its way when the timer is gone.
    if (::sigaction(SIGRTMIN, &action, nullptr) != 0) return;
    if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) return;
    armed_ = true;
    const std::int64_t us = std::max<std::int64_t>(after.count(), 1);
    itimerspec when{};
    when.it_value.tv_sec = us / 1'000'000;
    when.it_value.tv_nsec = us % 1'000'000 * 1000;
    when.it_interval = when.it_value;
    ::timer_settime(timer_, 0, &when, nullptr);
  }
  ~Impatience() {
    if (armed_) ::timer_delete(timer_);
  }
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;
  [[nodiscard]] bool armed() const { return armed_; }

 private:
  timer_t timer_{};
  bool armed_ = false;
};

}  // namespace

int KernelFiles::Write(std::string_view path, std::string_view text) {
  const Descriptor file(::open((root_ / path).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!file.valid()) return errno;
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written < 0) return errno;
  return static_cast<std::size_t>(written) == text.size() ? 0 : EIO;
}

int KernelFiles::WhyNotWritable(std::string_view path) const {
  const std::string place = root_ / path;
  return ::faccessat(AT_FDCWD, place.c_str(), W_OK, AT_EACCESS) == 0 ? 0 : errno;
}

std::optional<std::string> KernelFiles::ReadPatiently(std::string_view path,
                                                      Microseconds patience) {
  const Impatience impatience(patience);
  if (!impatience.armed()) return std::nullopt;  // nothing would end the waiting
  const Descriptor file(::open((root_ / path).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  std::array<char, 256> bytes{};
  const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
  if (count < 0) return std::nullopt;
  std::string_view text(bytes.data(), static_cast<std::size_t>(count));
  const std::size_t end = text.find_last_not_of(" \n\t");
  return std::string(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

}  // namespace torpor::agent
