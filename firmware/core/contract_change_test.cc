// A robot's firmware from one contract to the next, over the real link and real flash.
#include <gtest/gtest.h>

#include "firmware/core/flash_layout.h"
#include "firmware/core/robot_under_test.h"

namespace torpor::firmware {
namespace {

using link::Phase;

contract::Terms Version(std::uint64_t number) {
  contract::Terms terms = GoodTerms();
  terms.version.number = number;
  terms.trial_cycles = 5;
  terms.scrub_cycles = 60;
  terms.lease_cycles = 3'000;
  return terms;
}

class ContractChange : public ::testing::Test {
 protected:
  ContractChange() : robot(Version(7), Version(7)), next(Version(8)) {}

  void SetUp() override {
    robot.Boot();
    Hold(robot.here);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    robot.Sleep(Milliseconds(2'000));  // into its first period
  }

  // What the computer obeys; it could obey either.
  void Hold(const Held& held) {
    also = {robot.here.verified.id(), next.verified.id()};
    robot.computer = std::make_unique<link::ComputerEnd>(
        link::ComputerSelf{held.verified, robot.keyring, {1, 1}, {}, also},
        link::TestPairing(), robot.buffer);
  }
  std::uint16_t Offer(const Held& held) {
    robot.computer->Offer({link::Cargo::kContract, held.bundle, held.verified.id()},
                          robot.board.now);
    EXPECT_EQ(robot.RunUntil(Instant::max() - Milliseconds(1)), ComputerEvent::kStaged);
    return robot.computer->not_staged();
  }
  void StageAndActivate() {
    ASSERT_EQ(Offer(next), 0);
    robot.computer->Activate(next.verified.id());
    robot.Settle();
    ASSERT_EQ(record().phase, Phase::kActivating);
  }
  void SleepPeriods(int periods) {
    for (int i = 0; i < periods; ++i) robot.Sleep(Version(7).period);
  }
  // Until the firmware is on trial under `next` and the computer agrees to it.
  void AgreeOnTrial() {
    StageAndActivate();
    SleepPeriods(1);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kOther);
    Hold(next);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    ASSERT_EQ(robot.computer->firmware().phase, Phase::kTrial);
  }
  [[nodiscard]] const Record& record() const { return robot.core->keeper().record(); }
  [[nodiscard]] bool Obeys(const Held& held) const {
    return robot.core->keeper().has_contract() &&
           robot.core->keeper().contract().id() == held.verified.id();
  }

  Robot robot;
  Held next;
  std::array<Digest, 2> also{};
};

TEST_F(ContractChange, TakesOverAtItsNextWindowAndIsKept) {
  SleepPeriods(3);
  StageAndActivate();
  ASSERT_TRUE(Obeys(robot.here)) << "not before the boundary";
  const auto windows = robot.board.windows_started;
  SleepPeriods(1);
  ASSERT_TRUE(Obeys(next));
  EXPECT_EQ(robot.board.windows_started, windows + 1) << "no window is lost";

  ASSERT_EQ(robot.Greet(), ComputerEvent::kOther);
  Hold(next);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(robot.computer->header().contract, next.verified.short_id());
  EXPECT_EQ(robot.Window(), windows + 1) << "taken under the new one";
  EXPECT_GE(robot.computer->header().dropped, 1U) << "the old ones are counted";
  EXPECT_EQ(record().floor.version.number, 7U);

  robot.computer->Keep();
  robot.Settle();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(robot.computer->firmware().phase, Phase::kSteady);
  EXPECT_EQ(record().floor.version.number, 8U);
  robot.Restart();
  EXPECT_TRUE(Obeys(next));
  SleepPeriods(20);
  EXPECT_TRUE(Obeys(next));
}

TEST_F(ContractChange, AnotherCanFollowAndAnother) {
  for (std::uint64_t number = 8; number < 14; ++number) {
    SCOPED_TRACE(number);
    next = Held(Version(number));
    Hold(robot.here);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    robot.Sleep(Milliseconds(2'000));
    ASSERT_NO_FATAL_FAILURE(AgreeOnTrial());
    ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
    robot.computer->Keep();
    robot.Settle();
    robot.here = next;
    if (number % 2 == 0) robot.Restart();
    ASSERT_TRUE(Obeys(next));
  }
}

TEST_F(ContractChange, GoesBackWhenNoCycleIsJudgedUnderIt) {
  AgreeOnTrial();
  SleepPeriods(4);
  ASSERT_TRUE(Obeys(next));
  SleepPeriods(1);
  ASSERT_TRUE(Obeys(robot.here));
  ASSERT_EQ(robot.Greet(), ComputerEvent::kOther);
  Hold(robot.here);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(robot.computer->firmware().phase, Phase::kSteady);
  EXPECT_EQ(robot.computer->firmware().reverted, next.verified.id());
  EXPECT_EQ(link::NameOf(robot.computer->firmware().reverted_reason), "trial-over");
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(link::NameOf(Offer(next)), "reverted-before");
}

TEST_F(ContractChange, ATrialEndsAlsoWhenNobodySpeaksAndTheFirmwareHasRestarted) {
  StageAndActivate();
  robot.Restart();
  ASSERT_TRUE(Obeys(next)) << "a boot is a boundary";
  ASSERT_EQ(robot.core->state(), State::kUnconfirmed);
  robot.plugged = false;
  SleepPeriods(6);
  EXPECT_TRUE(Obeys(robot.here));
  robot.plugged = true;
  EXPECT_EQ(robot.Greet(), ComputerEvent::kAgreed);
}

TEST_F(ContractChange, ATrialThatTheComputerRefusesEndsToo) {
  StageAndActivate();
  SleepPeriods(1);
  robot.computer = std::make_unique<link::ComputerEnd>(  // it has lost the new one
      link::ComputerSelf{robot.here.verified, robot.keyring, {1, 1}, {}},
      link::TestPairing(), robot.buffer);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kRefused);
  ASSERT_EQ(robot.core->state(), State::kRefused);
  robot.plugged = false;
  SleepPeriods(6);
  ASSERT_TRUE(Obeys(robot.here));
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
  robot.plugged = true;
  Hold(robot.here);
  EXPECT_EQ(robot.Greet(), ComputerEvent::kAgreed);
}

TEST_F(ContractChange, ASensorThatCannotEndsTheTrialAtOnce) {
  StageAndActivate();
  const auto windows = robot.board.windows_started;
  robot.board.prepare_refuses_version = 8;
  SleepPeriods(1);
  EXPECT_TRUE(Obeys(robot.here));
  EXPECT_EQ(robot.board.windows_started, windows + 1) << "sampling goes on";
  EXPECT_EQ(link::NameOf(record().reverted_reason), "recording-rate");
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
}

TEST_F(ContractChange, ASlotThatCannotBeReadAnyMoreEndsTheTrial) {
  StageAndActivate();
  const FlashLayout layout = LayoutOf(port::Flash());
  robot.board.flash[layout.slot(1) * layout.sector_bytes + 40] ^= std::byte{4};
  SleepPeriods(1);
  EXPECT_TRUE(Obeys(robot.here));
  EXPECT_EQ(link::NameOf(record().reverted_reason), "flash-malformed");
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(Offer(Held(Version(9))), 0) << "a newer one may be tried";
}

TEST_F(ContractChange, SaysWhyItStagesNothing) {
  const auto reason = [&](auto change) {
    contract::Terms terms = Version(8);
    change(terms);
    return link::NameOf(Offer(Held(terms)));
  };
  EXPECT_EQ(reason([](auto& t) { t.link_baud = 1'000'000; }), "link_baud");
  EXPECT_EQ(reason([](auto& t) { t.fleet.Assign("another"); }), "fleet");
  EXPECT_EQ(reason([](auto& t) { t.version.number = 6; }), "rolled-back");
  EXPECT_EQ(reason([](auto& t) {
              t.version.number = 7;
              t.commissioning_cycles += 60;
            }),
            "replayed");
  EXPECT_EQ(reason([](auto& t) {
              t.target_count = 1;
              t.target_slots[0].id.Assign("x");
            }),
            "not-for-this-robot");
  Held forged = next;
  forged.bundle[300] ^= std::byte{1};
  EXPECT_EQ(link::NameOf(Offer(forged)), "bad-signature");
  EXPECT_TRUE(record().staged.empty());
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch) << "and works on";
}

TEST_F(ContractChange, WhileOneIsOnTrialNoThirdIsStaged) {
  AgreeOnTrial();
  EXPECT_EQ(link::NameOf(Offer(Held(Version(9)))), "take-over-under-way");
}

TEST_F(ContractChange, ANewerStagedOneReplacesAStagedOne) {
  ASSERT_EQ(Offer(next), 0);
  const Held newer(Version(9));
  ASSERT_EQ(Offer(newer), 0);
  EXPECT_EQ(record().staged.id, newer.verified.id());
  robot.computer->Activate(next.verified.id());
  robot.Settle();
  EXPECT_EQ(record().phase, Phase::kSteady) << "that one is not there any more";
}

TEST_F(ContractChange, ProvisioningDecides) {
  AgreeOnTrial();
  robot.Boot();  // provisioned with the same bundle: nothing new
  EXPECT_EQ(record().phase, Phase::kTrial);
  const Held other(Version(9));
  robot.provision.bundle = other.bundle;
  robot.Boot();
  EXPECT_TRUE(Obeys(other));
  EXPECT_EQ(record().phase, Phase::kSteady);
}

TEST_F(ContractChange, ALeaseEndsWithoutAClock) {
  contract::Terms terms = Version(8);
  terms.lease_cycles = 61;
  const Held brief(terms);
  robot.provision.bundle = brief.bundle;
  robot.Boot();
  Hold(brief);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  SleepPeriods(30);
  robot.Restart();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  const auto windows = robot.board.windows_started;
  SleepPeriods(100);
  EXPECT_EQ(link::NameOf(robot.core->refusal().reason), "lease-over");
  EXPECT_LE(robot.board.windows_started - windows, 61);
  for (int i = 0; i < 3; ++i) {  // neither a boot nor the same contract gives it more
    robot.Boot();
    ASSERT_EQ(link::NameOf(robot.core->refusal().reason), "lease-over");
  }
  const Held newer(Version(9));
  robot.provision.bundle = newer.bundle;
  robot.Boot();
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
}

TEST_F(ContractChange, ABitThatFlipsInTheTermsIsFoundAndMended) {
  SleepPeriods(2);
  const auto& terms = robot.core->keeper().contract().terms();
  const Microseconds period = terms.period;
  for (int flips = 0; flips < 30; ++flips) {
    robot.board.console.clear();
    auto& sample = const_cast<Milliseconds&>(terms.sample);
    sample += Milliseconds(1U << (flips % 6));
    robot.Sleep(60 * period);
    ASSERT_EQ(robot.board.console.size(), flips == 0 ? 1U : 0U) << "said once";
    if (flips == 0) {
      EXPECT_NE(robot.board.console[0].find("terms-changed"), std::string::npos);
    }
    ASSERT_EQ(terms.sample, Version(7).sample) << "mended";
  }
  EXPECT_EQ(robot.core->state(), State::kResting);
}

}  // namespace
}  // namespace torpor::firmware
