// A robot's firmware from one keyring to the next, from one pairing key to the next, and
// out of a lease that is over; over the real link and real flash.
#include <gtest/gtest.h>

#include "firmware/core/trust_under_test.h"

namespace torpor::firmware {
namespace {

TEST_F(TrustChange, AKeyringIsTakenStatedAndKeptThroughRestarts) {
  EXPECT_EQ(robot.computer->firmware().keyring_version, 1);
  EXPECT_EQ(OfferContract(next), "unknown-key");
  ASSERT_EQ(OfferKeyring(Document(Plan(2, {kSigner, 71}))), "taken");
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kNothingNew) << "work goes on";
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(robot.computer->firmware().keyring_version, 2);
  EXPECT_EQ(OfferContract(next), "taken");
  for (int boots = 0; boots < 3; ++boots) robot.Restart();
  EXPECT_EQ(version(), 2U);
  EXPECT_EQ(keeper().record().staged.id, next.verified.id());
  robot.Boot();  // the same provision gives nothing back
  EXPECT_EQ(version(), 2U);
}

TEST_F(TrustChange, KeyringsFollowEachOtherThroughBothSlots) {
  for (std::uint32_t number = 2; number < 9; ++number) {
    ASSERT_EQ(OfferKeyring(Document(Plan(number))), "taken") << number;
    ASSERT_EQ(version(), number);
    if (number % 3 == 0) {
      robot.Restart();
      ASSERT_EQ(version(), number);
      ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    }
  }
}

TEST_F(TrustChange, EachKeyringThatDoesNotFollowHasItsReason) {
  EXPECT_EQ(OfferKeyring(Document(Plan(1))), "rolled-back");
  EXPECT_EQ(OfferKeyring(Document(Plan(3))), "keyring-skips");
  EXPECT_EQ(OfferKeyring(contract::KeyringDocument(Plan(2), {1})), "too-few-signatures");
  EXPECT_EQ(OfferKeyring(contract::KeyringDocument(Plan(2), {})), "too-few-signatures");
  EXPECT_EQ(OfferKeyring(now.bundle), "wrong-payload-type");
  std::vector<std::byte> forged = Document(Plan(2));
  forged[100] ^= std::byte{1};
  EXPECT_NE(OfferKeyring(forged), "taken");
  EXPECT_EQ(version(), 1U);
  EXPECT_EQ(keeper().record().keyring, KeptKeyring{});
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kNothingNew) << "and works on";
}

// Else the robot would stand still at its next boot.
TEST_F(TrustChange, TheKeyOfTheObeyedContractIsNotDropped) {
  EXPECT_EQ(OfferKeyring(Document(Plan(2, {71}))), "signer-dropped");
  EXPECT_EQ(version(), 1U);
}

TEST_F(TrustChange, WhatIsStagedIsForgottenAsItWasAcceptedUnderTheKeyringBefore) {
  ASSERT_EQ(OfferKeyring(Document(Plan(2, {kSigner, 71}))), "taken");
  ASSERT_EQ(OfferContract(next), "taken");
  ASSERT_EQ(OfferKeyring(Document(Plan(3))), "taken");
  EXPECT_TRUE(keeper().record().staged.empty());
  EXPECT_EQ(OfferContract(next), "unknown-key");
}

TEST_F(TrustChange, NoKeyringIsTakenWhileAContractTakesOver) {
  ASSERT_EQ(OfferKeyring(Document(Plan(2, {kSigner, 71}))), "taken");
  ASSERT_EQ(OfferContract(next), "taken");
  robot.computer->Activate(next.verified.id());
  robot.Settle();
  ASSERT_EQ(keeper().record().phase, Phase::kActivating);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(OfferKeyring(Document(Plan(3, {kSigner, 71}))), "take-over-under-way");
}

TEST_F(TrustChange, AContractThatAsksForALaterKeyringWaitsForIt) {
  contract::Terms terms = Version(8);
  terms.keyring_version_min = 2;
  next = Contract(terms);
  EXPECT_EQ(OfferContract(next), "keyring-too-old");
  ASSERT_EQ(OfferKeyring(Document(Plan(2))), "taken");
  EXPECT_EQ(OfferContract(next), "taken");
}

