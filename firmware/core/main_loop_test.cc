#include "firmware/core/core.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/crc32.h"
#include "firmware/core/fake_board_test.h"
#include "link/codec.h"
#include "link/ends_under_test.h"

namespace torpor::firmware {
namespace {

using contract::GoodTerms;
using link::ComputerEvent;
using link::Held;

// A whole robot: the firmware on a fake board, the computer's end, and time that only
// moves when both are asleep.
class Robot {
 public:
  explicit Robot(const contract::Terms& ours = GoodTerms(),
                 const contract::Terms& theirs = GoodTerms())
      : here(ours), there(theirs), keyring(link::TestKeyring()), buffer(96'000) {
    firmware::board = &board;
    provision.keys[0] = link::TestKey().public_key();
    provision.key_count = 1;
    provision.pairing = link::TestPairing();
    provision.robot.Assign("r-17");
    provision.bundle = there.bundle;
    computer = std::make_unique<link::ComputerEnd>(
        link::ComputerSelf{here.verified, keyring, {1, 1}, {}}, link::TestPairing(),
        buffer);
  }

  void Boot() {
    board.Provision(provision);
    Restart();
  }
  void Restart() {
    board.PowerOn();
    core = std::make_unique<Core>();
    core->Boot();
    Turn();
  }

  void Turn() {
    core->Step();
    ++turns;
  }

  // Moves bytes until both sides are silent.
  void Settle() {
    for (;;) {
      std::array<std::byte, 4 * link::kMaxWire> out{};
      const std::size_t asked = computer->TakeOutput(out);
      if (plugged) {
        board.to_firmware.insert(board.to_firmware.end(), out.begin(),
                                 out.begin() + static_cast<std::ptrdiff_t>(asked));
      }
      if (!board.to_firmware.empty()) Turn();
      const auto said = std::exchange(board.from_firmware, {});
      bytes_said += said.size();
      std::span<const std::byte> bytes = said;
      if (plugged) computer->OnBytes(bytes, board.now);
      if (said.empty() && asked == 0) return;
    }
  }

  // Until `until`, or until the computer has something to say.
  ComputerEvent RunUntil(Instant until) {
    for (;;) {
      Settle();
      const auto event = computer->TakeEvent();
      if (event != ComputerEvent::kNone) return event;
      const Instant next = std::min(
          {until, board.sleep_until, computer->deadline().value_or(Instant::max())});
      if (next >= until) {
        board.now = std::max(board.now, until);
        return ComputerEvent::kNone;
      }
      board.now = std::max(board.now, next);
      computer->OnTime(board.now);
      Turn();
    }
  }
  void Sleep(Microseconds time) {
    ASSERT_EQ(RunUntil(board.now + time), ComputerEvent::kNone);
  }
  ComputerEvent Greet() {
    computer->Greet(board.now, link::TestNonce(++greetings));
    return RunUntil(Instant::max() - Milliseconds(1));
  }
  ComputerEvent Fetch() {
    computer->Fetch(board.now);
    return RunUntil(Instant::max() - Milliseconds(1));
  }
  // One of the samples that arrived: the number of the window it was taken in.
  [[nodiscard]] int Window() const {
    return torpor::ByteReader(computer->batch()).Read<std::uint16_t>();
  }

