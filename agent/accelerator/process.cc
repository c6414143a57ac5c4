#include "agent/accelerator/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace torpor::agent {
namespace {

// Of a program that ends while its child does not: no cycle waits for it.
constexpr Microseconds kLastWait = std::chrono::seconds(5);

int PidfdOpen(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

// Attributes and actions of posix_spawn, with an owner. Whatever fails turns it bad.
class SpawnPlan {
 public:
  SpawnPlan() {
    good_ = ::posix_spawnattr_init(&attributes_) == 0 &&
            ::posix_spawn_file_actions_init(&actions_) == 0;
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void SignalsAtDefaultsInAGroupOfItsOwn() {
    sigset_t all{};
    sigset_t none{};
    sigfillset(&all);
    sigemptyset(&none);
    good_ = good_ && ::posix_spawnattr_setsigdefault(&attributes_, &all) == 0 &&
            ::posix_spawnattr_setsigmask(&attributes_, &none) == 0 &&
            ::posix_spawnattr_setpgroup(&attributes_, 0) == 0 &&
            ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF |
                                                         POSIX_SPAWN_SETSIGMASK |
                                                         POSIX_SPAWN_SETPGROUP) == 0;
  }
  void Open(int as, int flags) {
    good_ = good_ &&
            ::posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", flags, 0) == 0;
  }
  void HandOver(int fd, int as) {
    good_ = good_ && ::posix_spawn_file_actions_adddup2(&actions_, fd, as) == 0;
  }
  void CloseFrom(int fd) {
    good_ = good_ && ::posix_spawn_file_actions_addclosefrom_np(&actions_, fd) == 0;
  }

  // An errno, 0 when `pid` runs.
  int Start(const char* program, char* const* arguments, pid_t& pid) {
    return good_
               ? ::posix_spawn(&pid, program, &actions_, &attributes_, arguments, environ)
               : ENOMEM;
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
  bool good_ = false;
};

std::chrono::steady_clock::duration Rounded(Microseconds within) {
  return std::max(within, Microseconds{0});
}

// Polls until something is heard or `within` is over; signals do not shorten it.
bool PollFor(std::span<pollfd> wanted, Microseconds within) {
  const auto end = std::chrono::steady_clock::now() + Rounded(within);
  for (;;) {
    const auto left = std::max(end - std::chrono::steady_clock::now(),
                               std::chrono::steady_clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec wait{};
    wait.tv_sec = seconds.count();
    wait.tv_nsec = std::chrono::nanoseconds(left - seconds).count();
    const int heard = ::ppoll(wanted.data(), wanted.size(), &wait, nullptr);
    if (heard > 0) return true;
    if (heard == 0 || errno != EINTR) return false;
  }
}

}  // namespace

Result<ChildProcess> ChildProcess::Start(const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments,
                                         std::span<const int> hand_over) {
  // Above every number that they are to have, so that none is overwritten by another.
  constexpr int kFirst = 3;
  const int past = kFirst + static_cast<int>(hand_over.size());
  std::vector<Descriptor> raised;
  SpawnPlan plan;
  plan.SignalsAtDefaultsInAGroupOfItsOwn();
  plan.Open(STDIN_FILENO, O_RDONLY);
  plan.Open(STDOUT_FILENO, O_WRONLY);
  for (const int fd : hand_over) {
    raised.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, past));
    if (!raised.back().valid()) return Status::kOs;
    plan.HandOver(raised.back().get(), kFirst + static_cast<int>(raised.size()) - 1);
  }
  plan.CloseFrom(past);

  std::string name = program.string();
  std::vector<std::string> words = arguments;
  std::vector<char*> pointers{name.data()};
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  pid_t pid = 0;
  const int error = plan.Start(name.c_str(), pointers.data(), pid);
  if (error == ENOENT || error == ENOTDIR || error == EACCES || error == ENOEXEC) {
    return Status::kAcceleratorMissing;
  }
  if (error != 0) return Status::kOs;
  ChildProcess child(pid, Descriptor(PidfdOpen(pid)));
  if (child.pidfd_.valid()) return child;
  // Without it nothing could be waited for: it must not live. The kill is certain.
  child.Kill();
  ::waitpid(pid, nullptr, 0);
  child.end_ = ProcessEnd{true, SIGKILL};
  return Status::kOs;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pidfd_(std::move(other.pidfd_)),
      end_(other.end_) {}

ChildProcess::~ChildProcess() {
  if (pid_ == 0 || end_) return;
  Kill();
  WaitForEnd(kLastWait);
}

void ChildProcess::Kill() const {
  // Until it is reaped its number is nobody else's, nor is that of its group.
  if (pid_ > 0 && !end_) ::kill(-pid_, SIGKILL);
}

bool ChildProcess::WaitForEnd(Microseconds within) {
  if (end_) return true;
  std::array wanted{pollfd{pidfd_.get(), POLLIN, 0}};
  if (!PollFor(wanted, within)) return false;
  Kill();  // whom it has left behind
  siginfo_t info{};
  int got = 0;
  do {
    got = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
  } while (got != 0 && errno == EINTR);
  // Where SIGCHLD is ignored the kernel reaps by itself, and nobody learns how it ended.
  end_ = got == 0 ? ProcessEnd{info.si_code != CLD_EXITED, info.si_status} : ProcessEnd{};
  pidfd_.Close();
  return true;
}

Heard WaitForEither(int first, int second, Microseconds within) {
  std::array wanted{pollfd{first, POLLIN, 0}, pollfd{second, POLLIN, 0}};
  if (!PollFor(wanted, within)) return Heard::kNothing;
  return wanted[0].revents != 0 ? Heard::kFirst : Heard::kSecond;
}

}  // namespace torpor::agent
