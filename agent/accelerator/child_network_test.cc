#include "agent/accelerator/child_network.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <bit>
#include <limits>
#include <numeric>

#include "agent/accelerator/test_child.h"
#include "model/assemble.h"

namespace torpor::agent {
namespace {

using contract::Residency;
using testing::HasSubstr;

TEST_F(ChildNetworkTest, GivesTheBitsThatTheSameEngineGivesInThisProcess) {
  for (const auto precision : {model::Precision::kFloat, model::Precision::kInt8}) {
    Model(precision, 3, model::kTestShape);
    const auto fast = *model::MakeFastNetwork(file_.view());
    const auto plain = *model::MakeReferenceNetwork(file_.view());
    for (const auto& [name, here] :
         {std::pair{"cpu", fast.get()}, {"reference", plain.get()}}) {
      Make(name);
      network_->SetRung(Residency::kHot);
      for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        z_ = model::RandomInput(file_.view().shape, tokens(), seed);
        float expected = 0;
        ASSERT_EQ(here->Run(z_, tokens(), expected), Status::kOk);
        ASSERT_EQ(Run(), Status::kOk);
        EXPECT_EQ(std::bit_cast<std::uint32_t>(logit_),
                  std::bit_cast<std::uint32_t>(expected))
            << name << ", seed " << seed;
        Release();
      }
    }
  }
}

TEST_F(ChildNetworkTest, RunsTheShippedModel) {
  Open(std::filesystem::path(TORPOR_BINARY_DIR) / "share/torpor/torpor.model");
  float expected = 0;
  ASSERT_EQ((*model::MakeFastNetwork(file_.view()))->Run(z_, tokens(), expected),
            Status::kOk);
  Make("cpu");
  ASSERT_EQ(Run(), Status::kOk);
  EXPECT_EQ(logit_, expected);
  EXPECT_THAT(network_->account().versions, HasSubstr("name=cpu; engine="));
  EXPECT_EQ(network_->shape(), file_.view().shape);
}

TEST_F(ChildNetworkTest, ReleasedMeansGoneAndReaped) {
  Make("cpu");
  EXPECT_EQ(network_->residency(), Residency::kChildExited);
  ASSERT_EQ(Run(), Status::kOk);
  ASSERT_TRUE(network_->pid());
  EXPECT_EQ(network_->residency(), Residency::kHot) << "until it is gone";
  const pid_t pid = *network_->pid();
  Release();
  EXPECT_FALSE(network_->pid());
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
  EXPECT_EQ(network_->residency(), Residency::kChildExited);
  EXPECT_EQ(network_->kills(), 0U);
  EXPECT_GT(network_->resident_time().count(), 0);
  EXPECT_GT(network_->account().run.count(), 0);
  EXPECT_TRUE(network_->TakeProblems().empty());
  Release();  // harmless
}

TEST_F(ChildNetworkTest, FiftyCyclesWithFaultsLeaveNothingBehind) {
  ChildNetwork& network = Make("test");
  const std::size_t before = Descriptors();
  for (int cycle = 0; cycle < 50; ++cycle) {
    const std::string fault = cycle % 10 == 3   ? "run-hangs"
                              : cycle % 10 == 6 ? "run-dies"
                              : cycle % 10 == 8 ? "close-hangs"
                                                : "";
    Tell(fault);
    const Status status = Run(fault == "run-hangs" ? kShort : kGenerous);
    EXPECT_EQ(status == Status::kOk, fault.empty() || fault == "close-hangs") << cycle;
    Release(fault == "close-hangs" ? kShort : kGenerous);
    network.EndCycle(kGenerous);
    EXPECT_FALSE(network.pid()) << cycle;
  }
  EXPECT_EQ(network.kills(), 10U);
  EXPECT_EQ(Descriptors(), before);
}

TEST_F(ChildNetworkTest, WhoeverHangsIsKilledAtTheDeadlineAndTheNextOneWorks) {
  Make("test");
  std::uint64_t kills = 0;
  for (const char* where : {"open-hangs", "run-hangs"}) {
    Tell(where);
    EXPECT_EQ(Run(kShort), Status::kAcceleratorLate) << where;
    Release();
    EXPECT_EQ(network_->kills(), ++kills);
    EXPECT_EQ(network_->residency(), Residency::kChildExited);
    EXPECT_EQ(Problem().first, Status::kAcceleratorLate);
    Tell("");
    EXPECT_EQ(Run(), Status::kOk);
    EXPECT_EQ(logit_, std::accumulate(z_.begin(), z_.end(), 0.0F));
    Release();
  }
  Tell("close-hangs");
  EXPECT_EQ(Run(), Status::kOk) << "the answer came in time";
  Release(kShort);
  EXPECT_EQ(network_->residency(), Residency::kChildExited);
  EXPECT_EQ(network_->kills(), ++kills);
  EXPECT_THAT(Problem().second, HasSubstr("not gone by the deadline of release"));
}

TEST_F(ChildNetworkTest, WithoutADeadlineItIsLateAtOnce) {
  Make("cpu");
  EXPECT_EQ(network_->Run(z_, tokens(), logit_), Status::kAcceleratorLate);
  Release();
}

TEST_F(ChildNetworkTest, UnderAClockThatStandsStillEachWaitHasItsOwnTime) {
  setting_.at_least = kGenerous;
  Make("cpu");
  EXPECT_EQ(Run(Microseconds{0}), Status::kOk);
  Release(Microseconds{0});
  EXPECT_FALSE(network_->pid());
  EXPECT_EQ(network_->kills(), 0U);
}

TEST_F(ChildNetworkTest, WhoeverDiesIsReapedAndSaysHow) {
  Make("test");
  for (const auto& [where, how] : {std::pair{"open-dies", "signal 9"},
                                   {"run-dies", "signal 9"},
                                   {"run-exits", "exit code 0"}}) {
    Tell(where);
    EXPECT_EQ(Run(), Status::kAcceleratorFailed) << where;
    const auto [status, words] = Problem();
    EXPECT_EQ(status, Status::kAcceleratorFailed);
    EXPECT_THAT(words, HasSubstr(how));
    EXPECT_FALSE(network_->pid()) << where;
    Release();
  }
  EXPECT_EQ(network_->kills(), 0U) << "they went by themselves";
}

TEST_F(ChildNetworkTest, WhatABackEndRefusesIsSaidInItsWords) {
  Make("test");
  for (const auto& [told, words] : {std::pair{"open-refuses", "there is no such device"},
                                    {"run-device", "the device fell off its bus"},
                                    {"run-nan", "status 306"},
                                    {"run-odd", ""}}) {
    Tell(told);
    EXPECT_EQ(Run(), Status::kAcceleratorFailed) << told;
    EXPECT_THAT(Problem().second, HasSubstr(words));
    network_->SetRung(Residency::kHot);
    Release();
    EXPECT_FALSE(network_->pid()) << "after a failure nobody stays: " << told;
  }
}

TEST_F(ChildNetworkTest, AGrandchildDoesNotOutliveTheRelease) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  Make("test");
  Tell("run-forks");
  ASSERT_EQ(Run(), Status::kOk);
  const pid_t group = *network_->pid();
  Release();
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PGID, static_cast<id_t>(group), &info, WEXITED), 0);
  EXPECT_EQ(info.si_status, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(ChildNetworkTest, ADeadlineIsNotReachedAsleepWhenTheAnswerIsNeverReady) {
  MakeRude();
  BeRude("silent");
  const Instant begin = RealNow();
  EXPECT_EQ(Run(kShort), Status::kAcceleratorLate);
  EXPECT_GE(RealNow() - begin, kShort);
  Release();
  EXPECT_EQ(network_->kills(), 1U);
}

TEST_F(ChildNetworkTest, NoRubbishIsBelieved) {
  MakeRude();
  for (const char* rule : {"other-kind", "other-request", "nan", "infinite", "in-flight",
                           "odd-status", "huge-status", "status-of-others", "short",
                           "empty", "long", "exits", "hangs-up"}) {
    BeRude(rule);
    logit_ = 7;
    const bool waits =
        std::string_view(rule) == "hangs-up" || std::string_view(rule) == "empty";
    EXPECT_EQ(Run(waits ? kShort : kGenerous), Status::kAcceleratorFailed) << rule;
    EXPECT_EQ(logit_, 7) << rule;
    EXPECT_EQ(Problem().first, Status::kAcceleratorFailed) << rule;
    Release();
    EXPECT_FALSE(network_->pid()) << rule;
    BeRude("");
    EXPECT_EQ(Run(), Status::kOk) << "after " << rule;
    EXPECT_EQ(logit_, z_[0]);
    EXPECT_EQ(network_->account().versions, std::string(512, 'v'));
    Release();
  }
}

TEST_F(ChildNetworkTest, TheSharedMemoryCannotBeSpoiltAndNothingElseIsInherited) {
  MakeRude();
  for (const auto& [rule, code] : {std::pair{"spoils", "exit code 100"},
                                   {"descriptors", "exit code 5"},
                                   {"signals", "exit code 100"}}) {
    BeRude(rule);
    const auto held = Descriptor(::dup(0));  // not closed by exec by itself
    sigset_t pipe{};
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &pipe, nullptr);
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(Run(), Status::kAcceleratorFailed);
    EXPECT_THAT(Problem().second, HasSubstr(code)) << rule;
    ::signal(SIGPIPE, before);
    ::sigprocmask(SIG_UNBLOCK, &pipe, nullptr);
  }
}

