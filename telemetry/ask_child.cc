#include "telemetry/ask_child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace torpor::telemetry {
namespace {

// What the child does; it never returns.
[[noreturn]] void Work(int pipe, pid_t parent,
                       const std::function<void(const Say&)>& work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before we could be told
  ::signal(SIGPIPE, SIG_IGN);
  work([pipe](std::string_view words) {
    while (!words.empty()) {
      const ssize_t n = ::write(pipe, words.data(), words.size());
      if (n <= 0) ::_exit(1);
      words.remove_prefix(static_cast<std::size_t>(n));
    }
  });
  ::_exit(0);
}

// Everything the child says until it closes its end.
Status Hear(int pipe, const Deadline& deadline, std::size_t longest, std::string& said) {
  std::array<char, 256> some{};
  for (;;) {
    pollfd wait{pipe, POLLIN, 0};
    const int left = deadline.left_ms();
    if (left <= 0) return Status::kGatewayTimeout;
    const int ready = ::poll(&wait, 1, left);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return ready == 0 ? Status::kGatewayTimeout : Status::kOs;
    const ssize_t n = ::read(pipe, some.data(), some.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::kOs;
    if (n == 0) return Status::kOk;
    said.append(some.data(), static_cast<std::size_t>(n));
    if (said.size() > longest) return Status::kOk;
  }
}

}  // namespace

ChildAnswer AskChild(const std::function<void(const Say&)>& work,
                     const Deadline& deadline, std::size_t longest) {
  std::array<int, 2> ends{};
  ChildAnswer answer;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {Status::kOs, {}};
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    Work(ends[1], self, work);
  }
  ::close(ends[1]);
  answer.status = child < 0 ? Status::kOs : Hear(ends[0], deadline, longest, answer.said);
  ::close(ends[0]);
  if (child > 0) {
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return answer;
}

}  // namespace torpor::telemetry
