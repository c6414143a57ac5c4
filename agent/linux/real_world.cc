#include "agent/linux/real_world.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace torpor::agent {
namespace {

std::int64_t ClockMicroseconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

bool Watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Result<std::unique_ptr<RealWorld>> RealWorld::Open(std::string link_path,
                                                   const std::string& watchdog_mark) {
  std::unique_ptr<RealWorld> world(new RealWorld(std::move(link_path)));
  sigset_t stop{};
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  if (::sigprocmask(SIG_BLOCK, &stop, nullptr) != 0) return Status::kOs;
  ::signal(SIGPIPE, SIG_IGN);

  world->epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  world->timer_ =
      Descriptor(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC));
  world->signals_ = Descriptor(::signalfd(-1, &stop, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!world->epoll_.valid() || !world->timer_.valid() || !world->signals_.valid() ||
      !Watch(world->epoll_.get(), world->timer_.get()) ||
      !Watch(world->epoll_.get(), world->signals_.get())) {
    return Status::kOs;
  }
  if (const Status status = world->watchdog_.Install(watchdog_mark);
      status != Status::kOk) {
    return status;
  }
  return world;
}

Instant RealWorld::Now() { return FromMicroseconds(ClockMicroseconds(CLOCK_BOOTTIME)); }

std::int64_t RealWorld::WallMicroseconds() { return ClockMicroseconds(CLOCK_REALTIME); }

bool RealWorld::WallTrusted() {
  timex state{};
  return ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

void RealWorld::Arm(Instant deadline) {
  // An absolute time in the past, even 0, fires at once; exactly 0 would disarm, hence
  // the max.
  const std::int64_t us = std::max<std::int64_t>(SinceBootMicroseconds(deadline), 1);
  itimerspec when{};
  when.it_value.tv_sec = us / 1'000'000;
  when.it_value.tv_nsec = us % 1'000'000 * 1000;
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  armed_ = deadline;
}

// A link that was closed has left by itself.
void RealWorld::WatchLink(bool watch) {
  const bool watched = link_.open() && watched_ == link_.openings();
  if (watch == watched) return;
  if (watch && Watch(epoll_.get(), link_.descriptor())) watched_ = link_.openings();
  if (!watch) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, link_.descriptor(), nullptr);
    watched_ = 0;
  }
}

// A batch comes in thirty pieces, each with a deadline a little after the last. Between
// them neither the link nor the timer is touched: one that fires early is set again. A
// sleep has its own deadline and nothing else.
Woke RealWorld::WaitUntil(Instant deadline, Listen listen) {
  const bool listening = listen == Listen::kYes && link_.open();
  WatchLink(listening);
  if (!listening || !armed_ || *armed_ > deadline) Arm(deadline);
  for (;;) {
    std::array<epoll_event, 3> events{};
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) return Woke::kDeadline;  // never a spin
    bool link = false;
    bool timer = false;
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == signals_.get()) {
        signalfd_siginfo info{};
        while (::read(fd, &info, sizeof(info)) > 0) {
        }
        return Woke::kStop;
      }
      timer = timer || fd == timer_.get();
      link = link || fd != timer_.get();
    }
    if (timer) {
      std::uint64_t expirations = 0;
      [[maybe_unused]] const ssize_t got =
          ::read(timer_.get(), &expirations, sizeof(expirations));
      armed_.reset();
    }
    if (link) return Woke::kLink;
    if (!timer) continue;  // a signal that nobody asked for
    if (Now() >= deadline) return Woke::kDeadline;
    Arm(deadline);
  }
}

void RealWorld::SetSleepMode(const contract::Terms& terms,
                             const std::filesystem::path& root) {
  suspend_.reset();
  if (terms.sleep_mode != contract::SleepMode::kSuspend) return;
  auto prepared = Suspend::Prepare(machine_.emplace(*this, root), terms.wake);
  if (auto* suspend = std::get_if<Suspend>(&prepared)) suspend_ = std::move(*suspend);
}

World::Sleep RealWorld::SleepUntil(Instant deadline) {
  return suspend_ ? suspend_->SleepUntil(deadline) : IdleUntil(deadline);
}

World::Sleep RealWorld::IdleUntil(Instant deadline) {
  const auto before = power::ReadContextSwitches();
  Sleep sleep;
  sleep.woke = WaitUntil(deadline, Listen::kNo);
  auto after = power::ReadContextSwitches();
  if (!before.ok() || !after.ok()) return sleep;
  // Falling asleep is one switch; whatever is above it is somebody who was awake
  // meanwhile. A deadline that was due at once never slept.
  const std::uint64_t switches = power::VoluntaryBetween(*before, *after);
  sleep.wakeups = static_cast<std::uint32_t>(switches > 0 ? switches - 1 : 0);
  if (sleep.wakeups != 0U) sleep.scheduled = power::ScheduledBetween(*before, *after);
  at_waking_ = std::move(*after);
  return sleep;
}

std::optional<std::uint32_t> RealWorld::WakeupsAwake() {
  const auto now = power::ReadContextSwitches();
  if (!now.ok() || at_waking_.empty()) return std::nullopt;
  return static_cast<std::uint32_t>(power::VoluntaryBetween(at_waking_, *now));
}

}  // namespace torpor::agent
