#include "firmware/core/core.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/crc32.h"
#include "firmware/core/robot_under_test.h"

namespace torpor::firmware {
namespace {

TEST(Core, SamplesNothingBeforeTheComputerHasAgreed) {
  Robot robot;
  robot.Boot();
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
  robot.Sleep(std::chrono::hours(1));
  EXPECT_EQ(robot.board.windows_started, 0);
  EXPECT_EQ(robot.board.sleep_until, Instant::max());  // nothing will wake it but a byte
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(robot.core->state(), State::kSampling);
  EXPECT_EQ(robot.board.windows_started, 1);
}

TEST(Core, HandsOverEachWindowOnceAndTellsWhenTheNextIsReady) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  for (int window = 1; window <= 20; ++window) {
    robot.Sleep(robot.computer->next_ready_in());
    ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
    EXPECT_EQ(robot.Window(), window);
    EXPECT_EQ(robot.computer->header().sequence, static_cast<std::uint64_t>(window));
    EXPECT_EQ(robot.computer->header().dropped, 0U);
    EXPECT_EQ(robot.computer->header().speed_millirpm, 1'500'000U);
    // Sampling ended mcu_guard ago.
    EXPECT_EQ(robot.computer->age(robot.board.now), GoodTerms().mcu_guard);
    EXPECT_EQ(robot.Fetch(), ComputerEvent::kNothingNew);
  }
}

// A window that was taken while the shaft changed its speed says so, and no speed.
TEST(Core, TellsWhenTheShaftChangedItsSpeedWithinAWindow) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);  // the first window is open
  robot.board.shaft_answers = {1'450'000, 1'450'000, 1'600'000, 1'000'000, 1'500'000};
  for (const std::uint32_t speed :
       {1'450'000U, 1'600'000U, link::kSpeedChanged, 1'500'000U}) {
    robot.Sleep(robot.computer->next_ready_in());
    ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
    EXPECT_EQ(robot.computer->header().speed_millirpm, speed);
  }
}

TEST(Core, DoesNotDrift) {
  contract::Terms terms = GoodTerms();
  terms.lease_cycles = 20'000;
  Robot robot(terms, terms);
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(10'000 * GoodTerms().period);
  const auto& starts = robot.board.starts;
  ASSERT_GE(starts.size(), 10'000U);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    ASSERT_EQ(starts[i] - starts[0], static_cast<std::int64_t>(i) * GoodTerms().period);
  }
}

TEST(Core, IsSilentForTenPeriodsUnlessAsked) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  const std::size_t before = robot.bytes_said;
  robot.Sleep(10 * GoodTerms().period);
  EXPECT_EQ(robot.bytes_said, before);
  EXPECT_GE(robot.board.windows_started, 10);
}

TEST(Core, WakesTwiceAPeriodAndNoMore) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  const int before = robot.turns;
  robot.Sleep(100 * GoodTerms().period);
  EXPECT_LE(robot.turns - before, 201);  // a window opens, a window closes
}

TEST(Core, DropsTheOldestWhenNobodyAsksAndSaysHowMany) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(9 * GoodTerms().period + Milliseconds(500));  // ten windows are complete
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(robot.Window(), 10);
  EXPECT_EQ(robot.computer->header().dropped, 9U);
  robot.Sleep(robot.computer->next_ready_in());
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(robot.computer->header().dropped, 0U);
}

TEST(Core, ALineThatTakesAHundredBytesATurnStillCarriesABatch) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(Milliseconds(500));
  robot.computer->Fetch(robot.board.now);
  robot.board.line_takes = 100;
  int turns = 0;
  while (robot.computer->TakeEvent() == ComputerEvent::kNone && ++turns < 400) {
    std::array<std::byte, 1024> out{};
    const std::size_t asked = robot.computer->TakeOutput(out);
    robot.board.to_firmware.insert(robot.board.to_firmware.end(), out.begin(),
                                   out.begin() + static_cast<std::ptrdiff_t>(asked));
    robot.Turn();
    const auto said = std::exchange(robot.board.from_firmware, {});
    std::span<const std::byte> bytes = said;
    robot.computer->OnBytes(bytes, robot.board.now);
    robot.board.now += Milliseconds(3);
  }
  EXPECT_EQ(robot.Window(), 1);
  EXPECT_EQ(robot.computer->batch().size(), 10'240U);
  EXPECT_EQ(Crc32(robot.computer->batch()), robot.computer->header().crc);
}

TEST(Core, ALinkCutMidBatchKeepsTheBatchUntilAFresherOneIsThere) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(Milliseconds(500));
  robot.plugged = false;
  EXPECT_EQ(robot.Fetch(), ComputerEvent::kFailed);
  robot.plugged = true;
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(robot.Window(), 1);
}

