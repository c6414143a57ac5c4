#include <gtest/gtest.h>

#include "link/codec.h"
#include "link/ends_under_test.h"

namespace torpor::link {
namespace {

class HandOver : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed); }
  TestLink link;
};

TEST_F(HandOver, ABatchArrivesWholeWithItsAge) {
  link.Offer(1, Milliseconds(40));
  ASSERT_EQ(link.Fetch(), ComputerEvent::kBatch);
  EXPECT_TRUE(std::ranges::equal(link.computer->batch(), link.samples));
  EXPECT_EQ(link.computer->header().sequence, 1U);
  EXPECT_EQ(link.computer->age(link.now), Milliseconds(40));
  EXPECT_EQ(link.computer->age(link.now + Milliseconds(5)), Milliseconds(45));
  EXPECT_EQ(link.computer->next_ready_in(), Milliseconds(9000));
  while (link.Exchange()) {
  }
  EXPECT_EQ(link.firmware_events.back(), FirmwareEvent::kDelivered);
}

TEST_F(HandOver, NothingNewSaysWhenToAskAgain) {
  ASSERT_EQ(link.Fetch(), ComputerEvent::kNothingNew);
  EXPECT_EQ(link.computer->next_ready_in(), Milliseconds(3000));
  EXPECT_FALSE(link.computer->ended());
}

TEST_F(HandOver, ABatchIsNotHandedOverTwiceWhenOnlyItsLastAckWasLost) {
  link.Offer(1, {});
  int lost = 0;
  link.fault = [&lost](Way, Bytes& packet) {
    std::span<const std::byte> bytes = packet;
    PacketReader reader;
    const auto read = reader.Next(bytes);
    const bool last = read->type == Type::kAck && read->sequence == 22;
    lost += last ? 1 : 0;
    return last ? 0 : 1;
  };
  ASSERT_EQ(link.Fetch(), ComputerEvent::kBatch);
  ASSERT_EQ(link.Fetch(), ComputerEvent::kNothingNew);
  EXPECT_GT(lost, 0);
}

TEST_F(HandOver, BeforeAnAgreementThereIsNone) {
  TestLink fresh;
  ASSERT_EQ(fresh.Fetch(), ComputerEvent::kFailed);
  EXPECT_EQ(fresh.computer->failure(), Status::kUnexpectedMessage);
}

// Whatever a line does to packets, a batch arrives as it was sent or not at all, in the
// contract's time, and its age is never understated.
TEST(HandOverOverABadLine, DeliversWholeBatchesOrNone) {
  int whole = 0;
  int incomplete = 0;
  int timed_out = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    TestLink link;
    ASSERT_EQ(link.Greet(), ComputerEvent::kAgreed);
    const unsigned badness = 1 + seed % 12;  // out of 32
    Bytes held_back;
    link.fault = [&](Way, Bytes& packet) {
      if (random() % 32 >= badness) return 1;
      switch (random() % 4) {
        case 0:
          return 0;
        case 1:
          return 2;
        case 2:
          packet[random() % packet.size()] ^= static_cast<std::byte>(1 + random() % 255);
          return 1;
        default:
          std::swap(packet, held_back);  // overtaken by a later one
          return 1;
      }
    };
    for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
      link.Offer(sequence, Milliseconds(40));
      const Instant captured = link.now - Milliseconds(40);
      const Instant began = link.now;
      const ComputerEvent event = link.Fetch();
      ASSERT_LE(link.now - began, contract::GoodTerms().collect);
      if (event == ComputerEvent::kBatch) {
        ++whole;
        ASSERT_EQ(link.computer->header().sequence, sequence);
        ASSERT_TRUE(std::ranges::equal(link.computer->batch(), link.samples));
        ASSERT_GE(link.computer->age(link.now), link.now - captured);
        ASSERT_LE(link.computer->age(link.now), link.now - captured + Milliseconds(500));
      } else {
        ASSERT_EQ(event, ComputerEvent::kFailed);
        const Status why = link.computer->failure();
        ASSERT_TRUE(why == Status::kBatchIncomplete || why == Status::kLinkTimeout);
        ++(why == Status::kBatchIncomplete ? incomplete : timed_out);
      }
    }
  }
  EXPECT_GT(whole, 300);  // the protocol repeats what is lost
  EXPECT_GT(incomplete, 10);
}

TEST_F(HandOver, ALostPieceIsSentAgainWithoutWaitingForATimer) {
  link.Offer(1, {});
  int count = 0;
  link.fault = [&](Way, Bytes& packet) {
    return TypeOf(packet) == Type::kData && count++ == 3 ? 0 : 1;
  };
  const Instant began = link.now;
  ASSERT_EQ(link.Fetch(), ComputerEvent::kBatch);
  EXPECT_EQ(link.now, began);
}