  Held here, there;
  contract::Keyring keyring;
  std::vector<std::byte> buffer;
  FakeBoard board;
  Provision provision;
  std::unique_ptr<Core> core;
  std::unique_ptr<link::ComputerEnd> computer;
  bool plugged = true;
  std::size_t bytes_said = 0;
  int turns = 0;
  int greetings = 0;
};

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

TEST(Core, DoesNotDrift) {
  Robot robot;
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

// ---- Boot by contract

struct Bad {
  const char* what;
  Status status;
  void (*spoil)(Robot&);
};

const Bad kBad[] = {
    {"no bundle", Status::kBundleEmpty, [](Robot& r) { r.provision.bundle = {}; }},
    {"a flipped bit", Status::kBadSignature,
     [](Robot& r) { r.there.bundle[100] ^= std::byte{1}; }},
    {"half a bundle", Status::kBundleTruncated,
     [](Robot& r) { r.provision.bundle = std::span(r.there.bundle).first(90); }},
    {"no key", Status::kKeyringEmpty, [](Robot& r) { r.provision.key_count = 0; }},
    {"a weak key", Status::kWeakKey, [](Robot& r) { r.provision.keys[0] = {}; }},
    {"another key", Status::kUnknownKey,
     [](Robot& r) {
       r.provision.keys[0] =
           contract::sign::PrivateKey::FromSeed({std::byte{9}}).public_key();
     }},
    {"another robot", Status::kNotForThisRobot,
     [](Robot& r) { r.provision.robot.Assign("r-18"); }},
    {"a sensor that cannot", Status::kRecordingRate,
     [](Robot& r) {
       r.board.prepared = link::Refused(Status::kRecordingRate, "25600 Hz", "20480 Hz");
     }},
    {"no pairing", Status::kPairingMissing,
     [](Robot& r) { r.provision.pairing.reset(); }},
};

TEST(Core, RefusesABadContractCheaplyAndSaysWhy) {
  for (const Bad& bad : kBad) {
    SCOPED_TRACE(bad.what);
    Robot robot;
    bad.spoil(robot);
    robot.Boot();
    EXPECT_EQ(robot.core->state(), State::kRefused);
    EXPECT_EQ(robot.core->refusal().status(), bad.status);
    ASSERT_EQ(robot.board.console.size(), 1U);
    EXPECT_EQ(robot.board.sleep_until, Instant::max());
    robot.Sleep(std::chrono::hours(1));
    EXPECT_EQ(robot.board.windows_started, 0);
    EXPECT_EQ(robot.bytes_said, 0U);

    ASSERT_EQ(robot.Greet(), ComputerEvent::kRefused);
    if (bad.status == Status::kPairingMissing) {
      EXPECT_EQ(robot.computer->refusal().status(), Status::kBadMac);
    } else {
      EXPECT_EQ(robot.computer->refusal().status(), Status::kPeerRefused);
      EXPECT_EQ(robot.computer->refusal().theirs.view(),
                link::NameOf(static_cast<std::uint16_t>(bad.status)));
    }
    EXPECT_EQ(robot.board.console.size(), 1U);
  }
}

TEST(Core, AGroupOfTheRobotIsEnough) {
  Robot robot;
  robot.provision.robot.Assign("r-99");
  robot.provision.group_slots[0].Assign("hall-3");
  robot.provision.group_count = 1;
  robot.Boot();
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
}

TEST(Core, AnErasedFlashRefuses) {
  Robot robot;
  robot.Restart();
  EXPECT_EQ(robot.core->state(), State::kRefused);
  EXPECT_EQ(robot.core->refusal().status(), Status::kFlashMalformed);
}

TEST(Core, OnceObeyedAContractForbidsOlderOnes) {
  contract::Terms newer = GoodTerms();
  newer.version.number += 1;
  Robot robot(newer, newer);
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Restart();
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);  // the same one is no replay

  const Held older(GoodTerms());
  robot.provision.bundle = older.bundle;
  robot.Boot();
  EXPECT_EQ(robot.core->refusal().status(), Status::kRolledBack);

  contract::Terms forged = newer;
  forged.commissioning_cycles += 60;
  const Held replayed(forged);
  robot.provision.bundle = replayed.bundle;
  robot.Boot();
  EXPECT_EQ(robot.core->refusal().status(), Status::kReplayed);
}

TEST(Core, VerifyingAloneDoesNotRaiseTheFloor) {
  contract::Terms newer = GoodTerms();
  newer.version.number += 1;
  Robot robot(newer, newer);
  robot.Boot();
  const Held older(GoodTerms());
  robot.provision.bundle = older.bundle;
  robot.Boot();
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
}

// The power goes at every write of boots and agreements: nonces come from the boot count,
// so none may be used twice, and the floor may not fall once an agreement has raised it.
TEST(Core, NoPowerCutRepeatsABootCountOrLowersTheFloor) {
  Robot robot;
  robot.Boot();
  std::uint32_t last = 1;
  bool raised = false;
  for (unsigned cut = 0; cut < 120; ++cut) {
    SCOPED_TRACE(cut);
    robot.board.random.seed(cut);
    robot.board.PowerOn();
    robot.board.writes_left = cut % 45;
    robot.core = std::make_unique<Core>();
    robot.core->Boot();
    const bool booted = robot.core->state() == State::kUnconfirmed;
    if (booted) {
      ASSERT_GT(robot.core->boot_count(), last);
      last = robot.core->boot_count();
      robot.Turn();
      ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
      raised = true;
    } else {
      ASSERT_EQ(robot.core->refusal().status(), Status::kFlashIo);
    }
    RecordStore store;
    store.Open(1);
    robot.board.PowerOn();
    const auto record = store.Load();
    ASSERT_TRUE(record.ok());
    ASSERT_GE(record->boot_count, last);
    if (raised && cut > 45) {
      ASSERT_EQ(record->floor.version.number, 7U);
    }
  }
  EXPECT_GT(last, 20U);
}

}  // namespace
}  // namespace torpor::firmware
