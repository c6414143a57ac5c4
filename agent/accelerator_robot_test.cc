// Whole cycles of a robot whose network runs in a process of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/accelerator/test_child.h"
#include "agent/robot_under_test.h"
#include "power/test_trees.h"

namespace torpor::agent {
namespace {

using contract::Residency;
using testing::HasSubstr;

class AcceleratorRobotTest : public RobotTest {
 protected:
  AcceleratorRobotTest() {
    EXPECT_EQ(model::WriteNetwork(model_, model::RandomNetwork(model::kSmallShape,
                                                               model::Precision::kFloat)),
              Status::kOk);
    file_ = *model::NetworkFile::Open(model_);
    Make();
    engine_.on_infer = [this] {
      ::setenv("TORPOR_TEST_BACKEND", fault_.c_str(), 1);
      const auto z = model::RandomInput(model::kSmallShape, 8, 1);
      float logit = 0;
      engine_.answer = accelerator_->Run(z, 8, logit);
    };
  }
  ~AcceleratorRobotTest() override { ::unsetenv("TORPOR_TEST_BACKEND"); }

  // Another one, as after a restart of torpord.
  void Make(Residency residency_max = Residency::kHot) {
    ChildSetting setting{
        kPrograms / "torpor-accelerator", "test", model_, {}, residency_max,
        [this] { return world_.now; }};
    setting.device_meter = device_meter_;
    network_ = *ChildNetwork::Make(setting, file_, 8);
    accelerator_ = network_.get();
  }
  [[nodiscard]] std::string Page() { return gateway_.pages().back().body; }