// The provisioned keyring may trust a key that was stolen since: it does not come back.
TEST_F(TrustChange, ADamagedKeyringIsARefusalAndNotAnOlderKeyring) {
  ASSERT_EQ(OfferKeyring(Document(Plan(2))), "taken");
  const FlashLayout layout = LayoutOf(port::Flash());
  robot.board.flash[layout.slot(3) * layout.sector_bytes + 60] ^= std::byte{4};
  robot.Restart();
  EXPECT_EQ(link::NameOf(robot.core->refusal().reason), "flash-malformed");
}

TEST_F(TrustChange, ProvisioningAnewDecides) {
  ASSERT_EQ(OfferKeyring(Document(Plan(2))), "taken");
  SetKeyring(robot.provision, contract::KeyringOf(Plan(5)));
  robot.Boot();
  EXPECT_EQ(version(), 5U);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(OfferKeyring(Document(Plan(6))), "taken");
}

TEST_F(TrustChange, AListOfKeysIsFixed) {
  Keyring list;
  ASSERT_EQ(list.Add(contract::NumberedKey(kSigner).public_key()), Status::kOk);
  SetKeyring(robot.provision, list);
  robot.Boot();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(OfferKeyring(Document(Plan(2))), "keyring-fixed");
}

TEST_F(TrustChange, APairingKeyIsReplacedAndTheOldOneOpensNothing) {
  Hold(now, {link::TestPairing(1), link::TestPairing(2)});
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(OfferPairing(link::TestPairing(2)), "taken");
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_TRUE(robot.computer->paired_anew());
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kNothingNew);
  robot.Restart();
  Hold(now, {link::TestPairing(2), std::nullopt});
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(OfferPairing(link::PairingKey{}), "key-malformed");
  Hold(now, {link::TestPairing(1), std::nullopt});
  ASSERT_EQ(robot.Greet(), ComputerEvent::kFailed);
  EXPECT_EQ(robot.computer->failure(), Status::kBadMac);
}

TEST_F(TrustChange, WorkGoesOnAcrossAChangeOfPairing) {
  Hold(now, {link::TestPairing(1), link::TestPairing(2)});
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(3 * Version(7).period + Milliseconds(2'000));  // into a period
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  const auto windows = robot.board.windows_started;
  ASSERT_EQ(OfferPairing(link::TestPairing(2)), "taken");
  robot.Sleep(2 * Version(7).period);
  EXPECT_EQ(robot.board.windows_started, windows + 2) << "the rhythm is not disturbed";
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(robot.Fetch(), ComputerEvent::kBatch);
}

TEST_F(TrustChange, ANewContractBringsARobotBackWhoseLeaseIsOver) {
  contract::Terms brief = Version(8);
  brief.lease_cycles = 61;
  now = Contract(brief);
  next = Contract(Version(9));
  robot.provision.bundle = now.bundle;
  robot.Boot();
  Hold(now);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(100 * brief.period);
  ASSERT_EQ(link::NameOf(robot.core->refusal().reason), "lease-over");
  for (const bool restarted : {false, true}) {
    if (restarted) robot.Restart();
    ASSERT_EQ(robot.Greet(), ComputerEvent::kLapsed);
    ASSERT_EQ(robot.Fetch(), ComputerEvent::kFailed);
  }
  ASSERT_EQ(robot.Greet(), ComputerEvent::kLapsed);
  EXPECT_EQ(OfferContract(now), "replayed");
  ASSERT_EQ(OfferContract(next), "taken");
  const auto windows = robot.board.windows_started;
  robot.Sleep(3 * brief.period);
  EXPECT_EQ(robot.board.windows_started, windows) << "staged is not obeyed";
  ASSERT_EQ(robot.Greet(), ComputerEvent::kLapsed);
  robot.computer->Activate(next.verified.id());
  robot.Settle();
  EXPECT_EQ(keeper().contract().id(), next.verified.id()) << "at once: it has no periods";
  ASSERT_EQ(robot.Greet(), ComputerEvent::kOther);
  Hold(next);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(2 * brief.period);
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kBatch);
  robot.computer->Keep();
  robot.Settle();
  robot.Restart();
  EXPECT_EQ(keeper().contract().id(), next.verified.id());
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
}

TEST_F(TrustChange, ATrialThatFollowsALapsedLeaseAndIsNotKeptGoesBackToRefusing) {
  contract::Terms brief = Version(8);
  brief.lease_cycles = 61;
  now = Contract(brief);
  contract::Terms tried = Version(9);
  tried.trial_cycles = 3;
  next = Contract(tried);
  robot.provision.bundle = now.bundle;
  robot.Boot();
  Hold(now);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(100 * brief.period);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kLapsed);
  ASSERT_EQ(OfferContract(next), "taken");
  robot.computer->Activate(next.verified.id());
  robot.Settle();
  ASSERT_EQ(keeper().record().phase, Phase::kTrial);
  robot.Sleep(5 * brief.period);
  EXPECT_EQ(link::NameOf(robot.core->refusal().reason), "lease-over");
  ASSERT_EQ(robot.Greet(), ComputerEvent::kLapsed) << "and another may be tried";
  EXPECT_EQ(OfferContract(next), "reverted-before");
}

