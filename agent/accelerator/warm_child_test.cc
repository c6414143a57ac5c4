// Processes that stay after their answer.
#include <unistd.h>

#include "agent/accelerator/test_child.h"

namespace torpor::agent {
namespace {

using contract::Residency;
using testing::HasSubstr;

TEST_F(ChildNetworkTest, AWarmerRungKeepsTheProcessAndTellsWhatItHolds) {
  for (const auto& [rung, log] :
       {std::pair{Residency::kMemoryFreed, "open run free run free close "},
        {Residency::kContextKept, "open run run close "},
        {Residency::kHot, "open run run close "},
        {Residency::kChildExited, "open run close open run close "}}) {
    const std::string name = "log" + std::to_string(static_cast<int>(rung));
    ::setenv("TORPOR_TEST_BACKEND_LOG", (folder_ / name).c_str(), 1);
    Make("test");
    network_->SetRung(rung);
    for (int cycle = 0; cycle < 2; ++cycle) {
      ASSERT_EQ(Run(), Status::kOk);
      Release();
      EXPECT_EQ(network_->residency(), rung);
      network_->EndCycle(kGenerous);
      EXPECT_EQ(network_->residency(), rung)
          << "its lease runs until the next cycle ends";
    }
    network_->EndCycle(kGenerous);  // a cycle in which it was not used
    EXPECT_EQ(network_->residency(), Residency::kChildExited);
    EXPECT_EQ(network_->kills(), 0U);
    EXPECT_TRUE(network_->TakeProblems().empty());
    EXPECT_EQ(folder_.Slurp(name), log);
  }
}

TEST_F(ChildNetworkTest, NeverStaysWarmerThanTheContractAllows) {
  setting_.residency_max = Residency::kMemoryFreed;
  Make("cpu").SetRung(Residency::kHot);
  ASSERT_EQ(Run(), Status::kOk);
  Release();
  EXPECT_EQ(network_->residency(), Residency::kMemoryFreed);
  setting_.residency_max = Residency::kChildExited;
  Make("cpu").SetRung(Residency::kHot);
  ASSERT_EQ(Run(), Status::kOk);
  Release();
  EXPECT_EQ(network_->residency(), Residency::kChildExited);
}

TEST_F(ChildNetworkTest, WhoeverDoesNotGoWhenItsLeaseIsOverIsKilled) {
  Make("test").SetRung(Residency::kContextKept);
  Tell("close-hangs");
  ASSERT_EQ(Run(), Status::kOk);
  Release();
  network_->EndCycle(kShort);
  EXPECT_TRUE(network_->pid());
  network_->EndCycle(kShort);
  EXPECT_EQ(network_->kills(), 1U);
  EXPECT_THAT(Problem().second, HasSubstr("not gone when its lease was over"));
  if (network_->pid()) network_->EndCycle(kGenerous);  // on a machine that is busy
}

TEST_F(ChildNetworkTest, WhoeverDoesNotParkAsItWasToldIsKilled) {
  MakeRude().SetRung(Residency::kContextKept);
  for (const char* rule : {"parks-elsewhere", "parks-in-the-past"}) {
    BeRude(rule);
    ASSERT_EQ(Run(), Status::kOk);
    Release();
    EXPECT_EQ(Problem().first, Status::kAcceleratorFailed) << rule;
    EXPECT_FALSE(network_->pid());
  }
  BeRude("never-parks");
  ASSERT_EQ(Run(), Status::kOk);
  Release(kShort);
  EXPECT_THAT(Problem().second, HasSubstr("not parked by the deadline"));
  EXPECT_EQ(network_->kills(), 3U);
}

TEST_F(ChildNetworkTest, OneThatDiedWhileItStayedIsReplacedAndTold) {
  MakeRude().SetRung(Residency::kContextKept);
  BeRude("dies-asleep");
  ASSERT_EQ(Run(), Status::kOk);
  Release();
  ASSERT_TRUE(EndsWithin(*network_->pid(), kGenerous));
  BeRude("");
  EXPECT_EQ(Run(), Status::kOk);
  EXPECT_THAT(Problem().second,
              HasSubstr("the process that stayed ended with exit code 5"));
  Release();

  BeRude("dies-parked");  // when it is asked
  network_->EndCycle(kGenerous);
  network_->EndCycle(kGenerous);
  ASSERT_EQ(Run(), Status::kOk);
  Release();
  EXPECT_EQ(Run(), Status::kAcceleratorFailed);
  EXPECT_THAT(Problem().second, HasSubstr("exit code 4 before it answered"));
}

TEST_F(ChildNetworkTest, ParkedItSleepsAndOneThatDoesNotIsFound) {
  Make("test").SetRung(Residency::kContextKept);
  const auto run = [&] {
    ASSERT_EQ(Run(), Status::kOk);
    Release();
  };
  network_->BeginSleep();
  EXPECT_EQ(network_->EndSleep(), 0U) << "there is no process";
  run();
  network_->BeginSleep();
  ::usleep(50'000);
  EXPECT_EQ(network_->EndSleep(), 0U);
  network_->EndCycle(kGenerous);
  network_->EndCycle(kGenerous);

  Tell("ticks");
  run();
  std::uint32_t woken = 0;
  const Instant begin = RealNow();
  network_->BeginSleep();
  while (woken < 3 && RealNow() - begin < kGenerous) {
    ::usleep(10'000);
    woken = network_->EndSleep().value_or(0);
  }
  EXPECT_GE(woken, 3U);
}

// The fake library's counter gains 5 mJ with each question.
TEST_F(ChildNetworkTest, TheDevicesOwnCounterIsAskedAroundEachInference) {
  ::setenv("FAKE_NVML_ENERGY", "100", 1);
  ::setenv("FAKE_NVML_STEP", "5", 1);
  setting_.device_meter = TORPOR_FAKE_NVML;
  Make("cpu").SetRung(contract::Residency::kContextKept);
  for (int i = 0; i < 2; ++i) {  // started, then kept
    ASSERT_EQ(Run(), Status::kOk);
    EXPECT_EQ(network_->account().device, Microjoules{5'000}) << i;
    Release();
  }
  ::setenv("FAKE_NVML_FAILS", "energy=3", 1);  // NotSupported, as on Orin
  Make("cpu");
  ASSERT_EQ(Run(), Status::kOk);
  EXPECT_EQ(network_->account().device, std::nullopt) << "unmetered, never 0";
  Release();
  setting_.device_meter = "libno-such-library.so.1";
  Make("cpu");
  ASSERT_EQ(Run(), Status::kOk);
  EXPECT_EQ(network_->account().device, std::nullopt);
  Release();
  for (const char* name : {"FAKE_NVML_ENERGY", "FAKE_NVML_STEP", "FAKE_NVML_FAILS"}) {
    ::unsetenv(name);
  }
}

}  // namespace
}  // namespace torpor::agent
