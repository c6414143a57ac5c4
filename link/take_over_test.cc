// A new contract on the wire: offered, staged, obeyed on trial, kept; and what a bad line
// and old messages can do to that.
#include <gtest/gtest.h>

#include <utility>

#include "link/ends_under_test.h"

namespace torpor::link {
namespace {

contract::Terms Newer() {
  contract::Terms terms = contract::GoodTerms();
  ++terms.version.number;
  terms.commissioning_cycles += 60;
  // For so many robots that the bundle crosses in several pieces.
  terms.target_count = contract::kMaxTargets;
  for (std::uint32_t i = 0; i < terms.target_count; ++i) {
    terms.target_slots[i].kind = contract::TargetKind::kRobot;
    terms.target_slots[i].id.Assign("warehouse-5-hall-3-robot-00" +
                                    std::to_string(10 + i));
  }
  return terms;
}

class TakeOver : public ::testing::Test {
 protected:
  TakeOver() : next(Newer()), also{next.verified.id()} { link.HoldHere(link.here, also); }

  // What the firmware does at its next boundary.
  void Obey(const Held& held, Phase phase) {
    link.self.contract = held.verified.id();
    link.self.version = held.verified.terms().version;
    link.self.bundle = held.bundle;
    link.self.phase = phase;
    link.self.staged = {};
    link.firmware->Change(link.self);
  }

  TestLink link;
  Held next;
  std::array<Digest, 1> also;
};

TEST_F(TakeOver, AnOfferedContractArrivesWholeAndIsStaged) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(), 0);
  EXPECT_TRUE(std::ranges::equal(link.firmware->offered(), next.bundle));
  ASSERT_EQ(link.Fetch(), ComputerEvent::kNothingNew) << "the agreement goes on";
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  EXPECT_EQ(link.computer->firmware().staged, next.verified.id());
  EXPECT_EQ(link.computer->firmware().phase, Phase::kSteady);
}

TEST_F(TakeOver, WhatIsStagedAlreadyIsNotSentAgain) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  int pieces = 0;
  link.fault = [&](Way, Bytes& wire) {
    pieces += TypeOf(wire) == Type::kPiece ? 1 : 0;
    return 1;
  };
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(), 0);
  EXPECT_EQ(pieces, 0);
}

TEST_F(TakeOver, TheFirmwareSaysWhyItStagesNothing) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  link.answer_to_offer = 1010;
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(NameOf(link.computer->not_staged()), "period_ms");

  Held forged = next;
  forged.bundle[forged.bundle.size() / 2] ^= std::byte{1};
  ASSERT_EQ(link.Offer(forged), ComputerEvent::kStaged);
  EXPECT_NE(link.computer->not_staged(), 0);

  link.staging.resize(16);
  link.Restart(2);
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(),
            static_cast<std::uint16_t>(Status::kBundleTooLarge));
}

// Each packet in turn is lost, doubled, or lost twice; the contract arrives all the same.
TEST_F(TakeOver, AnyPacketMayBeLostOrDoubled) {
  for (int copies : {0, 2}) {
    for (int times = 1; times <= 2; ++times) {
      for (int which = 0; which < 24; ++which) {
        SCOPED_TRACE(testing::Message() << copies << " copies of packet " << which
                                        << " and its next " << times - 1);
        TestLink fresh;
        ASSERT_EQ(fresh.Greet(), ComputerEvent::kAgreed);
        int packets = 0;
        fresh.fault = [&](Way, Bytes&) {
          const int number = packets++;
          return number >= which && number < which + times ? copies : 1;
        };
        ASSERT_EQ(fresh.Offer(next), ComputerEvent::kStaged);
        ASSERT_EQ(fresh.computer->not_staged(), 0);
        ASSERT_EQ(fresh.self.staged, next.verified.id());
        ASSERT_EQ(std::ranges::count(fresh.firmware_events, FirmwareEvent::kOffered), 1)
            << "verified and written once";
      }
    }
  }
}

TEST_F(TakeOver, ASilentFirmwareEndsTheOfferAndALaterOneGoesOnWhereItStopped) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  int pieces = 0;
  link.fault = [&](Way, Bytes& wire) {
    if (TypeOf(wire) != Type::kPiece) return 1;
    return ++pieces > 1 ? 0 : 1;  // the first arrives, no other does
  };
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(),
            static_cast<std::uint16_t>(Status::kLinkTimeout));

  pieces = 0;
  link.fault = [&](Way, Bytes& wire) {
    pieces += TypeOf(wire) == Type::kPiece ? 1 : 0;
    return 1;
  };
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(), 0);
  const auto whole = static_cast<int>((next.bundle.size() + 507) / 508);
  ASSERT_GE(whole, 2);
  EXPECT_EQ(pieces, whole - 1);
}

// A HELLO from somebody else gives the firmware another nonce: FETCH goes on, and no
// offer of this agreement is heard. Greeting anew is the way out, and agent/collector.cc
// does.
TEST_F(TakeOver, AnOfferIsNotHeardAfterAForeignGreetingUntilTheComputerGreets) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  std::array<std::byte, kMaxBody> body{};
  std::array<std::byte, kMaxWire> wire{};
  const Hello foreign{.nonce = TestNonce(99)};
  const std::size_t size =
      EncodePacket({Type::kHello, 0, EncodeBody(foreign, body)}, wire);
  link.ToFirmware(std::span(wire).first(size));
  ASSERT_EQ(link.Fetch(), ComputerEvent::kNothingNew);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  ASSERT_EQ(NameOf(link.computer->not_staged()), "link-timeout");
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(), 0);
}

