// The power goes at every write of a change of keys, and again at what follows.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "firmware/core/trust_under_test.h"

namespace torpor::firmware {
namespace {

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

// Both slots are in use by then: the one that the record names is never touched.
TEST_F(TrustCut, AlsoWhenBothSlotsHoldKeyrings) {
  const auto two = Document(Plan(2)), three = Document(Plan(3)), four = Document(Plan(4));
  int cuts = 0;
  for (long writes = 0;; ++writes) {
    robot.board = FakeBoard();
    robot.Boot();
    Hold(now);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    ASSERT_EQ(OfferKeyring(two), "taken");
    ASSERT_EQ(OfferKeyring(three), "taken");
    robot.board.writes_left = writes;
    (void)OfferKeyring(four);
    if (robot.board.powered) break;
    ++cuts;
    robot.Restart();
    ASSERT_EQ(robot.core->state(), State::kUnconfirmed) << writes;
    ASSERT_TRUE(version() == 3 || version() == 4) << version();
  }
  EXPECT_GT(cuts, 100);
}

// A provision that differs: nothing is lost wherever the power goes in the first boot.
TEST_F(TrustCut, TheFirstBootOfANewProvisionMayBeCutAnywhere) {
  int cuts = 0;
  for (long writes = 0;; ++writes) {
    robot.board = FakeBoard();
    robot.provision.salt = {};
    robot.Boot();
    Hold(now);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    ASSERT_EQ(OfferKeyring(Document(Plan(2))), "taken");
    robot.provision.salt[0] = std::byte{1};
    robot.board.Provision(robot.provision);
    robot.board.writes_left = writes;
    robot.core = std::make_unique<Core>();
    robot.core->Boot();
    if (robot.board.powered) break;
    ++cuts;
    robot.Restart();
    ASSERT_EQ(robot.core->state(), State::kUnconfirmed) << writes;
    ASSERT_EQ(version(), 1U) << "what was provisioned";
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  }
  EXPECT_GT(cuts, 50);
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