// A bundle below the floor was provisioned by mistake; putting the right one back is
// enough.
TEST_F(TrustChange, AProvisionThatIsRefusedTakesNothingAway) {
  ASSERT_EQ(OfferKeyring(Document(Plan(2, {kSigner, 71}))), "taken");
  ASSERT_NO_FATAL_FAILURE(TakeOver(next));
  Hold(next, {link::TestPairing(1), link::TestPairing(2)});
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(OfferPairing(link::TestPairing(2)), "taken");
  const Provision right = robot.provision;
  const Contract old(Version(3));
  robot.provision.bundle = old.bundle;
  robot.Boot();
  EXPECT_EQ(link::NameOf(robot.core->refusal().reason), "rolled-back");
  robot.provision = right;
  robot.Boot();
  EXPECT_EQ(robot.core->state(), State::kUnconfirmed);
  EXPECT_EQ(version(), 2U);
  Hold(next, {link::TestPairing(2), std::nullopt});
  EXPECT_EQ(robot.Greet(), ComputerEvent::kAgreed);
}

// The contract that is refused is never obeyed by going back to another.
TEST_F(TrustChange, AProvisionThatIsRefusedDuringATrialIsRefused) {
  ASSERT_EQ(OfferKeyring(Document(Plan(2, {kSigner, 71}))), "taken");
  ASSERT_NO_FATAL_FAILURE(TakeOver(next));
  const Contract nine(Version(9), 71);
  Hold(next);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(OfferContract(nine), "taken");
  robot.computer->Activate(nine.verified.id());
  robot.Sleep(2 * Version(7).period);
  ASSERT_EQ(keeper().record().phase, Phase::kTrial);
  const Contract old(Version(3));
  robot.provision.bundle = old.bundle;
  for (int boots = 0; boots < 2; ++boots) {
    robot.Boot();
    EXPECT_EQ(robot.core->state(), State::kRefused);
    EXPECT_EQ(link::NameOf(robot.core->refusal().reason), "rolled-back");
  }
}

// The same files, written again by hand: what came over the link since is undone.
TEST_F(TrustChange, ProvisioningWithANewSaltBringsTheProvisionedKeysBack) {
  Hold(now, {link::TestPairing(1), link::TestPairing(2)});
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(OfferKeyring(Document(Plan(2))), "taken");
  ASSERT_EQ(OfferPairing(link::TestPairing(2)), "taken");
  robot.provision.salt[0] = std::byte{9};
  for (int boots = 0; boots < 3; ++boots) {  // the record forgets them as well
    robot.Boot();
    EXPECT_EQ(version(), 1U);
    Hold(now, {link::TestPairing(1), std::nullopt});
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  }
}

