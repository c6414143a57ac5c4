#include "power/wake_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace torpor::power {
namespace {

constexpr std::string_view kName = "torpord";

Status Write(const std::filesystem::path& node, std::string_view text) {
  const int fd = ::open(node.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? Status::kFileMissing : Status::kIo;
  const ssize_t written = ::write(fd, text.data(), text.size());
  ::close(fd);
  return written == static_cast<ssize_t>(text.size()) ? Status::kOk : Status::kIo;
}

}  // namespace

Result<WakeLock> WakeLock::Take(LeaseBook& book, Instant now, Instant deadline,
                                const std::filesystem::path& power) {
  const Microseconds left = std::max(deadline - now, Microseconds{1});
  const std::string order =
      std::string(kName) + " " + std::to_string(left.count() * 1000);  // nanoseconds
  if (const Status taken = Write(power / "wake_lock", order); taken != Status::kOk) {
    return taken;
  }
  const std::filesystem::path unlock = power / "wake_unlock";
  return WakeLock(book.Take(Consumer::kWakeLock, now, deadline,
                            [unlock] { (void)Write(unlock, kName); }),
                  unlock);
}

WakeLock::~WakeLock() {
  if (lease_.open()) (void)Write(unlock_, kName);
}

}  // namespace torpor::power
