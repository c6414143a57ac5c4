#include "firmware/core/record.h"

#include <gtest/gtest.h>

#include "core/crc32.h"
#include "firmware/core/fake_board_test.h"

namespace torpor::firmware {
namespace {

Record Of(std::uint32_t boots, std::uint64_t version) {
  Record record;
  record.boot_count = boots;
  record.floor.version = {1, version};
  record.floor.contract_id[0] = static_cast<std::byte>(version);
  record.provisioned[1] = std::byte{2};
  record.phase = link::Phase::kTrial;
  record.trial_left = 3;
  record.active = {1, {std::byte{4}}, 5};
  record.previous = {0, {std::byte{6}}, 7};
  record.staged = {2, {std::byte{8}}, static_cast<std::uint32_t>(version)};
  record.reverted[31] = std::byte{9};
  record.reverted_reason = 10;
  record.keyring = {3, {std::byte{11}}};
  record.pairing[31] = std::byte{12};
  return record;
}

class Records : public ::testing::Test {
 protected:
  void SetUp() override {
    board = &board_;
    store.Open(1);
  }
  FakeBoard board_;
  RecordStore store;
};

TEST_F(Records, AnErasedFlashHasNone) {
  EXPECT_EQ(store.Load().status(), Status::kFlashMalformed);
}

TEST_F(Records, KeepsWhatWasStored) {
  for (std::uint32_t i = 1; i < 50; ++i) {
    ASSERT_EQ(store.Store(Of(i, i * 2)), Status::kOk);
    RecordStore fresh;
    fresh.Open(1);
    const auto read = fresh.Load();
    ASSERT_TRUE(read.ok());
    ASSERT_EQ(*read, Of(i, i * 2));
  }
}

TEST_F(Records, AnotherLayoutIsNoRecord) {
  ASSERT_EQ(store.Store(Of(3, 4)), Status::kOk);
  for (std::uint32_t page = 1; page <= kRecordSectors; ++page) {
    const auto at = board_.flash.begin() +
                    static_cast<std::ptrdiff_t>(page * FakeBoard::kSectorBytes);
    at[0] ^= std::byte{1};  // the magic; the checksum is right
    ByteWriter(std::span(at + kRecordBytes - 4, 4))
        .Write(Crc32(std::span(at, kRecordBytes - 4)));
  }
  EXPECT_EQ(store.Load().status(), Status::kFlashMalformed);
}

TEST_F(Records, EveryByteOfACopyIsChecked) {
  ASSERT_EQ(store.Store(Of(3, 4)), Status::kOk);
  for (std::size_t byte = 0; byte < kRecordBytes; ++byte) {
    for (std::size_t page = 1; page <= kRecordSectors; ++page) {
      board_.flash[page * FakeBoard::kSectorBytes + byte] ^= std::byte{0x10};
    }
    RecordStore fresh;
    fresh.Open(1);
    ASSERT_FALSE(fresh.Load().ok()) << byte;
    for (std::size_t page = 1; page <= kRecordSectors; ++page) {
      board_.flash[page * FakeBoard::kSectorBytes + byte] ^= std::byte{0x10};
    }
  }
}

TEST_F(Records, AFlashThatRefusesIsReported) {
  ASSERT_EQ(store.Store(Of(1, 1)), Status::kOk);
  board_.powered = false;
  EXPECT_EQ(store.Store(Of(2, 2)), Status::kFlashIo);
}

// The power goes at every write of a store, one by one, and again during up to three
// repairs, while words that were being written read differently at each boot. A value
// that was acted on is never followed by an older one, and none is ever lost.
TEST_F(Records, SurviveACutAtEveryWriteAndDuringTheRepair) {
  constexpr long kWritesOfAStore = 2 * (1 + kRecordBytes / 8);
  int trials = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    for (long cut = 0; cut <= kWritesOfAStore; ++cut) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", cut at write " << cut);
      board_ = FakeBoard();
      board_.random.seed(seed * 1000 + static_cast<unsigned>(cut));
      RecordStore first;
      first.Open(1);
      ASSERT_EQ(first.Store(Of(1, 1)), Status::kOk);
      board_.writes_left = cut;
      const bool told_stored = first.Store(Of(2, 2)) == Status::kOk;
      std::uint64_t acted_on = told_stored ? 2 : 1;
      for (int boot = 0; boot < 4; ++boot) {
        board_.PowerOn();
        if (boot < 3 && board_.random() % 2 == 0) {
          board_.writes_left = static_cast<long>(board_.random() % (kWritesOfAStore + 1));
        }
        RecordStore next;
        next.Open(1);
        const auto read = next.Load();
        if (!read.ok()) {
          ASSERT_EQ(read.status(), Status::kFlashIo);  // cut again, during the repair
          ASSERT_LT(boot, 3);
          continue;
        }
        ASSERT_GE(read->floor.version.number, acted_on);
        ASSERT_LE(read->floor.version.number, 2U);
        acted_on = read->floor.version.number;
        ++trials;
      }
    }
  }
  EXPECT_GT(trials, 2000);
}

TEST(Provision, RoundTripsAndRefusesEveryFlippedBit) {
  Provision provision;
  provision.keys[0].fill(std::byte{1});
  provision.keys[1].fill(std::byte{2});
  provision.key_count = 2;
  provision.pairing.emplace().fill(std::byte{3});
  provision.robot.Assign("r-17");
  provision.group_slots[0].Assign("hall-3");
  provision.group_count = 1;
  const std::vector<std::byte> bundle(700, std::byte{4});
  provision.bundle = bundle;
  std::vector<std::byte> image(kProvisionBytes, std::byte{0xFF});
  const auto size = WriteProvision(provision, image);
  ASSERT_TRUE(size.ok());

  const auto read = ReadProvision(image);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->key_count, 2U);
  EXPECT_EQ(read->keys[1], provision.keys[1]);
  EXPECT_EQ(read->pairing, provision.pairing);
  EXPECT_EQ(read->robot.view(), "r-17");
  EXPECT_EQ(read->groups()[0].view(), "hall-3");
  EXPECT_TRUE(std::ranges::equal(read->bundle, bundle));

  for (std::size_t bit = 0; bit < *size * 8; ++bit) {
    auto bent = image;
    bent[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    ASSERT_EQ(ReadProvision(bent).status(), Status::kFlashMalformed) << bit;
  }
  for (std::size_t cut = 1; cut < *size; cut += 7) {
    ASSERT_FALSE(ReadProvision(std::span(image).first(cut)).ok());
  }
}

TEST(Provision, ErasedFlashMeansThatThereIsNoBundle) {
  const std::vector<std::byte> image(kProvisionBytes, std::byte{0xFF});
  EXPECT_EQ(ReadProvision(image).status(), Status::kBundleMissing);
}

TEST(Provision, WhatDoesNotFitIsNotWritten) {
  std::vector<std::byte> image(kProvisionBytes);
  Provision provision;
  const std::vector<std::byte> bundle(2049);
  provision.bundle = bundle;
  EXPECT_EQ(WriteProvision(provision, image).status(), Status::kBundleTooLarge);
  provision.bundle = std::span(bundle).first(2048);
  EXPECT_EQ(WriteProvision(provision, std::span(image).first(100)).status(),
            Status::kFileTooLarge);
  EXPECT_TRUE(WriteProvision(provision, image).ok());
}

}  // namespace
}  // namespace torpor::firmware
