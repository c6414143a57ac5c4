#include "signal/batch_slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

namespace torpor::signal {
namespace {

// One batch whose samples all are its sequence number, so that an overwritten slot shows.
void Sample(BatchSlots& slots, std::uint64_t sequence) {
  const auto room = slots.Fill();
  std::ranges::fill(room.first(std::min<std::size_t>(room.size(), 64)),
                    static_cast<std::byte>(sequence));
  if (room.empty()) return;
  slots.Complete({.sequence = sequence,
                  .capture_end = FromMicroseconds(static_cast<std::int64_t>(sequence)),
                  .bytes = 64,
                  .speed_millirpm = 0});
}

TEST(BatchSlots, HandsOverTheNewestAndCountsTheOlder) {
  const auto slots = std::make_unique<BatchSlots>();
  Sample(*slots, 1);
  Sample(*slots, 2);
  ASSERT_TRUE(slots->PinNewest(0));
  EXPECT_EQ(slots->pinned().info.sequence, 2U);
  EXPECT_EQ(slots->pinned().dropped, 1U);
  EXPECT_EQ(slots->pinned().samples.size(), 64U);
}

TEST(BatchSlots, DropsTheOldestWhenFull) {
  const auto slots = std::make_unique<BatchSlots>();
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) Sample(*slots, sequence);
  EXPECT_EQ(slots->dropped(), 7U);
  ASSERT_TRUE(slots->PinNewest(0));
  EXPECT_EQ(slots->pinned().info.sequence, 10U);
  EXPECT_EQ(slots->pinned().dropped, 9U);
}

TEST(BatchSlots, NeverOverwritesThePinnedSlot) {
  const auto slots = std::make_unique<BatchSlots>();
  Sample(*slots, 1);
  ASSERT_TRUE(slots->PinNewest(0));
  for (std::uint64_t sequence = 2; sequence <= 50; ++sequence) {
    Sample(*slots, sequence);
    ASSERT_EQ(slots->pinned().info.sequence, 1U);
    for (const std::byte sample : slots->pinned().samples)
      ASSERT_EQ(sample, std::byte{1});
  }
}

TEST(BatchSlots, TellsOfADropOnceAndOnlyWhenTheTellingArrived) {
  const auto slots = std::make_unique<BatchSlots>();
  Sample(*slots, 1);
  Sample(*slots, 2);
  ASSERT_TRUE(slots->PinNewest(0));
  slots->Unpin();  // the link was cut: nobody has heard of the drop
  ASSERT_TRUE(slots->PinNewest(0));
  EXPECT_EQ(slots->pinned().dropped, 1U);
  for (std::uint64_t sequence = 3; sequence <= 5; ++sequence) Sample(*slots, sequence);
  slots->Delivered();
  EXPECT_EQ(slots->dropped(), 1U);  // batch 3 gave way to 5 while 2 was being sent
  ASSERT_TRUE(slots->PinNewest(2));
  EXPECT_EQ(slots->pinned().dropped, 2U);  // 3 and 4
  slots->Delivered();
  EXPECT_EQ(slots->dropped(), 0U);
}

TEST(BatchSlots, DoesNotSendTwiceWhatArrivedWhileItsLastAckWasLost) {
  const auto slots = std::make_unique<BatchSlots>();
  Sample(*slots, 1);
  ASSERT_TRUE(slots->PinNewest(0));
  slots->Unpin();
  EXPECT_FALSE(slots->PinNewest(1));
  EXPECT_EQ(slots->dropped(), 0U);
}

TEST(BatchSlots, TellsOfADropOnceAlsoWhenTheLastAckWasLost) {
  const auto slots = std::make_unique<BatchSlots>();
  Sample(*slots, 1);
  Sample(*slots, 2);
  ASSERT_TRUE(slots->PinNewest(0));
  EXPECT_EQ(slots->pinned().dropped, 1U);
  slots->Unpin();  // it has arrived, but nobody here knows
  Sample(*slots, 3);
  ASSERT_TRUE(slots->PinNewest(2));
  EXPECT_EQ(slots->pinned().dropped, 0U);
}

TEST(BatchSlots, DoesNotCountAsDroppedWhatArrivedAndGaveWayBeforeThatWasKnown) {
  const auto slots = std::make_unique<BatchSlots>();
  Sample(*slots, 1);
  ASSERT_TRUE(slots->PinNewest(0));
  slots->Unpin();
  for (std::uint64_t sequence = 2; sequence <= 5; ++sequence) Sample(*slots, sequence);
  ASSERT_TRUE(slots->PinNewest(1));
  EXPECT_EQ(slots->pinned().info.sequence, 5U);
  EXPECT_EQ(slots->pinned().dropped, 3U);  // 2, 3 and 4
}

TEST(BatchSlots, ALateRequestThatNamesAnOlderBatchChangesNoCount) {
  const auto slots = std::make_unique<BatchSlots>();
  Sample(*slots, 1);
  ASSERT_TRUE(slots->PinNewest(0));
  slots->Unpin();  // it has arrived
  Sample(*slots, 2);
  ASSERT_TRUE(slots->PinNewest(0));  // the first request again, held up on the line
  slots->Unpin();                    // and nobody takes its answer
  ASSERT_TRUE(slots->PinNewest(1));
  EXPECT_EQ(slots->pinned().info.sequence, 2U);
  EXPECT_EQ(slots->pinned().dropped, 0U);
}

TEST(BatchSlots, AnAbandonedWindowLeavesNoBatch) {
  const auto slots = std::make_unique<BatchSlots>();
  ASSERT_FALSE(slots->Fill().empty());
  slots->Abandon();
  EXPECT_FALSE(slots->PinNewest(0));
  EXPECT_EQ(slots->Fill().size(), kSlotBytes);
}

TEST(BatchSlots, WithOneSlotThatIsBeingSentTheNewBatchIsTheOneDropped) {
  const auto slots = std::make_unique<BatchSlots>();
  slots->Limit(1);
  Sample(*slots, 1);
  ASSERT_TRUE(slots->PinNewest(0));
  EXPECT_TRUE(slots->Fill().empty());
  EXPECT_EQ(slots->dropped(), 1U);
}

TEST(BatchSlots, CompletingAndUnpinningWhatIsNotThereDoesNothing) {
  const auto slots = std::make_unique<BatchSlots>();
  slots->Complete({});
  slots->Abandon();
  slots->Unpin();
  slots->Delivered();
  EXPECT_FALSE(slots->PinNewest(0));
  EXPECT_EQ(slots->dropped(), 0U);
}

// Whatever the order of events, every batch is delivered or counted as dropped, or is
// still in a slot.
TEST(BatchSlots, LosesNoBatchWithoutCountingIt) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto slots = std::make_unique<BatchSlots>();
    const auto limit = static_cast<std::uint32_t>(1 + random() % kSlots);
    slots->Limit(limit);
    std::uint64_t made = 0;
    std::uint64_t delivered = 0;
    std::uint64_t told = 0;
    std::uint64_t newest = 0;
    for (int i = 0; i < 2000; ++i) {
      switch (random() % 4) {
        case 0:
          Sample(*slots, ++made);
          break;
        case 1:
          if (slots->PinNewest(newest)) {
            ASSERT_GT(slots->pinned().info.sequence, newest);
          }
          break;
        case 2:
          if (slots->has_pinned()) {
            ++delivered;
            told += slots->pinned().dropped;
            newest = slots->pinned().info.sequence;
            slots->Delivered();
          }
          break;
        default:
          slots->Unpin();
      }
      const std::uint64_t gone = delivered + told + slots->dropped();
      ASSERT_LE(gone, made);
      ASSERT_LE(made - gone, limit);
    }
  }
}