// As a serial line brings a batch: piece by piece, each of which could be acked.
TEST_F(HandOver, AnAckSpeaksForEightPieces) {
  link.Offer(1, {});
  link.computer->Fetch(link.now);
  std::vector<std::uint16_t> acks;
  Bytes out(64 * kMaxWire);
  const auto ask = [&] {
    const std::size_t size = link.computer->TakeOutput(out);
    const Bytes packet(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
    std::span<const std::byte> bytes = packet;
    PacketReader reader;
    const auto read = reader.Next(bytes);
    if (read && read->type == Type::kAck) acks.push_back(read->sequence);
    if (size > 0) link.ToFirmware(packet);
    return size > 0;
  };
  ASSERT_TRUE(ask());
  Bytes wire(64 * kMaxWire);
  while (const std::size_t size = link.firmware->TakeOutput(wire, link.FirmwareNow())) {
    for (std::size_t i = 0; i < size; ++i) {
      link.ToComputer(std::span(wire).subspan(i, 1));
      ask();
    }
  }
  ASSERT_EQ(link.computer->TakeEvent(), ComputerEvent::kBatch);
  ASSERT_TRUE(std::ranges::equal(link.computer->batch(), link.samples));
  // The header and 21 pieces.
  EXPECT_EQ(acks, (std::vector<std::uint16_t>{8, 16, 22}));
  EXPECT_EQ(link.firmware_events.back(), FirmwareEvent::kDelivered);
}

TEST_F(HandOver, ALinkCutMidBatchEndsInTimeAndTheNextFetchGetsTheBatch) {
  link.Offer(1, {});
  int count = 0;
  link.fault = [&](Way, Bytes&) { return ++count > 6 ? 0 : 1; };
  const Instant began = link.now;
  ASSERT_EQ(link.Fetch(), ComputerEvent::kFailed);
  EXPECT_EQ(link.computer->failure(), Status::kBatchIncomplete);
  EXPECT_EQ(link.computer->incomplete(), 1U);
  EXPECT_EQ(link.now - began, contract::GoodTerms().collect);
  while (link.firmware->deadline()) {
    link.now = *link.firmware->deadline() - TestLink::kFirmwareAhead;
    link.firmware->OnTime(link.FirmwareNow());
    link.ToFirmware({});
    while (link.Exchange()) {
    }
  }
  EXPECT_EQ(link.firmware_events.back(), FirmwareEvent::kGaveUp);
  link.fault = [](Way, Bytes&) { return 1; };
  ASSERT_EQ(link.Fetch(), ComputerEvent::kBatch);
  EXPECT_GE(link.computer->age(link.now), contract::GoodTerms().collect);
}

TEST_F(HandOver, AFirmwareThatRestartedMidBatchIsNoticedAndGreetedAgain) {
  link.Offer(1, {});
  int count = 0;
  bool restarted = false;
  link.fault = [&](Way, Bytes&) {
    if (++count == 8) restarted = true;
    return restarted ? 0 : 1;
  };
  link.computer->Fetch(link.now);
  while (link.Exchange()) {
  }
  ASSERT_TRUE(restarted);
  link.Restart(2);
  link.fault = [](Way, Bytes&) { return 1; };
  ASSERT_EQ(link.Run(), ComputerEvent::kRestarted);
  EXPECT_EQ(link.computer->incomplete(), 1U);
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  EXPECT_EQ(link.computer->firmware().boot_count, 2U);
  link.Offer(1, {});  // sequences begin again with the boot
  ASSERT_EQ(link.Fetch(), ComputerEvent::kBatch);
}

TEST_F(HandOver, ABatchOfAnotherContractIsNotTaken) {
  link.Offer(1, {});
  link.fault = [&](Way, Bytes& packet) {
    if (TypeOf(packet) != Type::kBatch) return 1;
    std::span<const std::byte> bytes = packet;
    PacketReader reader;
    auto header = *DecodeBody<BatchHeader>(reader.Next(bytes)->body);
    header.contract[0] ^= std::byte{1};
    std::array<std::byte, kMaxBody> body{};
    packet.resize(kMaxWire);
    packet.resize(EncodePacket({Type::kBatch, 0, EncodeBody(header, body)}, packet));
    return 1;
  };
  ASSERT_EQ(link.Fetch(), ComputerEvent::kFailed);
  EXPECT_EQ(link.computer->failure(), Status::kBatchOfAnotherContract);
}

// Everything a header may lie about.
TEST_F(HandOver, AHeaderThatIsNotTheContractsBatchIsNotTaken) {
  const std::vector<std::function<void(BatchHeader&)>> lies = {
      [](BatchHeader& h) { h.bytes += 2; },
      [](BatchHeader& h) { h.bytes = 0xFFFF'FFFF; },
      [](BatchHeader& h) { h.bytes = 0; },
      [](BatchHeader& h) { h.frames += 1; },
      [](BatchHeader& h) { h.axes = 0; },
      [](BatchHeader& h) { h.sensor = 99; },
      [](BatchHeader& h) { h.sequence = 0; },
      [](BatchHeader& h) { h.boot_count += 1; },
      [](BatchHeader& h) { h.capture_end_us = h.now_us + 1; },
      [](BatchHeader& h) { h.now_us = ~std::uint64_t{0}; },
  };
  for (const auto& lie : lies) {
    link.Offer(1, {});
    link.fault = [&](Way, Bytes& packet) {
      if (TypeOf(packet) != Type::kBatch) return 1;
      std::span<const std::byte> bytes = packet;
      PacketReader reader;
      auto header = *DecodeBody<BatchHeader>(reader.Next(bytes)->body);
      lie(header);
      std::array<std::byte, kMaxBody> body{};
      packet.resize(kMaxWire);
      packet.resize(EncodePacket({Type::kBatch, 0, EncodeBody(header, body)}, packet));
      return 1;
    };
    ASSERT_EQ(link.Fetch(), ComputerEvent::kFailed);
    EXPECT_EQ(link.computer->failure(), Status::kBatchShape);
  }
}

TEST_F(HandOver, SamplesThatDoNotMatchTheirChecksumAreNotTaken) {
  link.Offer(1, {});
  link.fault = [](Way, Bytes& packet) {
    if (TypeOf(packet) != Type::kData) return 1;
    std::span<const std::byte> bytes = packet;
    PacketReader reader;
    const auto read = reader.Next(bytes);
    Bytes body(read->body.begin(), read->body.end());
    body.back() ^= std::byte{1};  // and a packet checksum that agrees with it
    packet.resize(kMaxWire);
    packet.resize(EncodePacket({Type::kData, read->sequence, body}, packet));
    return 1;
  };
  ASSERT_EQ(link.Fetch(), ComputerEvent::kFailed);
  EXPECT_EQ(link.computer->failure(), Status::kPacketCorrupt);
}

TEST_F(HandOver, AnAnswerToAFormerProcessIsNotTaken) {
  link.Offer(1, {});
  Bytes answer;
  link.fault = [&](Way way, Bytes& packet) {
    if (way == Way::kToComputer)
      answer.insert(answer.end(), packet.begin(), packet.end());
    return 1;
  };
  ASSERT_EQ(link.Fetch(), ComputerEvent::kBatch);
  link.fault = [](Way, Bytes&) { return 1; };
  link.computer = std::make_unique<ComputerEnd>(
      ComputerSelf{link.here.verified, link.keyring, {1, 1}, {}}, TestPairing(),
      link.buffer);
  ASSERT_EQ(link.Greet(6), ComputerEvent::kAgreed);
  link.computer->Fetch(link.now);
  link.ToComputer(answer);
  EXPECT_EQ(link.computer->TakeEvent(), ComputerEvent::kNone);
  EXPECT_EQ(link.Run(), ComputerEvent::kNothingNew);
}

// Even to somebody who guesses the boot count.
TEST(HandOverWithoutAgreement, GetsNoBatch) {
  TestLink link;
  link.Offer(1, {});
  std::array<std::byte, kMaxBody> body{};
  Bytes wire(kMaxWire);
  const link::Fetch fetch{.request = 1, .boot_count = 1, .newest_held = 0};
  wire.resize(EncodePacket({Type::kFetch, 1, EncodeBody(fetch, body)}, wire));
  link.ToFirmware(wire);
  EXPECT_TRUE(link.firmware_events.empty());
  Bytes out(8 * kMaxWire);
  out.resize(link.firmware->TakeOutput(out, link.FirmwareNow()));
  std::span<const std::byte> said = out;
  PacketReader reader;
  const auto answer = reader.Next(said);
  ASSERT_TRUE(answer.has_value());
  ASSERT_EQ(answer->type, Type::kNothingNew);
  EXPECT_EQ(DecodeBody<NothingNew>(answer->body)->flags, kFlagNotAgreed);
}

TEST_F(HandOver, NeverSendsUnasked) {
  const std::size_t before = link.from_firmware;
  link.Offer(1, {});
  for (int i = 0; i < 100; ++i) {
    link.now += Milliseconds(1000);
    link.firmware->OnTime(link.FirmwareNow());
    EXPECT_FALSE(link.firmware->HasOutput());
    while (link.Exchange()) {
    }
  }
  EXPECT_FALSE(link.firmware->deadline().has_value());
  EXPECT_EQ(link.from_firmware, before);
}

}  // namespace
}  // namespace torpor::link
