#include "telemetry/journal_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

namespace torpor::telemetry {

namespace {

constexpr std::size_t kMostOthers = 4;

// As poll() wants them; rounded up, so that it does not end just before its time.
int PollTime(std::chrono::steady_clock::duration time) {
  const auto whole = std::chrono::ceil<Milliseconds>(time).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, INT_MAX));
}

}  // namespace

JournalWatch::JournalWatch(const std::filesystem::path& folder)
    : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  const bool watched = fd_ >= 0 && ::inotify_add_watch(fd_, folder.c_str(),
                                                       IN_MODIFY | IN_MOVED_FROM |
                                                           IN_DELETE | IN_MOVE_SELF) >= 0;
  if (!watched) Fail(errno);
}

JournalWatch::~JournalWatch() {
  if (fd_ >= 0) ::close(fd_);
}

void JournalWatch::Fail(int error) {
  gone_ = true;
  error_ = error;
}

void JournalWatch::Read() {
  // NOLINTNEXTLINE(*-member-init): read() fills it
  alignas(inotify_event) std::array<char, 4096> events;
  const ssize_t size = ::read(fd_, events.data(), events.size());
  if (size <= 0) return Fail(errno);
  for (ssize_t at = 0; at < size;) {
    inotify_event event{};
    std::memcpy(&event, &events[static_cast<std::size_t>(at)], sizeof event);
    const std::string_view name =
        event.len > 0 ? &events[static_cast<std::size_t>(at) + sizeof event] : "";
    at += static_cast<ssize_t>(sizeof event + event.len);
    const bool gone = (event.mask & (IN_MOVED_FROM | IN_DELETE)) != 0;
    if ((gone && name == kJournalFile) ||
        (event.mask & (IN_IGNORED | IN_MOVE_SELF)) != 0) {
      return Fail(0);
    }
    // The write-ahead log counts, too; after an overflow anything may have been.
    if (name.starts_with(kJournalFile) || (event.mask & IN_Q_OVERFLOW) != 0) {
      written_ = Clock::now();
    }
  }
}

JournalWatch::News JournalWatch::Wait(std::optional<Milliseconds> most,
                                      std::span<const int> others) {
  const auto began = Clock::now();
  while (!gone_) {
    const auto now = Clock::now();
    if (written_ && now - *written_ >= kQuiet) {
      written_.reset();
      return News::kWritten;
    }
    if (most && now - began >= *most) return News::kNothing;
    int time = -1;
    if (written_) time = PollTime(*written_ + kQuiet - now);
    if (most) {
      const int left = PollTime(began + *most - now);
      time = time < 0 ? left : std::min(time, left);
    }
    std::array<pollfd, kMostOthers + 1> all{};
    all[0] = {fd_, POLLIN, 0};
    const std::size_t count = std::min(others.size(), kMostOthers);
    for (std::size_t i = 0; i < count; ++i) all[i + 1] = {others[i], POLLIN, 0};
    const int ready = ::poll(all.data(), static_cast<nfds_t>(count + 1), time);
    if (ready < 0 && errno == EINTR) return News::kNothing;
    if (ready < 0) {
      Fail(errno);
      break;
    }
    if (all[0].revents != 0) Read();
    for (std::size_t i = 1; i <= count; ++i) {
      if (all[i].revents != 0) return News::kInput;
    }
  }
  return News::kGone;
}

}  // namespace torpor::telemetry