// A board whose flash was made anew counts its boots from one again. What was recorded of
// its first life, under the same pairing key, must do nothing in its second.
TEST_F(TrustChange, PacketsOfABoardsFirstLifeDoNothingInItsSecond) {
  next = Contract(Version(8));
  for (const bool salted : {false, true}) {
    robot.board = FakeBoard();
    robot.provision.salt = {};
    robot.Boot();
    Hold(now);
    std::vector<std::byte> heard;
    const auto until_silent = [&] {
      for (int turns = 0; turns < 60; ++turns) {
        std::array<std::byte, 4096> out{};
        const auto said_here = std::span(out).first(robot.computer->TakeOutput(out));
        heard.insert(heard.end(), said_here.begin(), said_here.end());
        robot.board.to_firmware.insert(robot.board.to_firmware.end(), said_here.begin(),
                                       said_here.end());
        robot.Turn();
        const auto said = std::exchange(robot.board.from_firmware, {});
        std::span<const std::byte> bytes = said;
        robot.computer->OnBytes(bytes, robot.board.now);
      }
      return robot.computer->TakeEvent();
    };
    robot.computer->Greet(robot.board.now, link::TestNonce(77));
    ASSERT_EQ(until_silent(), ComputerEvent::kAgreed);
    robot.computer->Offer({Cargo::kContract, next.bundle, next.verified.id()},
                          robot.board.now);
    ASSERT_EQ(until_silent(), ComputerEvent::kStaged);
    robot.computer->Activate(next.verified.id());
    (void)until_silent();
    ASSERT_EQ(keeper().record().phase, Phase::kActivating);

    robot.board = FakeBoard();
    if (salted) robot.provision.salt[3] = std::byte{5};
    robot.Boot();
    for (const std::byte byte : heard) {
      robot.board.to_firmware.push_back(byte);
      if (byte == std::byte{0}) robot.Turn();
    }
    for (int turns = 0; turns < 10; ++turns) robot.Turn();
    EXPECT_EQ(Agreed(robot.core->state()), !salted)
        << "the salt is what keeps them apart";
    EXPECT_EQ(keeper().record().phase, salted ? Phase::kSteady : Phase::kActivating);
  }
}

// It reads well, and is another keyring than the record names.
TEST_F(TrustChange, AnotherKeyringInTheSlotIsARefusal) {
  ASSERT_EQ(OfferKeyring(Document(Plan(2))), "taken");
  ASSERT_EQ(WriteSlot(3, Document(Plan(2, {kSigner, 71}))), Status::kOk);
  robot.Restart();
  EXPECT_EQ(link::NameOf(robot.core->refusal().reason), "flash-malformed");
}

TEST_F(TrustChange, KeysAreTakenAlsoWhenTheLeaseIsOver) {
  contract::Terms brief = Version(8);
  brief.lease_cycles = 61;
  now = Contract(brief);
  next = Contract(Version(9), 71);
  robot.provision.bundle = now.bundle;
  robot.Boot();
  Hold(now, {link::TestPairing(1), link::TestPairing(2)});
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(100 * brief.period);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kLapsed);
  EXPECT_EQ(OfferContract(next), "unknown-key");
  ASSERT_EQ(OfferKeyring(Document(Plan(2, {kSigner, 71}))), "taken");
  ASSERT_EQ(OfferPairing(link::TestPairing(2)), "taken");
  ASSERT_EQ(robot.Fetch(), ComputerEvent::kFailed);
  ASSERT_EQ(robot.Greet(), ComputerEvent::kLapsed);
  EXPECT_TRUE(robot.computer->paired_anew());
  robot.computer->Keep();  // nothing is on trial
  robot.Settle();
  ASSERT_EQ(robot.Greet(), ComputerEvent::kLapsed);
  ASSERT_EQ(OfferContract(next), "taken");
}

// In the midst of handing a batch over: the batch is not lost, and nothing hangs.
TEST_F(TrustChange, APairingThatChangesDuringAHandOverLosesNoBatch) {
  Hold(now, {link::TestPairing(1), link::TestPairing(2)});
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  robot.Sleep(2 * Version(7).period + Milliseconds(2'000));
  robot.computer->Fetch(robot.board.now);
  std::array<std::byte, 4096> out{};
  const std::size_t asked = robot.computer->TakeOutput(out);
  robot.board.to_firmware.insert(robot.board.to_firmware.end(), out.begin(),
                                 out.begin() + static_cast<std::ptrdiff_t>(asked));
  robot.Turn();
  robot.board.from_firmware.clear();  // the first window of it is lost
  ASSERT_EQ(OfferPairing(link::TestPairing(2)), "taken");
  ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(robot.Fetch(), ComputerEvent::kBatch);
}

}  // namespace
}  // namespace torpor::firmware