TEST(Core, ARestartIsNoticedCountedAndAgreedAgain) {
  Robot robot;
  robot.Boot();
  EXPECT_EQ(robot.core->boot_count(), 1U);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(Milliseconds(15'000));
  robot.Restart();
  EXPECT_EQ(robot.core->boot_count(), 2U);
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kRestarted);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(robot.computer->firmware().boot_count, 2U);
  robot.Sleep(robot.computer->next_ready_in());
  EXPECT_EQ(robot.Fetch(), ComputerEvent::kBatch);
}

TEST(Core, AComputerThatRestartsFindsTheRhythmUnchanged) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(Milliseconds(14'000));
  robot.computer = std::make_unique<link::ComputerEnd>(
      link::ComputerSelf{robot.here.verified, robot.keyring, {1, 1}, {}},
      link::TestPairing(), robot.buffer);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(100 * GoodTerms().period);
  const auto& starts = robot.board.starts;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    ASSERT_EQ(starts[i] - starts[0], static_cast<std::int64_t>(i) * GoodTerms().period);
  }
}

TEST(Core, AnotherContractStopsSamplingUntilRestart) {
  contract::Terms ours = GoodTerms();
  ours.commissioning_cycles += 60;
  Robot robot(ours, GoodTerms());
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(robot.core->state(), State::kRefused);
  ASSERT_EQ(robot.board.console.size(), 1U);
  const std::string line = robot.board.console[0];
  EXPECT_NE(line.find(R"("program":"torpor-firmware","reason":1034)"), std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("ours":"120 cycles","theirs":"180 cycles")"), std::string::npos)
      << line;
  EXPECT_EQ(robot.board.windows_started, 0);
  EXPECT_EQ(robot.board.sleep_until, Instant::max());
}

TEST(Core, ADisagreementWithANewComputerStopsTheWindowThatIsOpen) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  ASSERT_TRUE(robot.board.sampling);
  contract::Terms other = GoodTerms();
  other.commissioning_cycles += 60;
  const Held held(other);
  robot.computer = std::make_unique<link::ComputerEnd>(
      link::ComputerSelf{held.verified, robot.keyring, {1, 1}, {}}, link::TestPairing(),
      robot.buffer);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kRefused);
  EXPECT_FALSE(robot.board.sampling);
  EXPECT_EQ(robot.board.sleep_until, Instant::max());
}

TEST(Core, TheEndOfASensorsLifeIsSaid) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(Milliseconds(500));
  robot.board.start_status = Status::kNothingNew;
  robot.Sleep(Milliseconds(20'000));
  EXPECT_EQ(robot.core->state(), State::kEnded);
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);  // the last one is still good
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kNothingNew);
  EXPECT_TRUE(robot.computer->ended());
  EXPECT_EQ(robot.board.sleep_until, Instant::max());
}

TEST(Core, ASensorFaultIsCountedAndNamedAndTheNextWindowIsTried) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.board.read_status = Status::kNotANumber;
  robot.Sleep(Milliseconds(500));
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kNothingNew);
  EXPECT_EQ(robot.computer->nothing_new().last_fault,
            static_cast<std::uint16_t>(Status::kNotANumber));
  EXPECT_EQ(robot.computer->nothing_new().sensor_faults, 1U);
  robot.board.read_status = Status::kOk;
  robot.Sleep(robot.computer->next_ready_in());
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(robot.computer->header().sensor_faults, 1U);
  EXPECT_EQ(robot.computer->header().sequence, 2U);
}

TEST(Core, ASensorThatDoesNotFinishInTimeLosesItsWindow) {
  Robot robot;
  robot.Boot();
  robot.board.sensor_late = GoodTerms().mcu_guard + Milliseconds(1);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(Milliseconds(500));
  EXPECT_EQ(robot.core->state(), State::kResting);
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kNothingNew);
  EXPECT_EQ(robot.computer->nothing_new().last_fault,
            static_cast<std::uint16_t>(Status::kBatchIncomplete));
}

TEST(Core, ALateSensorWithinTheGuardIsWaitedFor) {
  Robot robot;
  robot.Boot();
  robot.board.sensor_late = GoodTerms().mcu_guard;
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(Milliseconds(500));
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  // Understating an age would be the error; it is counted from the nominal end.
  EXPECT_EQ(robot.computer->age(robot.board.now), Milliseconds(400));
}

TEST(Core, WindowsThatWereSleptThroughAreSkippedAndCounted) {
  Robot robot;
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(Milliseconds(500));
  robot.board.now += 5 * GoodTerms().period;  // a debugger, say
  robot.Sleep(Milliseconds(500));
  const auto& starts = robot.board.starts;
  ASSERT_EQ(starts.size(), 2U);
  robot.Sleep(20 * GoodTerms().period);
  EXPECT_EQ((starts.back() - starts.front()) % GoodTerms().period, Microseconds(0));
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(robot.computer->header().sensor_faults, 4U);
}

}  // namespace
}  // namespace torpor::firmware
