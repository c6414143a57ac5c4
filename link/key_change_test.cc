// New keys on the wire: a keyring that is taken, a pairing key that replaces the one it
// came under, and a firmware whose lease is over.
#include <gtest/gtest.h>

#include "contract/digest.h"
#include "link/ends_under_test.h"

namespace torpor::link {
namespace {

const Bytes& Document() {
  static const Bytes document(700, std::byte{0x5A});
  return document;
}

class KeyChange : public ::testing::Test {
 protected:
  ComputerEvent OfferKeyring() {
    link.computer->Offer({Cargo::kKeyring, Document(), contract::DigestOf(Document())},
                         link.now);
    return link.Run();
  }
  ComputerEvent OfferPairing(const PairingKey& key) {
    link.computer->Offer({Cargo::kPairing, key, contract::DigestOf(key)}, link.now);
    return link.Run();
  }
  void HoldBoth(int now, int next) {
    link.HoldHere(link.here, {}, {TestPairing(now), TestPairing(next)});
  }

  TestLink link;
};

TEST_F(KeyChange, AKeyringArrivesWholeAndTheAgreementGoesOn) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(), 0);
  EXPECT_EQ(link.firmware->cargo(), Cargo::kKeyring);
  EXPECT_TRUE(std::ranges::equal(link.firmware->offered(), Document()));
  EXPECT_EQ(link.Fetch(), ComputerEvent::kNothingNew);
}

TEST_F(KeyChange, TheFirmwareSaysWhyItTakesNoKeyring) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  link.answer_to_offer = static_cast<std::uint16_t>(Status::kKeyringSkips);
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
  EXPECT_EQ(NameOf(link.computer->not_staged()), "keyring-skips");
  EXPECT_EQ(link.Fetch(), ComputerEvent::kNothingNew);
}

// What has arrived of one thing is never taken for a part of another.
TEST_F(KeyChange, AnInterruptedContractIsNotContinuedByAKeyring) {
  contract::Terms terms = contract::GoodTerms();
  ++terms.version.number;
  const Held next(terms);
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  link.fault = [n = 0](Way, Bytes& wire) mutable {
    return TypeOf(wire) == Type::kPiece && ++n > 0 ? 0 : 1;
  };
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  link.fault = [](Way, Bytes&) { return 1; };
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
  EXPECT_TRUE(std::ranges::equal(link.firmware->offered(), Document()));
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_TRUE(std::ranges::equal(link.firmware->offered(), next.bundle));
}

TEST_F(KeyChange, AFirmwareWithANewerKeyringIsRefusedByBothSides) {
  link.self.keyring_version = 4;
  link.firmware->Change(link.self);
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(NameOf(link.computer->refusal().reason), "keyring-differs");
  EXPECT_EQ(link.computer->refusal().ours.view(), "keyring 3");
  EXPECT_EQ(link.computer->refusal().theirs.view(), "keyring 4");
  EXPECT_EQ(NameOf(link.firmware->refusal().reason), "keyring-differs");
  EXPECT_EQ(link.firmware->refusal().ours.view(), "keyring 4");
}

// The other way about it is how keyrings are rolled out.
TEST_F(KeyChange, AFirmwareWithAnOlderKeyringWorksAndSaysSo) {
  link.self.keyring_version = 2;
  link.firmware->Change(link.self);
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(link.computer->firmware().keyring_version, 2);
}

// A computer that was put back to an old keyring cannot hide it by its own comparison.
TEST_F(KeyChange, TheFirmwareRefusesAComputerWhoseKeyringIsOlder) {
  link.self.keyring_version = 3;
  link.firmware->Change(link.self);
  link.fault = [&](Way, Bytes& wire) {
    if (TypeOf(wire) == Type::kConfirm) {
      link.self.keyring_version = 4;  // taken since it stated 3
      link.firmware->Change(link.self);
    }
    return 1;
  };
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(NameOf(link.firmware->refusal().reason), "keyring-differs");
  EXPECT_EQ(NameOf(link.computer->refusal().reason), "keyring-differs");
}

