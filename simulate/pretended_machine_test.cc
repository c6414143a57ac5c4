#include "simulate/pretended_machine.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "core/test_folder.h"
#include "power/cpu_time.h"
#include "power/device_holders.h"
#include "power/hot_gpu.h"
#include "power/residency.h"
#include "simulate/pretended_layout.h"

namespace torpor::simulate {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// A process that does with the device what the driver does, until it is told to end.
class Driver {
 public:
  Driver(const std::filesystem::path& root, const char* name) {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) return;
    const pid_t test = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      // It ends with the test, however that does.
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != test) ::_exit(1);
      ::prctl(PR_SET_NAME, name);
      const int fd = ::open((root / pretended::kDevice).c_str(), O_WRONLY | O_APPEND);
      const bool good = ::flock(fd, LOCK_SH) == 0 && ::write(ready[1], "1", 1) == 1;
      while (good) ::pause();
      ::_exit(1);
    }
    ::close(ready[1]);  // so that one that fails is the end of what we read
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1) << name << " does not hold the device";
    ::close(ready[0]);
  }
  ~Driver() { End(); }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  void End() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

class PretendedMachineTest : public testing::Test {
 protected:
  PretendedMachineTest() {
    auto made = PretendedMachine::Make(folder_ / "machine");
    EXPECT_TRUE(made.ok()) << made.refusal().what;
    machine_ = *std::move(made);
    tree_.ObserveWith([this](std::string_view path, power::SysTree::Access access) {
      if (access == power::SysTree::Access::kRefused) refused_ += std::string(path) + " ";
    });
  }
  ~PretendedMachineTest() override {
    EXPECT_EQ(refused_, "") << "nothing is read whose reading wakes";
  }

  // As torpord reads it.
  power::Residency At(Microseconds now) {
    machine_->Advance(Instant(now));
    return power::ReadResidency(tree_, {Instant(now), now});
  }
  power::GpuRest Between(Microseconds from, Microseconds to) {
    const auto before = At(from);
    return power::RestBetween(before, At(to), {});
  }
  void Work() const {
    std::ofstream(folder_ / "machine" / pretended::kDevice, std::ios::app) << '1';
  }

  TestFolder folder_;
  std::unique_ptr<PretendedMachine> machine_;
  power::SysTree tree_{folder_ / "machine"};
  std::string refused_;
};

TEST_F(PretendedMachineTest, ItsGpuSleepsWhenNobodyUsesIt) {
  const auto rest = Between(1s, 61s);
  EXPECT_EQ(rest.rest, power::Rest::kAsleep) << rest.because;
  EXPECT_EQ(rest.suspended, 60s);
  EXPECT_TRUE(rest.pins.empty() && rest.kept_on.empty());
  EXPECT_EQ(rest.railgated, true);
  EXPECT_EQ(machine_->jobs(), 0U);
  EXPECT_FALSE(machine_->fault_began());
  EXPECT_TRUE(power::FindHolders(tree_).found.empty());
}

TEST_F(PretendedMachineTest, WorkKeepsItUpForTheDriversHalfSecondAndNoLonger) {
  At(1s);
  Work();
  const auto after = At(61s);
  EXPECT_EQ(machine_->jobs(), 1U);
  ASSERT_EQ(after.gpus.size(), 1U);
  EXPECT_EQ(after.gpus[0].active, 500ms);
  EXPECT_EQ(after.gpus[0].suspended, 60'500ms);
  EXPECT_EQ(after.gpus[0].status, power::RuntimeStatus::kSuspended);
  Work();
  EXPECT_EQ(At(61'200ms).gpus[0].status, power::RuntimeStatus::kActive) << "not yet";
  EXPECT_EQ(At(121s).gpus[0].active, 1s);
}

TEST_F(PretendedMachineTest, WhoReallyHoldsTheDeviceKeepsItUpAndIsFound) {
  At(1s);
  Driver driver(machine_->root(), "left-behind");
  const auto rest = Between(2s, 62s);
  EXPECT_EQ(rest.rest, power::Rest::kHot) << rest.because;
  EXPECT_EQ(machine_->fault_began(), Instant(1s));
  const auto holders = power::FindHolders(tree_);
  ASSERT_EQ(holders.found.size(), 1U);
  EXPECT_EQ(holders.found[0], (power::Holder{1001, "left-behind", "/dev/nvhost-gpu", 1}))
      << "by a number that is the same in each run, and not " << driver.pid();

  driver.End();
  EXPECT_EQ(Between(63s, 123s).rest, power::Rest::kAsleep);
  EXPECT_TRUE(power::FindHolders(tree_).found.empty());
  const Driver another(machine_->root(), "another");
  At(124s);
  EXPECT_EQ(power::FindHolders(tree_).found[0].pid, 1002);
}

TEST_F(PretendedMachineTest, PinnedClocksKeepItUpFromThatInstantOn) {
  machine_->Begin(MachineFault::kClocksPinned, Instant(31s));
  const auto before = At(1s);
  EXPECT_FALSE(machine_->fault_began());
  const auto rest = power::RestBetween(before, At(61s), {});
  EXPECT_EQ(rest.rest, power::Rest::kHot) << rest.because;
  EXPECT_EQ(rest.suspended, 30s);
  EXPECT_THAT(rest.kept_on, testing::ElementsAre("power/control = on"));
  EXPECT_THAT(rest.pins,
              testing::ElementsAre("min_freq = 1020000000, max_freq = 1020000000"));
  EXPECT_EQ(machine_->fault_began(), Instant(31s));
  EXPECT_EQ(Between(61s, 121s).suspended, 0s);
}

TEST_F(PretendedMachineTest, ASpinIsInTheAccountOfTheProcessAlone) {
  machine_->Begin(MachineFault::kCpuSpun, Instant(31s));
  At(1s);
  EXPECT_EQ(power::ReadCpuTime(tree_), 0s);
  EXPECT_EQ(Between(1s, 61s).rest, power::Rest::kAsleep);
  EXPECT_EQ(power::ReadCpuTime(tree_), 15s);
}

TEST_F(PretendedMachineTest, ASessionIsLeftOpenOnlyOnceTheDriverWasTold) {
  const auto told = machine_->root() / pretended::kLeaveOpen;
  machine_->Begin(MachineFault::kSessionLeftOpen, Instant(31s));
  At(1s);
  EXPECT_FALSE(std::filesystem::exists(told));
  At(61s);
  EXPECT_TRUE(std::filesystem::exists(told));
  EXPECT_FALSE(machine_->fault_began()) << "nothing has happened yet";
  std::filesystem::remove(told);
  At(62s);
  EXPECT_FALSE(std::filesystem::exists(told)) << "one is enough";
}

TEST_F(PretendedMachineTest, AFolderThatIsThereIsLeftAlone) {
  EXPECT_EQ(PretendedMachine::Make(folder_ / "machine").status(), Status::kIo);
}

}  // namespace
}  // namespace torpor::simulate
