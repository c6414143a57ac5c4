// A whole robot on a machine that is suspended, and that others keep waking.
#include <gmock/gmock.h>

#include <random>

#include "agent/linux/fake_machine_test.h"
#include "agent/linux/suspend.h"
#include "agent/robot_under_test.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""ms;

contract::Terms SuspendTerms() {
  contract::Terms terms = contract::GoodTerms();
  terms.sleep_mode = contract::SleepMode::kSuspend;
  return terms;
}

class SuspendedRobotTest : public RobotTest {
 protected:
  SuspendedRobotTest() : RobotTest(SuspendTerms()) {
    auto prepared = Suspend::Prepare(machine_, terms().wake);
    suspend_.emplace(std::get<Suspend>(std::move(prepared)));
    world_.sleeper = [this](Instant deadline) { return suspend_->SleepUntil(deadline); };
  }
  // Of the last page that the gateway was told.
  std::uint64_t Metric(const std::string& name) {
    const std::string page = gateway_.pages().back().body;
    const auto at = page.find("\n" + name + " ");
    EXPECT_NE(at, std::string::npos) << page;
    return std::stoull(page.substr(at + name.size() + 2));
  }

  FakeMachine machine_{world_.now};
  std::optional<Suspend> suspend_;
};

TEST_F(SuspendedRobotTest, InfersOncePeriodHoweverOftenItIsWokenEarly) {
  constexpr unsigned kSeed = 17;
  constexpr std::size_t kCycles = 100;
  std::mt19937 random(kSeed);
  std::vector<std::uint32_t> woken(kCycles + 1);  // before each cycle, counted from 1
  std::size_t cycle = 1;
  machine_.on_suspend = [&](FakeMachine::Night& night) {
    // One suspend in three is cut short, by somebody or by nobody that is known.
    if (random() % 3 != 0) return;
    night.woken_after = Microseconds(random() % 4'000'000);
    night.by = random() % 4 == 0 ? "" : random() % 2 == 0 ? "wakeup1" : "wakeup2";
  };
  machine_.on_early = [&](Microseconds before) {
    // One that is still resuming when its alarm comes was woken in time.
    if (before > machine_.resume) ++woken[cycle];
  };
  const auto cycles = Run(kCycles, [&](std::size_t done) { cycle = done; });

  ASSERT_EQ(cycles.size(), kCycles);
  EXPECT_EQ(engine_.inferences, static_cast<int>(kCycles));
  std::uint32_t all = 0;
  for (std::size_t i = 1; i < kCycles; ++i) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", cycle " + std::to_string(i + 1));
    EXPECT_GE(cycles[i].since_last_inference, terms().period);
    EXPECT_LE(cycles[i].since_last_inference, terms().period + 1'000ms);
    EXPECT_EQ(cycles[i].wakeups_asleep, woken[i]);
    EXPECT_EQ(Has(cycles[i], Status::kWokeEarly), woken[i] > 0);
    EXPECT_EQ(cycles[i].deviations.size(), woken[i] > 0 ? 1U : 0U);
    EXPECT_GT(cycles[i].suspended.count(), 0);
    all += woken[i];
  }
  EXPECT_GT(all, 30U);
  EXPECT_EQ(Metric("torpor_sleep_wakeups_total{source=\"timer\"}"), kCycles);
  EXPECT_EQ(Metric("torpor_sleep_wakeups_total{source=\"external\"}") +
                Metric("torpor_sleep_wakeups_total{source=\"unknown\"}"),
            all);
  EXPECT_GT(Metric("torpor_sleep_wakeups_total{source=\"external\"}"), all / 2);
  EXPECT_GT(Metric("torpor_sleep_wakeups_total{source=\"unknown\"}"), 0U);
}

TEST_F(SuspendedRobotTest, IsAwakeAsOftenAndAsLongAsWithoutSuspend) {
  const auto suspended = Run(5);
  EXPECT_EQ(machine_.suspends, 4);
  for (std::size_t i = 1; i < suspended.size(); ++i) {
    EXPECT_TRUE(suspended[i].deviations.empty()) << suspended[i].deviations[0].detail;
    EXPECT_EQ(suspended[i].since_last_inference, suspended[1].since_last_inference);
  }
}

TEST_F(SuspendedRobotTest, ARefusalAndAPretenceAreInTheRecord) {
  machine_.nights = {{.woken_after = 0ms, .error = EBUSY, .failed_device = "1-0050"},
                     {},
                     {.pretended = true}};
  const auto cycles = Run(4);
  EXPECT_TRUE(cycles[0].deviations.empty());
  EXPECT_TRUE(Has(cycles[1], Status::kSuspendRefused));
  EXPECT_TRUE(Has(cycles[2], Status::kDidNotSuspend));
  EXPECT_TRUE(cycles[3].deviations.empty());
  EXPECT_EQ(cycles[2].suspended.count(), 0);
  EXPECT_EQ(engine_.inferences, 4);
}

TEST_F(SuspendedRobotTest, AnEarlyWakingBreaksTheClauseOfWakeups) {
  machine_.on_suspend = [](FakeMachine::Night& night) {
    night.by = "wakeup1";
    night.woken_after = 2'000ms;
  };
  Run(3);
  EXPECT_EQ(Metric("torpor_contract_breach_cycles{clause=\"wakeups\"}"), 2U);
  // Also where nobody counts how often the process itself was scheduled.
  world_.sleeper = [this](Instant deadline) {
    World::Sleep sleep = suspend_->SleepUntil(deadline);
    sleep.wakeups.reset();
    return sleep;
  };
  world_.now += terms().period;
  Run(3);
  EXPECT_EQ(Metric("torpor_contract_breach_cycles{clause=\"wakeups\"}"), 2U);
}

TEST_F(SuspendedRobotTest, AWallClockThatIsSteppedInSuspendChangesNoSleep) {
  machine_.on_suspend = [this](FakeMachine::Night&) {
    if (machine_.suspends == 2) world_.wall_offset_us += 7'200'000'000;
  };
  const auto cycles = Run(4);
  EXPECT_TRUE(Has(cycles[2], Status::kClockStepped));
  EXPECT_EQ(cycles[2].deviations.size(), 1U);
  EXPECT_EQ(cycles[2].since_last_inference, cycles[1].since_last_inference);
}

TEST_F(SuspendedRobotTest, TheWatchdogIsDisarmedWhileTheMachineIsSuspended) {
  std::vector<std::optional<Microseconds>> armed;
  machine_.on_suspend = [&](FakeMachine::Night&) {
    armed.push_back(world_.watchdog.empty() ? std::nullopt
                                            : std::optional(world_.watchdog.back()));
  };
  Run(3);
  EXPECT_THAT(armed, testing::ElementsAre(0ms, 0ms));
}

}  // namespace
}  // namespace torpor::agent
