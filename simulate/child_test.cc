#include "simulate/child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "core/test_folder.h"

namespace torpor::simulate {
namespace {

Result<Child> Shell(const std::string& script, const ChildOutput& output = {}) {
  return Child::Start({"/bin/sh", "-c", script}, output);
}

bool Tell(int pipe, pid_t pid) { return ::write(pipe, &pid, sizeof pid) == sizeof pid; }

TEST(Child, SaysHowItsProgramEnded) {
  EXPECT_EQ(Shell("exit 7")->Wait(), 7);
  EXPECT_EQ(Shell("kill -9 $$")->Wait(), 128 + SIGKILL);
}

TEST(Child, WritesBehindWhatItsFilesHold) {
  const TestFolder folder;
  folder.Write("out", "before, ");
  const ChildOutput output = {folder / "out", folder / "err"};
  EXPECT_EQ(Shell("cat; echo said; echo sighed >&2", output)->Wait(), 0);
  EXPECT_EQ(folder.Slurp("out"), "before, said\n") << "and it has nothing to read";
  EXPECT_EQ(folder.Slurp("err"), "sighed\n");
}

TEST(Child, IsNoneWithoutAProgramOrAFileForItsWords) {
  const TestFolder folder;
  EXPECT_EQ(Child::Start({folder / "none"}, {}).status(), Status::kFileMissing);
  EXPECT_EQ(Child::Start({folder.string()}, {}).status(), Status::kOs);
  EXPECT_EQ(Shell("exit 0", {folder.path(), {}}).status(), Status::kOs);
}

// Killed as no destructor can see, with a child that no SIGTERM ends: a stopped one.
TEST(Child, DiesWithItsOwnerAlsoWhileItIsStopped) {
  std::array<int, 2> held{};  // by whoever lives
  ASSERT_EQ(::pipe(held.data()), 0);
  const pid_t owner = ::fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(held[0]);
    const auto child = Child::Start({"/bin/sleep", "600"}, {});
    if (child.ok() && ::kill(child->pid(), SIGSTOP) == 0 && Tell(held[1], child->pid())) {
      ::pause();
    }
    ::_exit(1);
  }
  ::close(held[1]);
  pid_t child = 0;
  ASSERT_EQ(::read(held[0], &child, sizeof child), sizeof child);
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  pollfd ended{held[0], POLLIN, 0};
  if (::poll(&ended, 1, 5'000) != 1) {
    ADD_FAILURE() << "its child lives on";
    ::kill(child, SIGKILL);
  }
  ::close(held[0]);
}

}  // namespace
}  // namespace torpor::simulate
