#include "agent/collector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "agent/fake_world_test.h"
#include "contract/digest.h"
#include "contract/test_keyrings.h"
#include "core/test_folder.h"

namespace torpor::agent {
namespace {

using link::FirmwareEvent;
using link::Held;
using link::Phase;

Held Version(std::uint64_t number) {
  contract::Terms terms = contract::GoodTerms();
  terms.version.number = number;
  return Held(terms);
}

// A robot under contract 7 whose disk holds 8 as well.
class CollectorTest : public testing::Test {
 protected:
  CollectorTest() {
    EXPECT_EQ(slots_.Keep(v7_.bundle, v7_.verified.id()), Status::kOk);
    EXPECT_EQ(slots_.Keep(v8_.bundle, v7_.verified.id()), Status::kOk);
    Start();
  }

  void Start(const std::optional<Digest>& unfit = std::nullopt) {
    collector_.reset();
    also_ = {v8_.verified.id()};
    roll_out_.emplace(
        slots_, obeyed_,
        [](const contract::VerifiedTerms&) -> std::optional<Refusal> {
          return std::nullopt;
        },
        [] {});
    collector_.emplace(
        world_,
        link::ComputerSelf{
            v7_.verified, keyring_, v7_.verified.terms().version, {}, also_},
        obeyed_.pairing, [this] { return link::TestNonce(++nonce_); },
        HandOvers{&*roll_out_, nullptr, unfit});
  }
  // Of which the firmware holds the one before.
  void HoldKeyringFour() {
    obeyed_.keyrings.keyrings.push_back(contract::KeyringOf({.version = 4}));
    obeyed_.keyrings.documents = {four_, four_};
    obeyed_.keyring.lineage.version = 4;
    world_.self.keyring_version = 3;
    world_.firmware().Change(world_.self);
  }
  void StartWith(KeyHandOver& keys) {
    collector_.emplace(
        world_, link::ComputerSelf{v7_.verified, obeyed_.keyring, {1, 7}, {}, also_},
        obeyed_.pairing, [this] { return link::TestNonce(++nonce_); },
        HandOvers{&*roll_out_, &keys, {}});
  }
  Collected Collect() {
    world_.now += v7_.verified.terms().period;
    const Instant deadline = world_.now + v7_.verified.terms().collect;
    const power::Lease lease = leases_.Take(power::Consumer::kLink, world_.now, deadline,
                                            [this] { world_.CloseLink(); });
    return collector_->Collect(lease, deadline);
  }
  [[nodiscard]] auto Heard(FirmwareEvent event) const {
    return std::ranges::count(world_.heard, event);
  }
  void ObeyEight(Phase phase) {
    world_.self.contract = v8_.verified.id();
    world_.self.version = v8_.verified.terms().version;
    world_.self.phase = phase;
    world_.firmware().Change(world_.self);
  }

