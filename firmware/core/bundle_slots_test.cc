#include "firmware/core/bundle_slots.h"

#include <gtest/gtest.h>

#include "firmware/core/fake_board_test.h"
#include "firmware/core/flash_layout.h"

namespace torpor::firmware {
namespace {

class BundleSlots : public ::testing::Test {
 protected:
  void SetUp() override { board = &board_; }
  static std::vector<std::byte> Bundle(std::size_t size, unsigned seed = 1) {
    std::vector<std::byte> bytes(size);
    std::mt19937 random(seed);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    return bytes;
  }
  std::vector<std::byte> Read(std::uint32_t place) {
    const auto read = ReadSlot(place, room_);
    return read.ok() ? std::vector(read->begin(), read->end()) : std::vector<std::byte>{};
  }

  FakeBoard board_;
  std::array<std::byte, contract::kMaxEnvelopeBytes> room_{};
};

TEST_F(BundleSlots, KeepBundlesOfEverySize) {
  for (const std::size_t size : {1U, 7U, 8U, 15U, 16U, 17U, 480U, 2047U, 2048U}) {
    for (const std::uint32_t place : {1U, 2U}) {
      const auto bundle = Bundle(size, place);
      ASSERT_EQ(WriteSlot(place, bundle), Status::kOk);
      ASSERT_EQ(Read(place), bundle) << size;
    }
    ASSERT_EQ(Read(1), Bundle(size, 1)) << "the other slot is another place";
  }
  EXPECT_EQ(WriteSlot(1, Bundle(2049)), Status::kBundleTooLarge);
  EXPECT_EQ(Read(1), Bundle(2048, 1)) << "and nothing was touched";
}

TEST_F(BundleSlots, AnErasedOrChangedSlotHoldsNone) {
  EXPECT_EQ(ReadSlot(1, room_).status(), Status::kFlashMalformed);
  ASSERT_EQ(WriteSlot(1, Bundle(480)), Status::kOk);
  const std::uint32_t begin = LayoutOf(port::Flash()).slot(1) * FakeBoard::kSectorBytes;
  for (std::uint32_t byte = 0; byte < 12 + 480; ++byte) {
    if (byte >= 12 && byte < 16) continue;  // reserved
    board_.flash[begin + byte] ^= std::byte{0x20};
    ASSERT_FALSE(ReadSlot(1, room_).ok()) << byte;
    board_.flash[begin + byte] ^= std::byte{0x20};
  }
  EXPECT_EQ(ReadSlot(1, std::span(room_).first(100)).status(), Status::kFlashMalformed);
}

// A slot that was cut in the middle of writing reads as what should be in it, or as
// nothing; never as something else.
TEST_F(BundleSlots, ACutLeavesNothingOrTheWholeBundle) {
  const auto before = Bundle(480, 1), after = Bundle(500, 2);
  int nothing = 0, whole = 0;
  for (long cut = 0; cut <= 1 + 2 + 500 / 8 + 1; ++cut) {
    for (unsigned seed = 0; seed < 20; ++seed) {
      board_ = FakeBoard();
      board_.random.seed(seed);
      ASSERT_EQ(WriteSlot(1, before), Status::kOk);
      ASSERT_EQ(WriteSlot(2, before), Status::kOk);
      board_.writes_left = cut;
      const bool told = WriteSlot(1, after) == Status::kOk;
      board_.PowerOn();
      const auto read = Read(1);
      ASSERT_TRUE(read.empty() || read == after || (!told && read == before));
      ASSERT_TRUE(!told || read == after);
      ASSERT_EQ(Read(2), before);
      (read.empty() ? nothing : whole) += 1;
    }
  }
  EXPECT_GT(nothing, 500);
  EXPECT_GT(whole, 10);
}

TEST(FlashLayout, NothingOverlapsWhateverTheSectors) {
  static_assert(LayoutOf({4096, 10, 8}).sectors() == 10);
  for (const std::uint32_t bytes : {256U, 512U, 1024U, 2048U, 4096U, 8192U, 131072U}) {
    const FlashLayout layout = LayoutOf({bytes, 99, 8});
    EXPECT_GE(layout.record() * bytes, kProvisionBytes);
    EXPECT_EQ(layout.slot(1), layout.record() + kRecordSectors);
    EXPECT_GE((layout.slot(2) - layout.slot(1)) * bytes, kBundleSlotBytes);
    EXPECT_GE((layout.sectors() - layout.slot(2)) * bytes, kBundleSlotBytes);
  }
}

}  // namespace
}  // namespace torpor::firmware