// The line loses acks and holds requests up. What the receiver counts is exact all the
// same: each batch up to its newest arrived or was told of, once.
TEST(BatchSlots, TheReceiverCountsEachBatchOnceWhateverTheLineDoes) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto slots = std::make_unique<BatchSlots>();
    slots->Limit(static_cast<std::uint32_t>(2 + random() % 2));
    std::uint64_t made = 0;
    std::uint64_t arrived = 0;
    std::uint64_t told = 0;
    std::uint64_t newest = 0;
    std::uint64_t before = 0;  // what an earlier request named
    for (int i = 0; i < 1000; ++i) {
      slots->Unpin();
      for (auto windows = random() % 5; windows > 0; --windows) {
        Sample(*slots, ++made);
      }
      if (random() % 4 == 0 && slots->PinNewest(before)) slots->Unpin();
      if (!slots->PinNewest(newest)) continue;
      ASSERT_GT(slots->pinned().info.sequence, newest);
      if (random() % 2 == 0) Sample(*slots, ++made);  // while it is on the line
      if (random() % 3 == 0) continue;                // it does not arrive
      ++arrived;
      told += slots->pinned().dropped;
      before = std::exchange(newest, slots->pinned().info.sequence);
      ASSERT_EQ(arrived + told, newest) << "after " << i << " requests";
      if (random() % 2 == 0) slots->Delivered();  // else the last ack is lost
    }
    EXPECT_GT(arrived, 300U);
  }
}

}  // namespace
}  // namespace torpor::signal
