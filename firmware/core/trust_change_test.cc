// A robot's firmware from one keyring to the next, from one pairing key to the next, and
// out of a lease that is over; over the real link and real flash, whose power goes at
// every write.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "contract/digest.h"
#include "contract/test_keyrings.h"
#include "firmware/core/flash_layout.h"
#include "firmware/core/robot_under_test.h"

namespace torpor::firmware {
namespace {

using contract::Keyring;
using contract::KeyringPlan;
using link::Cargo;
using link::Phase;

// Contracts are signed by keys 70 and 71, keyrings by roots 1, 2 and 3.
constexpr int kSigner = 70;
KeyringPlan Plan(std::uint32_t version, std::vector<int> keys = {kSigner}) {
  return {.version = version, .keys = std::move(keys)};
}
std::vector<std::byte> Document(const KeyringPlan& plan) {
  return contract::KeyringDocument(plan, {1, 2});
}

contract::Terms Version(std::uint64_t number) {
  contract::Terms terms = GoodTerms();
  terms.version.number = number;
  terms.scrub_cycles = 60;
  return terms;
}

struct Contract {
  Contract(const contract::Terms& terms, int signer = kSigner)
      : bundle(*contract::sign::Sign(terms, contract::NumberedKey(signer))),
        verified(*contract::Verify(
            bundle, contract::KeyringOf({.version = 9, .keys = {signer}}))) {}
  std::vector<std::byte> bundle;
  contract::VerifiedTerms verified;
};

class TrustChange : public ::testing::Test {
 protected:
  TrustChange() : keyring(contract::KeyringOf(Plan(9, {kSigner, 71}))) {
    SetKeyring(robot.provision, contract::KeyringOf(Plan(1)));
    robot.provision.bundle = now.bundle;
  }
  void SetUp() override {
    robot.Boot();
    Hold(now);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  }
  void Hold(const Contract& held,
            const link::Pairing& pairing = {link::TestPairing(), std::nullopt}) {
    also = {next.verified.id()};
    robot.computer = std::make_unique<link::ComputerEnd>(
        link::ComputerSelf{held.verified, keyring, {1, 1}, {}, also}, pairing,
        robot.buffer);
  }
  std::string Offer(Cargo cargo, std::span<const std::byte> bytes, const Digest& id) {
    robot.computer->Offer({cargo, bytes, id}, robot.board.now);
    if (robot.RunUntil(Instant::max() - Milliseconds(1)) != ComputerEvent::kStaged) {
      return "nothing";
    }
    const auto why = robot.computer->not_staged();
    return why == 0 ? "taken" : std::string(link::NameOf(why));
  }
  std::string OfferKeyring(const std::vector<std::byte>& document) {
    return Offer(Cargo::kKeyring, document, contract::DigestOf(document));
  }
  std::string OfferContract(const Contract& held) {
    return Offer(Cargo::kContract, held.bundle, held.verified.id());
  }
  std::string OfferPairing(const link::PairingKey& key) {
    return Offer(Cargo::kPairing, key, contract::DigestOf(key));
  }
  [[nodiscard]] const ContractKeeper& keeper() const { return robot.core->keeper(); }
  [[nodiscard]] std::uint32_t version() const {
    return keeper().keyring().lineage.version;
  }

  Robot robot;
  Contract now{Version(7)}, next{Version(8), 71};
  Keyring keyring;
  std::array<Digest, 1> also{};
};

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
  EXPECT_EQ(robot.Greet(), ComputerEvent::kRefused);
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

// ---- The power goes

class TrustCut : public TrustChange {
 protected:
  // Lives a change in which the power goes after `writes` writes, and once more after
  // `again`; false when it was over before.
  template <class Change>
  bool Live(long writes, long again, unsigned seed, const Change& change) {
    robot.board = FakeBoard();
    robot.board.random.seed(seed);
    robot.Boot();
    Hold(now, {link::TestPairing(1), link::TestPairing(2)});
    EXPECT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    robot.board.writes_left = writes;
    (void)change();
    if (robot.board.powered) return false;
    robot.board.PowerOn();
    robot.board.writes_left = again;
    robot.core = std::make_unique<Core>();
    robot.core->Boot();
    if (!robot.board.powered) {
      robot.board.PowerOn();
      robot.core = std::make_unique<Core>();
      robot.core->Boot();
    }
    robot.board.writes_left = -1;
    ++lives;
    return true;
  }
  static bool Exhaustive() { return std::getenv("TORPOR_EXHAUSTIVE") != nullptr; }
  static unsigned Seeds() { return Exhaustive() ? 4 : 1; }
  // After how many writes of the next boot the power goes again; -1: it stays.
  static std::vector<long> Again() {
    std::vector<long> again{-1};
    for (long writes = 0; writes < 100; writes += Exhaustive() ? 3 : 31) {
      again.push_back(writes);
    }
    return again;
  }
  int lives = 0;
};

TEST_F(TrustCut, AKeyringIsTheOldOneOrTheNewOneWhereverThePowerGoes) {
  const auto document = Document(Plan(2, {kSigner, 71}));
  std::array<int, 3> found{};
  for (unsigned seed = 0; seed < Seeds(); ++seed) {
    for (const long again : Again()) {
      for (long writes = 0;
           Live(writes, again, seed, [&] { return OfferKeyring(document); }); ++writes) {
        ASSERT_EQ(robot.core->state(), State::kUnconfirmed)
            << link::NameOf(robot.core->refusal().reason) << " after " << writes;
        ASSERT_TRUE(version() == 1 || version() == 2) << version();
        ++found[version()];
        const std::uint32_t before = version();
        ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
        ASSERT_EQ(OfferKeyring(document), before == 1 ? "taken" : "rolled-back");
        robot.Restart();
        ASSERT_EQ(version(), 2U);
      }
    }
  }
  std::printf("%d lives: found again with the old keyring %d times, the new one %d\n",
              lives, found[1], found[2]);
  EXPECT_GT(found[1], 0);
  EXPECT_GT(found[2], 0);
}

TEST_F(TrustCut, ThePairingIsTheOldOneOrTheNewOneWhereverThePowerGoes) {
  int anew = 0;
  for (unsigned seed = 0; seed < Seeds(); ++seed) {
    for (const long again : Again()) {
      for (long writes = 0;
           Live(writes, again, seed, [&] { return OfferPairing(link::TestPairing(2)); });
           ++writes) {
        Hold(now, {link::TestPairing(1), link::TestPairing(2)});
        ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed) << "after " << writes;
        anew += robot.computer->paired_anew() ? 1 : 0;
        ASSERT_EQ(robot.Fetch(), ComputerEvent::kNothingNew);
      }
    }
  }
  std::printf("%d lives: found again under the new pairing key %d times\n", lives, anew);
  EXPECT_GT(anew, 0);
  EXPECT_LT(anew, lives);
}

}  // namespace
}  // namespace torpor::firmware
