#include "link/packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <vector>

namespace torpor::link {
namespace {

std::vector<std::byte> Bytes(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

std::vector<std::byte> Counting(int from, int to) {
  std::vector<std::byte> bytes;
  for (int value = from; value <= to; ++value) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

std::vector<std::byte> Stuff(std::span<const std::byte> raw) {
  std::vector<std::byte> out(CobsSize(raw.size()));
  out.resize(CobsEncode(raw, out));
  return out;
}

std::vector<std::byte> Join(std::vector<std::byte> a, const std::vector<std::byte>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<std::byte> Encode(Type type, std::uint16_t sequence,
                              std::span<const std::byte> body) {
  std::vector<std::byte> wire(kMaxWire);
  wire.resize(EncodePacket({type, sequence, body}, wire));
  return wire;
}

std::vector<std::byte> RandomBytes(std::mt19937& random, std::size_t size) {
  std::vector<std::byte> bytes(size);
  // Few distinct values, many zeros: the hard case for stuffing.
  for (auto& byte : bytes) byte = static_cast<std::byte>(random() % 3 ? random() : 0);
  return bytes;
}

// The cases everybody's COBS is tried with: empty, zeros, and runs around 254 bytes.
TEST(Cobs, EncodesThePublishedExamples) {
  EXPECT_EQ(Stuff({}), Bytes({1}));
  EXPECT_EQ(Stuff(Bytes({0})), Bytes({1, 1}));
  EXPECT_EQ(Stuff(Bytes({0, 0})), Bytes({1, 1, 1}));
  EXPECT_EQ(Stuff(Bytes({0x11, 0x22, 0, 0x33})), Bytes({3, 0x11, 0x22, 2, 0x33}));
  EXPECT_EQ(Stuff(Bytes({0x11, 0, 0, 0})), Bytes({2, 0x11, 1, 1, 1}));
  EXPECT_EQ(Stuff(Counting(1, 254)), Join(Bytes({0xFF}), Counting(1, 254)));
  EXPECT_EQ(Stuff(Join(Bytes({0}), Counting(1, 254))),
            Join(Bytes({1, 0xFF}), Counting(1, 254)));
  EXPECT_EQ(Stuff(Counting(1, 255)),
            Join(Join(Bytes({0xFF}), Counting(1, 254)), Bytes({2, 0xFF})));
  EXPECT_EQ(Stuff(Join(Counting(2, 255), Bytes({0}))),
            Join(Join(Bytes({0xFF}), Counting(2, 255)), Bytes({1, 1})));
}

TEST(Cobs, RoundTripsRandomBytesAndNeverEmitsAZero) {
  std::mt19937 random(20261123);
  for (int i = 0; i < 3000; ++i) {
    const auto raw = RandomBytes(random, random() % 800);
    auto stuffed = Stuff(raw);
    ASSERT_EQ(std::ranges::count(stuffed, std::byte{0}), 0);
    ASSERT_LE(stuffed.size(), CobsSize(raw.size()));
    const auto size = CobsDecode(stuffed);
    ASSERT_TRUE(size.has_value());
    stuffed.resize(*size);
    ASSERT_EQ(stuffed, raw);
  }
}

TEST(Cobs, RefusesZerosAndRunsPastTheEnd) {
  auto zero = Bytes({3, 1, 0});
  EXPECT_FALSE(CobsDecode(zero).has_value());
  auto leading = Bytes({0, 1});
  EXPECT_FALSE(CobsDecode(leading).has_value());
  auto cut = Bytes({5, 1, 2});
  EXPECT_FALSE(CobsDecode(cut).has_value());
}

TEST(Cobs, RefusesToWriteWhereThereIsNoRoom) {
  std::array<std::byte, 4> small{};
  EXPECT_EQ(CobsEncode(Bytes({1, 2, 3, 4}), small), 0U);
}

TEST(Packet, RoundTripsInAnyGrouping) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const auto body = RandomBytes(random, random() % (kMaxBody + 1));
    const auto sequence = static_cast<std::uint16_t>(random());
    const auto wire = Encode(Type::kData, sequence, body);
    ASSERT_LE(wire.size(), kMaxWire);
    PacketReader reader;
    int found = 0;
    for (std::size_t at = 0; at < wire.size();) {
      const std::size_t piece =
          std::min<std::size_t>(1 + random() % 99, wire.size() - at);
      std::span<const std::byte> bytes = std::span(wire).subspan(at, piece);
      at += piece;
      while (const auto packet = reader.Next(bytes)) {
        ++found;
        EXPECT_EQ(packet->type, Type::kData);
        EXPECT_EQ(packet->sequence, sequence);
        EXPECT_TRUE(std::ranges::equal(packet->body, body));
      }
    }
    ASSERT_EQ(found, 1);
  }
}

TEST(Packet, RejectsEveryBitFlip) {
  std::mt19937 random(11);
  const auto body = RandomBytes(random, 300);
  const auto wire = Encode(Type::kStatement, 4660, body);
  for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
    auto bent = wire;
    bent[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    // The borders are not part of the packet: a bent one makes it invisible, or longer.
    PacketReader reader;
    std::span<const std::byte> bytes = bent;
    while (const auto packet = reader.Next(bytes)) {
      const bool same = packet->type == Type::kStatement && packet->sequence == 4660 &&
                        std::ranges::equal(packet->body, body);
      ASSERT_TRUE(same && bit < 8) << "bit " << bit << " went unnoticed";
    }
  }
}

TEST(Packet, RejectsEveryTruncation) {
  const auto wire = Encode(Type::kAck, 1, Counting(1, 20));
  for (std::size_t size = 0; size + 1 < wire.size(); ++size) {
    auto cut =
        std::vector(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size));
    cut.push_back(std::byte{0});
    PacketReader reader;
    std::span<const std::byte> bytes = cut;
    ASSERT_FALSE(reader.Next(bytes).has_value()) << size;
  }
}

TEST(Packet, FindsThePacketAfterRubbish) {
  std::mt19937 random(3);
  const auto wire = Encode(Type::kFetch, 9, Counting(1, 16));
  for (int i = 0; i < 500; ++i) {
    PacketReader reader;
    auto stream = RandomBytes(random, random() % 2000);
    stream.insert(stream.end(), wire.begin(), wire.end());
    std::span<const std::byte> bytes = stream;
    int found = 0;
    while (reader.Next(bytes)) ++found;
    ASSERT_EQ(found, 1);
  }
}

TEST(Packet, CountsWhatItSkips) {
  PacketReader reader;
  std::vector<std::byte> stream(5000, std::byte{0x55});
  stream.push_back(std::byte{0});
  for (const int value : {0x55, 0x44, 0}) stream.push_back(static_cast<std::byte>(value));
  std::span<const std::byte> bytes = stream;
  EXPECT_FALSE(reader.Next(bytes).has_value());
  EXPECT_EQ(reader.counters().too_long, 1U);
  EXPECT_EQ(reader.counters().corrupt, 1U);

  const auto unknown = Encode(static_cast<Type>(99), 0, {});
  bytes = unknown;
  EXPECT_FALSE(reader.Next(bytes).has_value());
  EXPECT_EQ(reader.counters().foreign, 1U);
}

TEST(Packet, DoesNotEncodeWhatDoesNotFit) {
  std::vector<std::byte> out(kMaxWire);
  const std::vector<std::byte> body(kMaxBody + 1);
  EXPECT_EQ(EncodePacket({Type::kData, 0, body}, out), 0U);
  const auto fits = std::span(body).first(kMaxBody);
  EXPECT_EQ(EncodePacket({Type::kData, 0, fits}, std::span(out).first(100)), 0U);
  const std::size_t wire = EncodePacket({Type::kData, 0, fits}, out);
  EXPECT_GT(wire, kMaxBody + kPacketOverhead);
  EXPECT_LE(wire, kMaxWire);
}

}  // namespace
}  // namespace torpor::link
