#include "simulate/wire.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/bytes.h"

namespace torpor::simulate {
namespace {

constexpr std::uint32_t kBaud = 921'600;

Instant At(std::int64_t us) { return FromMicroseconds(us); }

std::vector<std::byte> ReceivedBy(Wire& wire, Instant now) {
  std::vector<std::byte> out;
  wire.Receive(now, out);
  return out;
}

TEST(Wire, AChunkArrivesWholeWhenItsLastByteHasCrossed) {
  Wire wire(kBaud, {}, {});
  wire.Send(At(1'000), AsBytes("0123456789"));  // 100 bits: 108.5 us, rounded up
  ASSERT_TRUE(wire.NextArrival().has_value());
  EXPECT_EQ(*wire.NextArrival(), At(1'109));
  EXPECT_TRUE(ReceivedBy(wire, At(1'108)).empty());
  EXPECT_EQ(ReceivedBy(wire, At(1'109)).size(), 10U);
  EXPECT_FALSE(wire.NextArrival().has_value());
}

TEST(Wire, ChunksQueueBehindEachOtherWithoutRoundingErrorAddingUp) {
  Wire wire(kBaud, {}, {});
  for (int i = 0; i < 92'160; ++i) wire.Send(At(0), AsBytes("x"));
  EXPECT_EQ(ReceivedBy(wire, At(999'999)).size(), 92'159U);
  EXPECT_EQ(*wire.NextArrival(), At(1'000'000)) << "92 160 bytes are exactly one second";
}

TEST(Wire, AnIdleLineBeginsANewBurst) {
  Wire wire(1'000'000, {}, {});  // a byte is 10 us
  wire.Send(At(0), AsBytes("ab"));
  wire.Send(At(50), AsBytes("c"));
  EXPECT_EQ(ReceivedBy(wire, At(59)).size(), 2U);
  EXPECT_EQ(*wire.NextArrival(), At(60));
}

TEST(Wire, AnOutageLosesExactlyTheBytesThatWereOnTheLine) {
  Wire wire(1'000'000, {{.from = At(20), .to = At(50)}}, {});
  wire.Send(At(0), AsBytes("abcdefgh"));  // c to e are on the line between 20 and 50 us
  EXPECT_EQ(ReceivedBy(wire, At(80)),
            std::vector<std::byte>({std::byte{'a'}, std::byte{'b'}, std::byte{'f'},
                                    std::byte{'g'}, std::byte{'h'}}));
  EXPECT_EQ(wire.bytes_lost(), 3U);
}

TEST(Wire, NoiseIsTheSameForTheSameSeed) {
  const std::vector<std::byte> sent(10'000, std::byte{0x55});
  const auto through = [&](std::uint64_t seed) {
    Wire wire(kBaud, {}, {.one_in_bytes = 100, .seed = seed});
    wire.Send(At(0), sent);
    return ReceivedBy(wire, At(1'000'000));
  };
  const std::vector<std::byte> once = through(7);
  EXPECT_EQ(once, through(7));
  EXPECT_NE(once, through(8));
  ASSERT_EQ(once.size(), sent.size());
  const auto same = std::ranges::count(once, std::byte{0x55});
  EXPECT_GT(same, 9'800);
  EXPECT_LT(same, 9'970);
}

}  // namespace
}  // namespace torpor::simulate
