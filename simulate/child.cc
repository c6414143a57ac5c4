#include "simulate/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace torpor::simulate {
namespace {

// What the child needs, made before it is: between fork and exec it may not allocate.
struct Plan {
  std::vector<char*> argv;  // ends with null
  const char* out;          // null: ours
  const char* err;
  int told;  // takes errno of what failed; closed by exec
};

bool Redirect(const char* file, int flags, int to) {
  if (file == nullptr) return true;
  const int opened = ::open(file, flags, 0644);
  if (opened < 0 || opened == to) return opened == to;
  return ::dup2(opened, to) == to && ::close(opened) == 0;
}

[[noreturn]] void Become(const Plan& plan, pid_t owner) {
  constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
  // Kept across exec, also by a program that is stopped.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != owner) ::_exit(1);  // it died before we could be told
  if (Redirect("/dev/null", O_RDONLY, STDIN_FILENO) &&
      Redirect(plan.out, kAppend, STDOUT_FILENO) &&
      Redirect(plan.err, kAppend, STDERR_FILENO)) {
    ::execv(plan.argv.front(), plan.argv.data());
  }
  const int error = errno;
  ::_exit(::write(plan.told, &error, sizeof error) == sizeof error ? 1 : 2);
}

const char* NameOf(const std::filesystem::path& file) {
  return file.empty() ? nullptr : file.c_str();
}

}  // namespace

Result<Child> Child::Start(const std::vector<std::string>& argv,
                           const ChildOutput& output) {
  std::array<int, 2> told{};
  if (::pipe2(told.data(), O_CLOEXEC) != 0) return Status::kOs;
  Plan plan = {
      .argv = {}, .out = NameOf(output.out), .err = NameOf(output.err), .told = told[1]};
  plan.argv.reserve(argv.size() + 1);
  // exec takes char* for historical reasons and does not write.
  for (const std::string& argument : argv) {
    plan.argv.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
  }
  plan.argv.push_back(nullptr);
  const pid_t owner = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) Become(plan, owner);
  ::close(told[1]);
  int error = pid < 0 ? errno : 0;
  ssize_t got = 0;
  do {
    got = ::read(told[0], &error, sizeof error);  // nothing, once it is the program
  } while (got < 0 && errno == EINTR);
  ::close(told[0]);
  if (error == 0) return Child(pid);
  if (pid > 0) Child(pid).Wait();
  return error == ENOENT ? Status::kFileMissing : Status::kOs;
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