// PIECE carries no seal: one that somebody else made costs another offer, and is no
// reason to refuse a contract that is good.
TEST_F(TakeOver, AForgedPieceCostsAnotherOfferAndNotTheContract) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  link.fault = [&, spoilt = false](Way, Bytes& wire) mutable {
    if (TypeOf(wire) != Type::kPiece || std::exchange(spoilt, true)) return 1;
    std::array<std::byte, kMaxBody> body{};
    const Bytes nonsense(508, std::byte{0x11});
    ByteWriter writer(body);
    writer.Write(std::uint32_t{0});
    writer.Write(nonsense);
    wire.resize(kMaxWire);
    wire.resize(EncodePacket({Type::kPiece, 0, writer.written()}, wire));
    return 1;
  };
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(NameOf(link.computer->not_staged()), "packet-corrupt");
  EXPECT_EQ(std::ranges::count(link.firmware_events, FirmwareEvent::kOffered), 0)
      << "nobody judges it";
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(), 0);
}

TEST_F(TakeOver, AnotherOfferInBetweenBeginsAnew) {
  contract::Terms third = Newer();
  ++third.version.number;
  const Held other(third);
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  link.fault = [n = 0](Way, Bytes& wire) mutable {
    return TypeOf(wire) == Type::kPiece && ++n > 1 ? 0 : 1;
  };
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  link.fault = [](Way, Bytes&) { return 1; };
  ASSERT_EQ(link.Offer(other), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(), 0);
  EXPECT_EQ(link.self.staged, other.verified.id());
}

TEST_F(TakeOver, ActivationEndsTheAgreementAndTheNextStatementTells) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  link.computer->Activate(next.verified.id());
  while (link.Exchange()) {
  }
  ASSERT_EQ(link.firmware_events.back(), FirmwareEvent::kActivate);
  ASSERT_EQ(link.Fetch(), ComputerEvent::kFailed) << "greet first";

  Obey(next, Phase::kTrial);
  ASSERT_EQ(link.Greet(6), ComputerEvent::kOther);
  EXPECT_EQ(link.computer->firmware().contract, next.verified.id());

  link.HoldHere(next);
  ASSERT_EQ(link.Greet(7), ComputerEvent::kAgreed);
  EXPECT_EQ(link.computer->firmware().phase, Phase::kTrial);
  link.computer->Keep();
  while (link.Exchange()) {
  }
  EXPECT_EQ(link.firmware_events.back(), FirmwareEvent::kKeep);
}

TEST_F(TakeOver, AFetchAcrossTheBoundaryMustGreetAnew) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  link.Offer(1, Microseconds(1000));
  Obey(next, Phase::kTrial);
  EXPECT_EQ(link.Fetch(), ComputerEvent::kRestarted);
  EXPECT_EQ(link.Greet(6), ComputerEvent::kOther);
}

// The boundary falls between STATEMENT and CONFIRM: no disagreement, and no time is lost.
TEST_F(TakeOver, AConfirmationOfWhatHoldsNoMoreMustGreetAnew) {
  link.fault = [&](Way, Bytes& wire) {
    if (TypeOf(wire) == Type::kConfirm) Obey(next, Phase::kTrial);
    return 1;
  };
  const Instant before = link.now;
  ASSERT_EQ(link.Greet(), ComputerEvent::kRestarted);
  EXPECT_EQ(link.now, before);
  EXPECT_EQ(link.Greet(6), ComputerEvent::kOther);
}

TEST_F(TakeOver, AContractThatThisSideDoesNotHoldIsStillADisagreement) {
  link.HoldHere(link.here);
  Obey(next, Phase::kSteady);
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(NameOf(link.computer->refusal().reason), "targets");
}

// Orders of another agreement, of another key, or sent to a firmware that has nothing to
// do with them, do nothing.
TEST_F(TakeOver, OldAndForgedOrdersDoNothing) {
  std::vector<Bytes> heard;
  link.fault = [&](Way way, Bytes& wire) {
    const Type type = TypeOf(wire);
    if (way == Way::kToFirmware && (type == Type::kOffer || type == Type::kActivate)) {
      heard.push_back(wire);
    }
    return 1;
  };
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  link.computer->Activate(next.verified.id());
  while (link.Exchange()) {
  }
  ASSERT_EQ(heard.size(), 2U);
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  link.firmware_events.clear();
  for (const Bytes& wire : heard) link.ToFirmware(wire);
  EXPECT_EQ(link.firmware_events,
            std::vector(2, FirmwareEvent::kDeclined));  // stale nonces
  EXPECT_EQ(link.firmware->refusal().status(), Status::kStaleNonce);

  link.firmware_events.clear();
  link.computer->Activate(Digest{std::byte{9}});  // never staged
  while (link.Exchange()) {
  }
  ASSERT_EQ(link.Greet(7), ComputerEvent::kAgreed);
  link.computer->Keep();  // nothing is on trial
  while (link.Exchange()) {
  }
  EXPECT_EQ(link.firmware_events, std::vector(1, FirmwareEvent::kAgreed));
}

TEST_F(TakeOver, NothingIsTakenBeforeAnAgreement) {
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  link.Restart(2);  // the firmware has forgotten it
  ASSERT_EQ(link.Offer(next), ComputerEvent::kStaged);
  EXPECT_EQ(link.computer->not_staged(),
            static_cast<std::uint16_t>(Status::kLinkTimeout));
  EXPECT_TRUE(link.firmware_events.size() == 1);  // the agreement of before
}

}  // namespace
}  // namespace torpor::link
