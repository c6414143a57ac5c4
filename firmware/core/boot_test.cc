#include "firmware/core/core.h"

#include <gtest/gtest.h>

#include <memory>

#include "firmware/core/robot_under_test.h"
#include "link/codec.h"

namespace torpor::firmware {
namespace {

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

TEST(Boot, RefusesABadContractCheaplyAndSaysWhy) {
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

    const ComputerEvent greeted = robot.Greet();
    if (bad.status == Status::kPairingMissing) {
      ASSERT_EQ(greeted, ComputerEvent::kFailed);
      EXPECT_EQ(robot.computer->failure(), Status::kBadMac);
    } else {
      ASSERT_EQ(greeted, ComputerEvent::kRefused);
      EXPECT_EQ(robot.computer->refusal().status(), Status::kPeerRefused);
      EXPECT_EQ(robot.computer->refusal().theirs.view(),
                link::NameOf(static_cast<std::uint16_t>(bad.status)));
    }
    EXPECT_EQ(robot.board.console.size(), 1U);
  }
}

TEST(Boot, APeerThatRepeatsItselfIsReportedOnce) {
  Robot robot;
  robot.Boot();
  link::Hello hello;
  hello.oldest = hello.newest = 9;
  std::array<std::byte, link::kMaxBody> body{};
  std::array<std::byte, link::kMaxWire> wire{};
  const std::size_t size =
      link::EncodePacket({link::Type::kHello, 0, link::EncodeBody(hello, body)}, wire);
  for (int i = 0; i < 20; ++i) {
    robot.board.to_firmware.insert(robot.board.to_firmware.end(), wire.begin(),
                                   wire.begin() + static_cast<std::ptrdiff_t>(size));
    robot.Settle();
  }
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
  ASSERT_EQ(robot.board.console.size(), 1U);
  EXPECT_NE(robot.board.console[0].find("protocol-version"), std::string::npos);
}

TEST(Boot, AGroupOfTheRobotIsEnough) {
  Robot robot;
  robot.provision.robot.Assign("r-99");
  robot.provision.group_slots[0].Assign("hall-3");
  robot.provision.group_count = 1;
  robot.Boot();
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
}

TEST(Boot, AnErasedFlashRefuses) {
  Robot robot;
  robot.Restart();
  EXPECT_EQ(robot.core->state(), State::kRefused);
  EXPECT_EQ(robot.core->refusal().status(), Status::kFlashMalformed);
}

TEST(Boot, OnceObeyedAContractForbidsOlderOnes) {
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

TEST(Boot, VerifyingAloneDoesNotRaiseTheFloor) {
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
TEST(Boot, NoPowerCutRepeatsABootCountOrLowersTheFloor) {
  Robot robot;
  robot.Boot();
  std::uint32_t last = 1;
  bool raised = false;
  constexpr unsigned kWrites = 2 * 2 * (1 + 256 / 8);  // of a boot and of an agreement
  for (unsigned cut = 0; cut < 3 * (kWrites + 3); ++cut) {
    SCOPED_TRACE(cut);
    robot.board.random.seed(cut);
    robot.board.PowerOn();
    robot.board.writes_left = cut % (kWrites + 3);
    robot.core = std::make_unique<Core>();
    robot.core->Boot();
    const bool booted = robot.core->state() == State::kUnconfirmed;
    if (booted) {
      ASSERT_GT(robot.core->boot_count(), last);
      last = robot.core->boot_count();
      robot.Turn();
      const ComputerEvent greeted = robot.Greet();
      ASSERT_TRUE(greeted == ComputerEvent::kAgreed || !robot.board.powered);
      raised = raised || robot.board.powered;
    } else {
      ASSERT_EQ(robot.core->refusal().status(), Status::kFlashIo);
    }
    RecordStore store;
    store.Open(1);
    robot.board.PowerOn();
    const auto record = store.Load();
    ASSERT_TRUE(record.ok());
    ASSERT_GE(record->boot_count, last);
    if (raised && cut > kWrites + 3) {
      ASSERT_EQ(record->floor.version.number, 7U);
    }
  }
  EXPECT_GT(last, 20U);
}

}  // namespace
}  // namespace torpor::firmware
