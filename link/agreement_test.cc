#include <gtest/gtest.h>

#include "link/codec.h"
#include "link/ends_under_test.h"

namespace torpor::link {
namespace {

using contract::GoodTerms;

TEST(Agreement, TwoSidesWithOneContractAgree) {
  TestLink link;
  ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
  EXPECT_EQ(link.firmware->state(), FirmwareEnd::State::kAgreed);
  EXPECT_EQ(link.computer->firmware().boot_count, 1U);
}

TEST(Agreement, NothingAnswersAndTheComputerSaysSoAfterItsRetries) {
  TestLink link;
  int hellos = 0;
  link.fault = [&](Way, Bytes& packet) {
    hellos += TypeOf(packet) == Type::kHello;
    return 0;
  };
  const Instant began = link.now;
  ASSERT_EQ(link.Greet(), ComputerEvent::kFailed);
  EXPECT_EQ(link.computer->failure(), Status::kLinkDown);
  EXPECT_EQ(hellos, 5);
  EXPECT_EQ(link.now - began, 5 * Milliseconds(500));
  EXPECT_FALSE(link.computer->deadline().has_value());
}

TEST(Agreement, SurvivesTheLossOfAnyOnePacket) {
  for (int lost = 0; lost < 4; ++lost) {
    SCOPED_TRACE(lost);
    TestLink link;
    int count = 0;
    link.fault = [&](Way, Bytes&) { return count++ == lost ? 0 : 1; };
    EXPECT_EQ(link.Greet(), ComputerEvent::kAgreed);
    EXPECT_EQ(link.firmware->state(), FirmwareEnd::State::kAgreed);
  }
}

TEST(Agreement, AReplayedStatementProvesNothing) {
  TestLink link;
  Bytes statement;
  link.fault = [&](Way, Bytes& packet) {
    if (TypeOf(packet) == Type::kStatement) statement = packet;
    return 1;
  };
  ASSERT_EQ(link.Greet(5), ComputerEvent::kAgreed);
  // The same firmware, its old words, and nobody who answers the new question.
  link.fault = [&](Way way, Bytes& packet) {
    if (way == Way::kToComputer) packet = statement;
    return 1;
  };
  ASSERT_EQ(link.Greet(6), ComputerEvent::kFailed);
  EXPECT_EQ(link.computer->failure(), Status::kStaleNonce);
}

TEST(Agreement, AReplayedConfirmationStartsNothing) {
  TestLink link;
  Bytes confirm;
  link.fault = [&](Way, Bytes& packet) {
    if (TypeOf(packet) == Type::kConfirm) confirm = packet;
    return 1;
  };
  ASSERT_EQ(link.Greet(5), ComputerEvent::kAgreed);
  link.Restart(2);
  link.fault = [](Way way, Bytes&) { return way == Way::kToFirmware ? 1 : 0; };
  ASSERT_EQ(link.Greet(6), ComputerEvent::kFailed);
  link.ToFirmware(confirm);
  EXPECT_EQ(link.firmware->state(), FirmwareEnd::State::kUnconfirmed);
  EXPECT_EQ(link.firmware_events.back(), FirmwareEvent::kDeclined);
  EXPECT_EQ(link.firmware->refusal().reason,
            static_cast<std::uint16_t>(Status::kStaleNonce));
}

// What the computer says, sent back to it under another type.
TEST(Agreement, AReflectedRoleIsNotTheOtherSide) {
  TestLink link;
  const LinkKeys keys = DeriveKeys(TestPairing());
  link.fault = [&](Way, Bytes& packet) {
    if (TypeOf(packet) != Type::kStatement) return 1;
    std::span<const std::byte> bytes = packet;
    PacketReader reader;
    auto statement = DecodeLeader<Statement>(reader.Next(bytes)->body)->message;
    statement.role = Role::kComputer;  // sealed with the computer's key
    std::array<std::byte, kMaxBody> body{};
    Bytes wire(kMaxWire);
    wire.resize(EncodePacket(
        {Type::kStatement, 0, EncodeSealed(Type::kStatement, statement, keys, body)},
        wire));
    packet = wire;
    return 1;
  };
  ASSERT_EQ(link.Greet(), ComputerEvent::kFailed);
  EXPECT_EQ(link.computer->failure(), Status::kBadMac);
}

// Whoever can write to the wire can forge a statement, and not its seal: the right one,
// behind it, counts.
TEST(Agreement, AForgedStatementBesideTheRightOneChangesNothing) {
  TestLink link;
  link.fault = [&, forged = false](Way, Bytes& packet) mutable {
    if (TypeOf(packet) != Type::kStatement || std::exchange(forged, true)) return 1;
    std::span<const std::byte> bytes = packet;
    PacketReader reader;
    Bytes body(kMaxBody), wire(kMaxWire);
    const auto right = reader.Next(bytes)->body;
    body.assign(right.begin(), right.end());
    body[100] ^= std::byte{1};
    wire.resize(EncodePacket({Type::kStatement, 0, body}, wire));
    link.ToComputer(wire);
    return 1;
  };
  EXPECT_EQ(link.Greet(), ComputerEvent::kAgreed);
}

TEST(Agreement, AnotherPairingKeyIsRefusedByBothAndKillsNeither) {
  TestLink link(GoodTerms(), GoodTerms(), 2);
  ASSERT_EQ(link.Greet(), ComputerEvent::kFailed);
  EXPECT_EQ(link.computer->failure(), Status::kBadMac);
  while (link.Exchange()) {
  }
  ASSERT_FALSE(link.firmware_events.empty());
  EXPECT_EQ(link.firmware_events.back(), FirmwareEvent::kDeclined);
  EXPECT_EQ(link.firmware->refusal().status(), Status::kBadMac);
  // Words without a good seal have no lasting effect on the firmware.
  EXPECT_EQ(link.firmware->state(), FirmwareEnd::State::kUnconfirmed);
}

TEST(Agreement, EveryBitOfASealedMessageIsSealed) {
  for (const Type type : {Type::kStatement, Type::kConfirm}) {
    TestLink link;
    Bytes sealed;
    link.fault = [&](Way, Bytes& packet) {
      if (TypeOf(packet) == type) {
        std::span<const std::byte> bytes = packet;
        PacketReader reader;
        const auto body = reader.Next(bytes)->body;
        sealed.assign(body.begin(), body.end());
      }
      return 1;
    };
    ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
    const LinkKeys keys = DeriveKeys(TestPairing());
    const Role from = type == Type::kStatement ? Role::kFirmware : Role::kComputer;
    ASSERT_TRUE(DecodeSealed<Statement>(type, from, keys, sealed).ok());
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      auto bent = sealed;
      bent[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      ASSERT_FALSE(DecodeSealed<Statement>(type, from, keys, bent).ok()) << bit;
    }
    // The same bytes under the other type, or from the other side, are no statement.
    const Type other = type == Type::kStatement ? Type::kConfirm : Type::kStatement;
    EXPECT_FALSE(DecodeSealed<Statement>(other, from, keys, sealed).ok());
    const Role reflected = from == Role::kFirmware ? Role::kComputer : Role::kFirmware;
    EXPECT_FALSE(DecodeSealed<Statement>(type, reflected, keys, sealed).ok());
  }
}

TEST(Agreement, ASealedMessageOfTheWrongRoleIsNone) {
  Statement statement;
  statement.role = Role::kComputer;
  const LinkKeys keys = DeriveKeys(TestPairing());
  std::array<std::byte, kMaxBody> room{};
  const std::size_t size = EncodeBody(statement, room).size();
  const auto sealed = Seal(Type::kStatement, keys.firmware, size, room);
  EXPECT_EQ(
      DecodeSealed<Statement>(Type::kStatement, Role::kFirmware, keys, sealed).status(),
      Status::kUnexpectedMessage);
}

TEST(Agreement, ANarrowedVersionRangeIsNoticed) {
  TestLink link;
  link.fault = [](Way, Bytes& packet) {
    if (TypeOf(packet) != Type::kHello) return 1;
    Hello hello;
    hello.nonce = TestNonce(5);
    hello.newest = 9;  // what a middleman would make of it
    std::array<std::byte, kMaxBody> body{};
    Bytes wire(kMaxWire);
    wire.resize(EncodePacket({Type::kHello, 0, EncodeBody(hello, body)}, wire));
    packet = wire;
    return 1;
  };
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(link.computer->refusal().status(), Status::kProtocolVersion);
}

TEST(Agreement, SidesWithoutACommonProtocolBothSaySo) {
  TestLink link;
  const LinkKeys keys = DeriveKeys(TestPairing());
  // A computer of the future, as the firmware hears it.
  Hello hello;
  hello.oldest = 2;
  hello.newest = 3;
  hello.nonce = TestNonce(5);
  std::array<std::byte, kMaxBody> body{};
  Bytes wire(kMaxWire);
  wire.resize(EncodePacket({Type::kHello, 0, EncodeBody(hello, body)}, wire));
  link.ToFirmware(wire);
  ASSERT_EQ(link.firmware_events.back(), FirmwareEvent::kDeclined);
  EXPECT_EQ(link.firmware->refusal().status(), Status::kProtocolVersion);
  EXPECT_EQ(link.firmware->refusal().ours.view(), "protocol 1 to 1");
  EXPECT_EQ(link.firmware->refusal().theirs.view(), "protocol 2 to 3");

  // A firmware of the future, as the computer hears it.
  TestLink other;
  other.fault = [&](Way, Bytes& packet) {
    if (TypeOf(packet) != Type::kStatement) return 1;
    std::span<const std::byte> bytes = packet;
    PacketReader reader;
    auto statement = DecodeLeader<Statement>(reader.Next(bytes)->body)->message;
    statement.protocol = 0;
    statement.standing = Standing::kRefused;
    statement.oldest = 4;
    statement.newest = 6;
    std::array<std::byte, kMaxBody> room{};
    packet.resize(kMaxWire);
    packet.resize(EncodePacket(
        {Type::kStatement, 0, EncodeSealed(Type::kStatement, statement, keys, room)},
        packet));
    return 1;
  };
  ASSERT_EQ(other.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(other.computer->refusal().status(), Status::kProtocolVersion);
  EXPECT_EQ(other.computer->refusal().ours.view(), "protocol 1 to 1");
  EXPECT_EQ(other.computer->refusal().theirs.view(), "protocol 4 to 6");
}

TEST(Agreement, AFirmwareThatRefusedItsContractSaysWhy) {
  TestLink link;
  link.firmware = std::make_unique<FirmwareEnd>();
  FirmwareSelf self = SelfOf(link.there);
  self.contract = {};
  link.firmware->Boot(self, TestPairing());
  link.firmware->Unfit(Refused(Status::kBadSignature));
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(link.computer->refusal().status(), Status::kPeerRefused);
  EXPECT_EQ(link.computer->refusal().theirs.view(), "bad-signature");
  EXPECT_EQ(link.firmware->state(), FirmwareEnd::State::kRefused);
}

// Rubbish on the wire, truncated messages and every type in every state.
TEST(Agreement, NoBytesCrashEitherSide) {
  std::mt19937 random(4711);
  for (int round = 0; round < 200; ++round) {
    TestLink link;
    if (round % 2 == 0) {
      ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
      link.Offer(1, Milliseconds(1));
    }
    link.computer->Greet(link.now, TestNonce(8));
    for (int i = 0; i < 50; ++i) {
      Bytes body(random() % (kMaxBody + 1));
      for (auto& byte : body) byte = static_cast<std::byte>(random());
      Bytes wire(kMaxWire);
      const auto type = static_cast<Type>(random() % 13);
      const auto sequence = static_cast<std::uint16_t>(random() % 4);
      wire.resize(EncodePacket({type, sequence, body}, wire));
      if (random() % 4 == 0) wire.resize(random() % (wire.size() + 1));
      link.ToFirmware(wire);
      link.ToComputer(wire);
      link.computer->TakeEvent();
      Bytes out(4 * kMaxWire);
      link.computer->TakeOutput(out);
      link.firmware->TakeOutput(out, link.FirmwareNow());
    }
  }
}

}  // namespace
}  // namespace torpor::link