  TestFolder models_;
  std::filesystem::path model_ = models_ / "random.model";
  model::NetworkFile file_;
  std::unique_ptr<ChildNetwork> network_;
  std::string fault_;
  std::string device_meter_;
};

TEST_F(AcceleratorRobotTest, OneThatHangsCostsOneVerdictAndTheRobotSleeps) {
  const auto cycles =
      Run(4, [this](std::size_t done) { fault_ = done == 1 ? "run-hangs" : ""; });
  ASSERT_EQ(cycles.size(), 4U);
  for (const std::size_t good : {0U, 2U, 3U}) {
    EXPECT_NE(cycles[good].why_abstained, Status::kAcceleratorLate);
    EXPECT_TRUE(cycles[good].deviations.empty()) << good;
  }
  EXPECT_EQ(cycles[1].why_abstained, Status::kAcceleratorLate);
  EXPECT_EQ(cycles[1].verdict, telemetry::Verdict::kAbstain);
  EXPECT_TRUE(Has(cycles[1], Status::kAcceleratorLate));
  EXPECT_THAT(Page(), HasSubstr("torpor_accelerator_kills_total 1\n"));
  EXPECT_FALSE(network_->pid());
}

TEST_F(AcceleratorRobotTest, OneThatDoesNotGoIsTakenAndTheVerdictStands) {
  fault_ = "close-hangs";
  const auto cycle = Run(1)[0];
  EXPECT_NE(cycle.why_abstained, Status::kAcceleratorLate);
  EXPECT_TRUE(Has(cycle, Status::kAcceleratorLate));
  EXPECT_FALSE(network_->pid());
  EXPECT_THAT(Page(), HasSubstr("clause=\"gpu_residency\"} 0\n"));
}

TEST_F(AcceleratorRobotTest, KillsAndResidentTimeGoOnAfterARestart) {
  fault_ = "run-hangs";
  engine_.takes = std::chrono::milliseconds(50);
  engine_.release_takes = std::chrono::milliseconds(1);
  Run(2);
  EXPECT_THAT(Page(), HasSubstr("torpor_accelerator_kills_total 2\n"));
  // By the robot's clock a child lives while the engine infers and releases.
  EXPECT_THAT(Page(), HasSubstr("torpor_gpu_resident_seconds_total 0.102\n"));
  Make();
  world_.now += std::chrono::seconds(60);
  Run(1);
  EXPECT_THAT(Page(), HasSubstr("torpor_accelerator_kills_total 3\n"));
  EXPECT_THAT(Page(), HasSubstr("torpor_gpu_resident_seconds_total 0.153\n"));
}

TEST_F(AcceleratorRobotTest, AWarmerRungThanTheContractAllowsIsABreach) {
  ASSERT_EQ(terms().residency_max, Residency::kChildExited);
  network_->SetRung(Residency::kContextKept);
  Run(3);
  EXPECT_THAT(Page(), HasSubstr("clause=\"gpu_residency\"} 3\n"));
  network_->SetRung(Residency::kChildExited);
  world_.now += std::chrono::seconds(60);
  Run(1);
  EXPECT_THAT(Page(), HasSubstr("clause=\"gpu_residency\"} 0\n"));
}

TEST_F(AcceleratorRobotTest, OneThatStaysEndsWithTheCycleThatDoesNotUseIt) {
  network_->SetRung(Residency::kContextKept);
  std::vector<bool> stayed;
  Run(4, [&](std::size_t done) {
    stayed.push_back(network_->pid().has_value());
    if (done == 2) world_.batch_age = terms().max_batch_age + std::chrono::seconds(1);
  });
  EXPECT_EQ(stayed, (std::vector{true, true, false, false}));
  EXPECT_EQ(network_->kills(), 0U);
}

TEST_F(AcceleratorRobotTest, OneThatStaysAndDoesNotSleepIsCountedAsAsleepWakeups) {
  network_->SetRung(Residency::kContextKept);
  world_.wakeups = 2;
  auto cycles = Run(2);
  EXPECT_EQ(cycles[1].wakeups_asleep, 2U) << "a quiet one adds none";
  network_->EndCycle(kGenerous);
  network_->EndCycle(kGenerous);
  world_.now += std::chrono::seconds(60);
  fault_ = "ticks";
  world_.on_sleep = [this] {
    const Instant begin = RealNow();
    while (network_->EndSleep().value_or(0) < 3 && RealNow() - begin < kGenerous) {
      ::usleep(1000);
    }
  };
  cycles = Run(2);
  EXPECT_GE(cycles[1].wakeups_asleep, 5U);
  EXPECT_TRUE(Has(cycles[1], Status::kTooManyWakeups));
}

TEST_F(AcceleratorRobotTest, TheDevicesJoulesAreARailThatIsNeverZeroWhenUnread) {
  const auto gpu = [](const telemetry::CycleRecord& cycle) {
    const auto rail = std::ranges::find(cycle.rails, "gpu", &telemetry::RailJoules::rail);
    EXPECT_NE(rail, cycle.rails.end());
    return rail->phases[static_cast<std::size_t>(telemetry::Phase::kInfer)];
  };
  ::setenv("FAKE_NVML_STEP", "5", 1);
  device_meter_ = TORPOR_FAKE_NVML;
  Make();
  const auto cycles =
      Run(2, [this](std::size_t) { world_.batch_age = terms().max_batch_age * 2; });
  EXPECT_EQ(gpu(cycles[0]), Microjoules{5'000});
  EXPECT_EQ(gpu(cycles[1]), std::nullopt) << "nothing was inferred, nothing was asked";
  EXPECT_FALSE(cycles[0].metered) << "a part of the machine";
  EXPECT_THAT(Page(), HasSubstr("torpor_energy_joules_total{rail=\"gpu\"} 0.005\n"));
  EXPECT_THAT(Page(), HasSubstr("torpor_rail_metered{rail=\"gpu\"} 0\n"));
  ::unsetenv("FAKE_NVML_STEP");
}

TEST_F(AcceleratorRobotTest, ThatItsProcessHasGoneHealsNothingWhileTheGpusRestIsUnknown) {
  power::TestTree tree;
  tree.JetPack6();
  tree.State("", "");  // the driver does not say
  ResidencyWatch watch(tree.tree, [this] {
    return power::Clocks{world_.now, world_.now.time_since_epoch()};
  });
  residency_ = &watch;
  network_->SetRung(Residency::kContextKept);
  Run(6, [this](std::size_t done) {
    if (done == 3) network_->SetRung(Residency::kChildExited);
  });
  EXPECT_FALSE(network_->pid());
  EXPECT_THAT(Page(), HasSubstr("clause=\"gpu_residency\"} 3\n"));
  residency_ = nullptr;
}

}  // namespace
}  // namespace torpor::agent