TEST_F(KeyChange, APairingKeyReplacesTheOneItCameUnder) {
  HoldBoth(1, 2);
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  EXPECT_FALSE(link.computer->paired_anew());
  ASSERT_EQ(OfferPairing(TestPairing(2)), ComputerEvent::kStaged);
  ASSERT_EQ(link.computer->not_staged(), 0);
  ASSERT_EQ(link.Fetch(), ComputerEvent::kFailed) << "the agreement is over";
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  EXPECT_TRUE(link.computer->paired_anew());
  EXPECT_EQ(link.Fetch(), ComputerEvent::kNothingNew);

  link.HoldHere(link.here, {}, {TestPairing(1), std::nullopt});
  ASSERT_EQ(link.Greet(7), ComputerEvent::kRefused) << "the old one is worth nothing now";
  EXPECT_EQ(NameOf(link.computer->refusal().reason), "bad-mac");
}

TEST_F(KeyChange, ThePairingKeyIsNotOnTheWire) {
  HoldBoth(1, 2);
  const PairingKey key = TestPairing(2);
  Bytes heard;
  link.fault = [&](Way, Bytes& wire) {
    heard.insert(heard.end(), wire.begin(), wire.end());
    return 1;
  };
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(OfferPairing(key), ComputerEvent::kStaged);
  ASSERT_EQ(link.firmware->offered_pairing().status(), Status::kBadMac)
      << "nor in what is left of the offer";
  EXPECT_TRUE(std::ranges::search(heard, std::span(key).first(8)).empty());
}

// Each packet of the change lost, or doubled, or lost twice: afterwards the two work
// under one key, whichever.
TEST_F(KeyChange, EachPacketOfAPairingMayBeLostOrDoubled) {
  for (const int copies : {0, 2}) {
    for (int which = 0; which < 8; ++which) {
      for (int times = 1; times <= 40; times += 39) {
        SCOPED_TRACE(testing::Message() << copies << " copies of packet " << which
                                        << " and " << times - 1 << " more");
        TestLink fresh;
        fresh.HoldHere(fresh.here, {}, {TestPairing(1), TestPairing(2)});
        ASSERT_EQ(fresh.Greet(), ComputerEvent::kAgreed);
        int packets = 0;
        fresh.fault = [&](Way, Bytes&) {
          const int number = packets++;
          return number >= which && number < which + times ? copies : 1;
        };
        const PairingKey key = TestPairing(2);
        fresh.computer->Offer({Cargo::kPairing, key, contract::DigestOf(key)}, fresh.now);
        ASSERT_EQ(fresh.Run(), ComputerEvent::kStaged);
        fresh.fault = [](Way, Bytes&) { return 1; };
        ASSERT_EQ(fresh.Greet(6), ComputerEvent::kAgreed);
        EXPECT_EQ(fresh.Fetch(), ComputerEvent::kNothingNew);
      }
    }
  }
}

// Of a piece that was changed on the wire no key is made.
TEST_F(KeyChange, AnotherPairingKeyThanTheOneThatWasOfferedIsNoKey) {
  HoldBoth(1, 2);
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  link.answer_to_offer = 1;  // it stays with what has arrived
  ASSERT_EQ(OfferPairing(TestPairing(2)), ComputerEvent::kStaged);
  ASSERT_TRUE(link.firmware->offered_pairing().ok());
  EXPECT_EQ(*link.firmware->offered_pairing(), TestPairing(2));
  link.staging[5] ^= std::byte{1};
  EXPECT_EQ(link.firmware->offered_pairing().status(), Status::kBadMac);
}

TEST_F(KeyChange, AFirmwareWhoseLeaseIsOverTakesAContractAndNothingElseHappens) {
  contract::Terms terms = contract::GoodTerms();
  ++terms.version.number;
  const Held next(terms);
  const std::array<Digest, 1> also{next.verified.id()};
  link.HoldHere(link.here, also);
  link.firmware->Unfit(Refused(Status::kLeaseOver));
  ASSERT_EQ(link.Greet(), ComputerEvent::kLapsed);
  EXPECT_EQ(link.computer->refusal().theirs.view(), "lease-over");
  ASSERT_EQ(link.Fetch(), ComputerEvent::kFailed) << "no batch under an old lease";
  ASSERT_EQ(link.Greet(6), ComputerEvent::kLapsed) << "it may be asked again";
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(), 0);
  link.computer->Activate(next.verified.id());
  while (link.Exchange()) {
  }
  EXPECT_EQ(link.firmware_events.back(), FirmwareEvent::kActivate);
}

TEST_F(KeyChange, AFirmwareThatRefusesForAnotherReasonTakesNothing) {
  link.firmware->Unfit(Refused(Status::kExpired));
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kFailed);
  EXPECT_TRUE(link.firmware_events.empty());
}

}  // namespace
}  // namespace torpor::link
