// New keys on the wire: a keyring that is taken, a pairing key that replaces the one it
// came under, and a firmware whose lease is over.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "contract/digest.h"
#include "link/codec.h"
#include "link/ends_under_test.h"
#include "link/seal.h"

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

// There is no CONFIRM then, by which the firmware would find it out.
TEST_F(KeyChange, ALapsedFirmwareWithANewerKeyringIsRefusedAsWell) {
  link.self.keyring_version = 4;
  link.firmware->Change(link.self);
  link.firmware->Unfit(Refused(Status::kLeaseOver));
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(NameOf(link.computer->refusal().reason), "keyring-differs");
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
  ASSERT_EQ(link.Greet(7), ComputerEvent::kFailed) << "the old one is worth nothing now";
  EXPECT_EQ(link.computer->failure(), Status::kBadMac);
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
  ASSERT_FALSE(heard.empty());
  for (const Bytes& where : {heard, link.staging}) {
    EXPECT_EQ(std::search(where.begin(), where.end(), key.begin(), key.begin() + 8),
              where.end());
  }
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

Bytes WireOf(Type type, std::span<const std::byte> body) {
  Bytes wire(kMaxWire);
  wire.resize(EncodePacket({type, 0, body}, wire));
  return wire;
}

// An offer that is larger than its room, with the id of "nothing is staged": the pieces
// must not go where they would lie.
TEST_F(KeyChange, NothingIsWrittenBehindTheRoomForOffers) {
  constexpr std::size_t kRoom = 2048;
  Bytes memory(4 * kRoom);
  link.self.staging = std::span(memory).first(kRoom);
  Nonce firmware{};
  link.fault = [&](Way, Bytes& wire) {
    if (TypeOf(wire) == Type::kConfirm) {
      std::span<const std::byte> bytes = wire;
      PacketReader reader;
      firmware = DecodeLeader<Statement>(reader.Next(bytes)->body)->message.peer_nonce;
    }
    return 1;
  };
  const LinkKeys keys = DeriveKeys(TestPairing());
  int nonce = 5;
  for (const Digest& staged : {Digest{}, Digest{std::byte{7}}}) {
    link.self.staged = staged;
    link.firmware->Change(link.self);
    ASSERT_EQ(link.Greet(nonce), ComputerEvent::kAgreed);
    for (const std::uint32_t size : {0U, 2049U, 6000U, 0xFFFF'FFFFU}) {
      Offer offer;
      offer.role = Role::kComputer;
      offer.size = size;
      offer.peer_nonce = firmware;
      offer.own_nonce = TestNonce(nonce);
      offer.id = staged;
      std::array<std::byte, kMaxBody> body{};
      link.ToFirmware(
          WireOf(Type::kOffer, EncodeSealed(Type::kOffer, offer, keys, body)));
      for (std::uint32_t at = 0; at < 3 * kRoom; at += 500) {
        Bytes piece(4 + 500, std::byte{0xEE});
        ByteWriter(std::span(piece).first(4)).Write(at);
        link.ToFirmware(WireOf(Type::kPiece, piece));
        Bytes out(4096);
        (void)link.firmware->TakeOutput(out, link.FirmwareNow());
      }
    }
    ++nonce;
  }
  EXPECT_EQ(std::count(memory.begin() + kRoom, memory.end(), std::byte{0xEE}), 0);
}

// A forged statement, and then the line fails: that is a line which fails, and no
// refusal.
TEST_F(KeyChange, AForgedStatementAndALostConfirmationStopNobody) {
  link.fault = [&, forged = false](Way, Bytes& packet) mutable {
    if (TypeOf(packet) == Type::kConfirm) return 0;
    if (TypeOf(packet) != Type::kStatement || std::exchange(forged, true)) return 1;
    std::span<const std::byte> bytes = packet;
    PacketReader reader;
    const auto right = reader.Next(bytes)->body;
    Bytes body(right.begin(), right.end());
    body[100] ^= std::byte{1};
    link.ToComputer(WireOf(Type::kStatement, body));
    return 1;
  };
  EXPECT_EQ(link.Greet(), ComputerEvent::kFailed);
  EXPECT_EQ(link.computer->failure(), Status::kLinkDown);
  link.fault = [](Way, Bytes&) { return 1; };
  EXPECT_EQ(link.Greet(6), ComputerEvent::kAgreed);
}

TEST_F(KeyChange, KeysThatAreOfferedMakeNobodyForgetAContractThatWas) {
  contract::Terms terms = contract::GoodTerms();
  ++terms.version.number;
  const Held next(terms);
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  link.computer->Activate(next.verified.id());
  while (link.Exchange()) {
  }
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  link.answer_to_offer = static_cast<std::uint16_t>(Status::kTakeOverUnderWay);
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
  link.self = SelfOf(next);
  link.self.staging = link.staging;
  link.self.phase = Phase::kTrial;
  link.firmware->Change(link.self);
  EXPECT_EQ(link.Greet(7), ComputerEvent::kOther);
}

TEST_F(KeyChange, AGreetingOfZerosGetsANonceToo) {
  HoldBoth(1, 2);
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(OfferPairing(TestPairing(2)), ComputerEvent::kStaged);
  Nonce nonce{};
  link.fault = [&](Way, Bytes& wire) {
    if (TypeOf(wire) == Type::kStatement) {
      std::span<const std::byte> bytes = wire;
      PacketReader reader;
      nonce = DecodeLeader<Statement>(reader.Next(bytes)->body)->message.own_nonce;
    }
    return 1;
  };
  std::array<std::byte, kMaxBody> body{};
  link.ToFirmware(WireOf(Type::kHello, EncodeBody(Hello{}, body)));
  while (link.Exchange()) {
  }
  EXPECT_NE(nonce, Nonce{});
}

// Judging takes a microcontroller seconds, which it has not in every period.
TEST_F(KeyChange, WhatWasRefusedForGoodIsNotJudgedAgain) {
  const auto judged = [&] {
    return std::ranges::count(link.firmware_events, FirmwareEvent::kOffered);
  };
  link.answer_to_offer = static_cast<std::uint16_t>(Status::kTooFewSignatures);
  for (int nonce = 5; nonce < 9; ++nonce) {
    ASSERT_EQ(link.Greet(nonce), ComputerEvent::kAgreed);
    ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
    ASSERT_EQ(NameOf(link.computer->not_staged()), "too-few-signatures");
  }
  EXPECT_EQ(judged(), 1);
  link.self.keyring_version = 2;  // under other keys it may be good
  link.firmware->Change(link.self);
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
  EXPECT_EQ(judged(), 2);
  link.answer_to_offer = static_cast<std::uint16_t>(Status::kFlashIo);
  link.self.keyring_version = 3;
  link.firmware->Change(link.self);
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
  EXPECT_EQ(judged(), 4) << "that may be over";
}

// Only the firmware itself says that its lease is over.
TEST_F(KeyChange, AReasonThatTheComputerGaveOpensNothing) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  Nonce firmware = link.computer->firmware().own_nonce;
  link::Refuse refuse;
  refuse.role = Role::kComputer;
  refuse.reason = static_cast<std::uint16_t>(Status::kLeaseOver);
  refuse.peer_nonce = firmware;
  refuse.own_nonce = TestNonce(5);
  const LinkKeys keys = DeriveKeys(TestPairing());
  std::array<std::byte, kMaxBody> body{};
  link.ToFirmware(WireOf(Type::kRefuse, EncodeSealed(Type::kRefuse, refuse, keys, body)));
  ASSERT_EQ(link.firmware->state(), FirmwareEnd::State::kRefused);
  link.firmware_events.clear();
  ASSERT_EQ(OfferKeyring(), ComputerEvent::kStaged);
  EXPECT_EQ(NameOf(link.computer->not_staged()), "link-timeout");
  EXPECT_TRUE(link.firmware_events.empty());
}

TEST(Salt, KeepsNoncesApartWhoseBootCountsBeginAnew) {
  const LinkKeys plain = DeriveKeys(TestPairing());
  const LinkKeys salted = DeriveKeys(TestPairing(), Salt{std::byte{1}});
  EXPECT_NE(MakeNonce(plain, 1, 1), MakeNonce(salted, 1, 1));
  EXPECT_EQ(plain.firmware, salted.firmware) << "the computer has none";
  EXPECT_EQ(plain.computer, salted.computer);
  EXPECT_EQ(plain.wrapping, salted.wrapping);
}

}  // namespace
}  // namespace torpor::link
