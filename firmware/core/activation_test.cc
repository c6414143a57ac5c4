#include "firmware/core/activation.h"

#include <gtest/gtest.h>

#include <random>

namespace torpor::firmware {
namespace {

using link::Phase;

// Contract number n: its id, and version 1.n.
Digest Id(unsigned n) { return {static_cast<std::byte>(n)}; }
contract::Version VersionOf(const Digest& id) {
  return {1, std::to_integer<unsigned>(id[0])};
}
contract::Floor FloorOf(const Digest& id) { return {VersionOf(id), id}; }

constexpr std::uint32_t kLease = 100;
constexpr std::uint32_t kTrial = 3;

Record Steady(unsigned n) {
  Record record;
  Found(record, {std::byte{0xAA}}, {0, Id(n), kLease});
  record.floor = FloorOf(Id(n));
  return record;
}

Record OnTrial(unsigned from, unsigned to) {
  Record record = Steady(from);
  Stage(record, {FreePlace(record), Id(to), kLease}, kTrial);
  EXPECT_TRUE(Activate(record, Id(to)));
  EXPECT_EQ(Advance(record), Moved::kForward);
  return record;
}

TEST(Activation, TakesOverAtABoundaryAndIsKept) {
  Record record = Steady(1);
  ASSERT_EQ(MayStage(record, Id(2), {1, 2}), Status::kOk);
  Stage(record, {FreePlace(record), Id(2), kLease}, kTrial);
  EXPECT_EQ(record.active.id, Id(1)) << "staging alone changes nothing";
  EXPECT_EQ(Advance(record), Moved::kNo);
  ASSERT_TRUE(Activate(record, Id(2)));
  EXPECT_EQ(record.active.id, Id(1)) << "not before the boundary";
  ASSERT_EQ(Advance(record), Moved::kForward);
  EXPECT_EQ(record.active, (Kept{1, Id(2), kLease - 1}));
  EXPECT_EQ(record.previous.id, Id(1));
  EXPECT_EQ(record.floor.version, VersionOf(Id(1))) << "it may still go back";
  ASSERT_TRUE(Keep(record, Id(2), FloorOf(Id(2))));
  EXPECT_EQ(record.phase, Phase::kSteady);
  EXPECT_TRUE(record.previous.empty());
  EXPECT_EQ(record.floor.version, VersionOf(Id(2)));
}

TEST(Activation, ATrialThatNobodyEndsGoesBackAfterItsPeriods) {
  Record record = OnTrial(1, 2);
  EXPECT_EQ(record.trial_left, kTrial);
  for (std::uint32_t left = kTrial - 1; left > 0; --left) {
    ASSERT_EQ(Advance(record), Moved::kNo);
    ASSERT_EQ(record.trial_left, left);
  }
  ASSERT_EQ(Advance(record), Moved::kBack);
  EXPECT_EQ(record.active.id, Id(1));
  EXPECT_EQ(record.active.place, 0U);
  EXPECT_EQ(record.phase, Phase::kSteady);
  EXPECT_EQ(record.reverted, Id(2));
  EXPECT_EQ(record.reverted_reason, static_cast<std::uint16_t>(Status::kTrialOver));
  EXPECT_EQ(MayStage(record, Id(2), {1, 2}), Status::kRevertedBefore);
  EXPECT_EQ(MayStage(record, Id(3), {1, 3}), Status::kOk);
}

TEST(Activation, WhatMayNotBeStaged) {
  EXPECT_EQ(MayStage(Steady(2), Id(2), {1, 2}), Status::kReplayed);
  EXPECT_EQ(MayStage(Steady(2), Id(1), {1, 1}), Status::kRolledBack);
  EXPECT_EQ(MayStage(Steady(2), Id(9), {1, 2}), Status::kRolledBack) << "not newer";
  EXPECT_EQ(MayStage(OnTrial(1, 2), Id(3), {1, 3}), Status::kTakeOverUnderWay);
  Record activating = Steady(1);
  Stage(activating, {1, Id(2), kLease}, kTrial);
  ASSERT_TRUE(Activate(activating, Id(2)));
  EXPECT_EQ(MayStage(activating, Id(3), {1, 3}), Status::kTakeOverUnderWay);
}

TEST(Activation, OrdersOfTheWrongContractOrAtTheWrongTimeDoNothing) {
  Record record = Steady(1);
  const Record before = record;
  EXPECT_FALSE(Activate(record, Id(2)));
  EXPECT_FALSE(Activate(record, Digest{})) << "nothing is staged";
  EXPECT_FALSE(Keep(record, Id(1), FloorOf(Id(9))));
  EXPECT_FALSE(GoBack(record, 1));
  EXPECT_EQ(record, before);
  record = OnTrial(1, 2);
  const Record trial = record;
  EXPECT_FALSE(Keep(record, Id(1), FloorOf(Id(9))));
  EXPECT_FALSE(Activate(record, Id(2)));
  EXPECT_EQ(record, trial);
}

TEST(Activation, EachPeriodCostsOneOfTheLeaseAndGoingBackRestoresNone) {
  Record record = Steady(1);
  for (int i = 0; i < 10; ++i) (void)Advance(record);
  EXPECT_EQ(record.active.lease_left, kLease - 10);
  Stage(record, {1, Id(2), 5}, kTrial);
  ASSERT_TRUE(Activate(record, Id(2)));
  (void)Advance(record);
  EXPECT_EQ(record.active.lease_left, 4U);
  ASSERT_TRUE(GoBack(record, 7));
  EXPECT_EQ(record.active.lease_left, kLease - 10);
  for (std::uint32_t i = 0; i < 2 * kLease; ++i) (void)Advance(record);
  EXPECT_EQ(record.active.lease_left, 0U);
}

TEST(Activation, ProvisioningAnewDecidesWhatIsObeyedAndKeepsTheFloor) {
  Record record = OnTrial(1, 2);
  Found(record, {std::byte{0xBB}}, {0, Id(5), kLease});
  EXPECT_EQ(record.active.id, Id(5));
  EXPECT_EQ(record.phase, Phase::kSteady);
  EXPECT_TRUE(record.previous.empty());
  EXPECT_EQ(record.floor, FloorOf(Id(1)));
}

// Any order of events, by the million: what the model proves for few holds for many.
TEST(Activation, NoOrderOfEventsObeysLessThanTheFloorOrWhatIsNotThere) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    Record record = Steady(1);
    std::array<Digest, 3> slots = {Id(1), {}, {}};
    int forward = 0, back = 0;
    for (int step = 0; step < 20'000; ++step) {
      const Record before = record;
      const Digest id = Id(static_cast<unsigned>(1 + random() % 200));
      switch (random() % 6) {
        case 0: {
          if (MayStage(record, id, VersionOf(id)) != Status::kOk) break;
          const std::uint32_t place = FreePlace(record);
          Unstage(record);
          for (const Kept& kept : {record.active, record.previous, record.staged}) {
            ASSERT_TRUE(kept.empty() || kept.place != place) << "would be overwritten";
          }
          slots[place] = id;
          Stage(record, {place, id, kLease}, kTrial);
          break;
        }
        case 1:
          Activate(record, random() % 4 == 0 ? id : record.staged.id);
          break;
        case 2:
          Keep(record, random() % 4 == 0 ? id : record.active.id,
               FloorOf(record.active.id));
          break;
        case 3:
          GoBack(record, 1);
          break;
        default: {
          const Moved moved = Advance(record);
          forward += moved == Moved::kForward ? 1 : 0;
          back += moved == Moved::kBack ? 1 : 0;
          break;
        }
      }
      ASSERT_EQ(slots[record.active.place], record.active.id) << "cannot be read";
      ASSERT_GE(VersionOf(record.active.id), record.floor.version);
      ASSERT_GE(record.floor.version, before.floor.version);
      ASSERT_EQ(record.phase == Phase::kTrial, !record.previous.empty());
      if (record.active.id != before.active.id && before.phase != Phase::kTrial) {
        ASSERT_EQ(before.phase, Phase::kActivating);
        ASSERT_NE(record.active.id, record.reverted);
      }
      if (record.floor.version.number > 190) {  // begin anew, before versions run out
        record = Steady(1);
        slots = {Id(1), {}, {}};
      }
    }
    EXPECT_GT(forward, 10);
    EXPECT_GT(back, 1);
  }
}

}  // namespace
}  // namespace torpor::firmware