TEST_F(ChildNetworkTest, NothingIsStartedForWhatCannotBeRun) {
  Make("cpu");
  EXPECT_EQ(network_->Run(z_, tokens() / 2, logit_), Status::kBatchShape);
  z_[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(Run(), Status::kNotANumber);
  EXPECT_FALSE(network_->pid());
}

TEST_F(ChildNetworkTest, WhatIsNotInstalledIsMissing) {
  std::string problem;
  EXPECT_EQ(Make("nonesuch").Check(kGenerous, problem), Status::kAcceleratorMissing);
  EXPECT_THAT(problem, HasSubstr("lib/torpor/torpor-nonesuch.so: there is no such file"));
  problem.clear();
  setting_.program = folder_ / "not-there";
  EXPECT_EQ(Make("cpu").Check(kGenerous, problem), Status::kAcceleratorMissing);
  EXPECT_THAT(problem, HasSubstr("not-there"));
  problem.clear();
  setting_.program = model_;  // a file, and no program
  EXPECT_EQ(Make("cpu").Check(kGenerous, problem), Status::kAcceleratorMissing);
}

TEST_F(ChildNetworkTest, ACheckFindsWhatIsWrongBeforeTheFirstCycle) {
  std::string problem;
  EXPECT_EQ(Make("test").Check(kGenerous, problem), Status::kOk) << problem;
  EXPECT_EQ(network_->kills(), 0U);
  EXPECT_FALSE(network_->pid());
  Tell("open-hangs");
  EXPECT_EQ(network_->Check(kShort, problem), Status::kAcceleratorLate);
  EXPECT_THAT(problem, HasSubstr("no answer by the deadline"));
  Tell("close-hangs");
  EXPECT_EQ(network_->Check(kShort, problem), Status::kAcceleratorLate)
      << "one that cannot be given back in time";
  Tell("");
  ASSERT_EQ(
      model::WriteNetwork(
          model_, model::RandomNetwork(model::kSmallShape, model::Precision::kFloat, 2)),
      Status::kOk);
  problem.clear();
  EXPECT_EQ(network_->Check(kGenerous, problem), Status::kModelDigest);
  EXPECT_THAT(problem, HasSubstr("it was replaced since torpord read it"));
  std::filesystem::remove(model_);
  EXPECT_EQ(network_->Check(kGenerous, problem), Status::kModelMissing);
}

TEST_F(ChildNetworkTest, ItDiesWithTorpord) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t torpord = ::fork();
  if (torpord == 0) {
    Make("cpu");
    network_->SetRung(Residency::kHot);
    Run();
    Release();
    const pid_t pid = network_->pid().value_or(0);
    [[maybe_unused]] const auto told = ::write(ends[1], &pid, sizeof pid);
    for (;;) ::pause();
  }
  pid_t accelerator = 0;
  ASSERT_EQ(::read(ends[0], &accelerator, sizeof accelerator),
            static_cast<ssize_t>(sizeof accelerator));
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_GT(accelerator, 0);
  // Its end of the socket is gone as well, so that it may end by itself before the kernel
  // ends it; with a driver that hangs it could not.
  ASSERT_EQ(::kill(accelerator, SIGSTOP), 0);
  ASSERT_EQ(::kill(torpord, SIGKILL), 0);
  ::waitpid(torpord, nullptr, 0);
  EXPECT_TRUE(EndsWithin(accelerator, kGenerous));
}

}  // namespace
}  // namespace torpor::agent
