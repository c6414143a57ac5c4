#include "simulate/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX asks for it

namespace torpor::simulate {

Result<Child> Child::Start(const std::vector<std::string>& argv,
                           const ChildOutput& output) {
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return Status::kOs;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND;  // kept across exec
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!output.out.empty()) {
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.out.c_str(),
                                       kFlags, 0644);
  }
  if (!output.err.empty()) {
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, output.err.c_str(),
                                       kFlags, 0644);
  }
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  // posix_spawn takes char* for historical reasons and does not write.
  for (const std::string& argument : argv) {
    arguments.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
  }
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv.front().c_str(), &actions, nullptr,
                                  arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return Status::kFileMissing;
  if (error != 0) return Status::kOs;
  return Child(pid);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), code_(other.code_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(code_, other.code_);
  return *this;
}

Child::~Child() {
  if (!running()) return;
  Ask(SIGTERM);
  for (int i = 0; i < 40 && running(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (!running()) return;
  Ask(SIGKILL);
  Reap(0);
}

bool Child::Reap(int flags) {
  int status = 0;
  pid_t got = -1;
  do {
    got = ::waitpid(pid_, &status, flags);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return false;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return true;
}

int Child::Wait() {
  if (pid_ > 0) Reap(0);
  return code_;
}

bool Child::running() { return pid_ > 0 && !Reap(WNOHANG); }

void Child::Ask(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

std::filesystem::path ProgramFolder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path(".") : program.parent_path();
}

}  // namespace torpor::simulate