  TestFolder folder_;
  contract::Keyring keyring_ = link::TestKeyring();
  ContractSlots slots_{folder_, keyring_};
  Held v7_ = Version(7), v8_ = Version(8);
  Obeyed obeyed_{v7_.verified,
                 v7_.bundle,
                 {},
                 keyring_,
                 {{keyring_}, {}},
                 {link::TestPairing(), std::nullopt},
                 Remembered{},
                 ""};
  FakeWorld world_{v7_};
  power::LeaseBook leases_;
  std::array<Digest, 1> also_{};
  const std::vector<std::byte> four_ = contract::KeyringDocument({.version = 4}, {1, 2});
  std::optional<RollOut> roll_out_;
  std::optional<Collector> collector_;
  int nonce_ = 0;
};

TEST_F(CollectorTest, HandsANewContractOverBehindItsBatch) {
  EXPECT_EQ(Collect().kind, Collected::Kind::kBatch);
  EXPECT_EQ(Heard(FirmwareEvent::kOffered), 1);
  EXPECT_EQ(Heard(FirmwareEvent::kActivate), 0) << "the firmware has not staged it";
  EXPECT_EQ(Heard(FirmwareEvent::kDelivered), 1);
}

// Its nonces may be what the firmware does not hear.
TEST_F(CollectorTest, AnOfferThatIsNotHeardIsMadeAgainUnderANewGreeting) {
  world_.taken = std::nullopt;
  EXPECT_EQ(Collect().kind, Collected::Kind::kBatch);
  const auto agreements = Heard(FirmwareEvent::kAgreed);
  world_.taken = 0;
  EXPECT_EQ(Collect().kind, Collected::Kind::kBatch);
  EXPECT_EQ(Heard(FirmwareEvent::kAgreed), agreements + 1);
}

TEST_F(CollectorTest, ALeaseThatIsOverIsARefusalUnlessThereIsANewerContract) {
  world_.firmware().Unfit(link::Refused(Status::kLeaseOver));
  const Collected handed = Collect();
  EXPECT_EQ(handed.kind, Collected::Kind::kNothing);
  EXPECT_EQ(handed.why, Status::kLeaseOver);
  EXPECT_EQ(Heard(FirmwareEvent::kOffered), 1);
  EXPECT_EQ(Heard(FirmwareEvent::kFetch), 0);

  ASSERT_EQ(slots_.Drop(v8_.verified.id()), Status::kOk);
  Start();
  const Collected refused = Collect();
  ASSERT_EQ(refused.kind, Collected::Kind::kRefused);
  EXPECT_EQ(refused.refusal.theirs.view(), "lease-over");
}

TEST_F(CollectorTest, AnOfferThatALapsedFirmwareRefusesIsARefusal) {
  world_.firmware().Unfit(link::Refused(Status::kLeaseOver));
  world_.taken = static_cast<std::uint16_t>(Status::kRevertedBefore);
  EXPECT_EQ(Collect().kind, Collected::Kind::kRefused);
}

// Somebody else's piece was among the bytes; the next offer may be whole.
TEST_F(CollectorTest, ASpoiltOfferToALapsedFirmwareIsMadeAgain) {
  world_.firmware().Unfit(link::Refused(Status::kLeaseOver));
  world_.taken = static_cast<std::uint16_t>(Status::kPacketCorrupt);
  EXPECT_EQ(Collect().kind, Collected::Kind::kNothing);
  world_.taken = 0;
  EXPECT_EQ(Collect().kind, Collected::Kind::kNothing);
  EXPECT_EQ(Heard(FirmwareEvent::kOffered), 2);
}

TEST_F(CollectorTest, GoesOnUnderWhatTheFirmwareObeys) {
  ObeyEight(Phase::kTrial);
  const Collected other = Collect();
  EXPECT_EQ(other.kind, Collected::Kind::kOther);
  EXPECT_EQ(other.go_on_under, v8_.verified.id());
  EXPECT_TRUE(other.on_trial);
}

// Nobody here can work under it: the firmware goes back by itself.
TEST_F(CollectorTest, WaitsWhileTheFirmwareTriesWhatThisRobotCannotWorkUnder) {
  Start(v8_.verified.id());
  ObeyEight(Phase::kTrial);
  for (int cycle = 0; cycle < 3; ++cycle) {
    const Collected waits = Collect();
    EXPECT_EQ(waits.kind, Collected::Kind::kNothing);
    EXPECT_EQ(waits.why, Status::kContractDiffers);
  }
  ObeyEight(Phase::kSteady);
  EXPECT_EQ(Collect().kind, Collected::Kind::kOther) << "it will not go back any more";
}

// With another pairing key from the start, nothing will ever be agreed.
TEST_F(CollectorTest, AnotherPairingKeyIsARefusalAtTheFirstGreeting) {
  world_.firmware().PairAnew(link::TestPairing(9));
  const Collected refused = Collect();
  ASSERT_EQ(refused.kind, Collected::Kind::kRefused);
  EXPECT_EQ(refused.refusal.status(), Status::kBadMac);
}

// Anybody on the line can answer wrongly now and then; one that works does not end for
// it.
TEST_F(CollectorTest, AStrangersAnswersEndARobotThatWorksOnlyWhenNothingElseCame) {
  for (int times = 0; times < 2; ++times) {
    ASSERT_EQ(Collect().kind, Collected::Kind::kBatch);
    world_.firmware().PairAnew(link::TestPairing(9));
    ASSERT_EQ(Collect().kind, Collected::Kind::kNothing) << "it forgot the agreement";
    EXPECT_EQ(Collect().why, Status::kBadMac);
    world_.firmware().PairAnew(link::TestPairing());
  }
  ASSERT_EQ(Collect().kind, Collected::Kind::kBatch);
  world_.firmware().PairAnew(link::TestPairing(9));
  int cycles = 0;
  while (Collect().kind == Collected::Kind::kNothing) ASSERT_LT(++cycles, 10);
  EXPECT_EQ(cycles, 2) << "the third one in a row";
}

TEST_F(CollectorTest, KeysComeBeforeAContractAndMayHaveToBeReadAgain) {
  HoldKeyringFour();
  bool newer = false;
  KeyHandOver keys(obeyed_, {[](const auto&) {}, [] {}, [&] { return newer; }});
  StartWith(keys);
  EXPECT_EQ(Collect().kind, Collected::Kind::kBatch);
  ASSERT_EQ(Heard(FirmwareEvent::kOffered), 1);
  EXPECT_EQ(world_.firmware().cargo(), link::Cargo::kKeyring);
  EXPECT_TRUE(std::ranges::equal(world_.firmware().offered(), four_));
  EXPECT_EQ(Collect().kind, Collected::Kind::kBatch);
  EXPECT_EQ(world_.firmware().cargo(), link::Cargo::kContract);

  newer = true;
  const Collected again = Collect();
  EXPECT_EQ(again.kind, Collected::Kind::kOther);
  EXPECT_EQ(again.go_on_under, v7_.verified.id()) << "the same contract, other keys";
}

TEST_F(CollectorTest, AContractFollowsAKeyringThatALapsedFirmwareHasTaken) {
  HoldKeyringFour();
  world_.firmware().Unfit(link::Refused(Status::kLeaseOver));
  KeyHandOver keys(obeyed_, {[](const auto&) {}, [] {}, [&] { return false; }});
  StartWith(keys);
  EXPECT_EQ(Collect().kind, Collected::Kind::kNothing);
  EXPECT_EQ(world_.firmware().cargo(), link::Cargo::kKeyring);
}

}  // namespace
}  // namespace torpor::agent
