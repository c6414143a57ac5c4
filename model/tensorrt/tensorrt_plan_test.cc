#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <numeric>
#include <set>

#include "contract/digest.h"
#include "contract/sign/test_power_cut.h"
#include "core/test_folder.h"
#include "model/tensorrt/plan_cache.h"

namespace torpor::model::tensorrt {
namespace {

namespace sign = contract::sign;

std::vector<std::byte> Bytes(std::size_t count, unsigned seed) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<std::byte>((i * 7 + seed) & 0xFF);
  }
  return bytes;
}

PlanOrigin Here() {
  return {
      contract::DigestOf(Bytes(9, 1)), "10.3.0", "Orin (nvgpu)", 8, 7, 12060, "plain"};
}

TEST(PlanKey, ChangesWithEverythingThatAPlanDependsOn) {
  std::vector<PlanOrigin> origins(8, Here());
  origins[1].onnx[31] ^= std::byte{1};
  origins[2].tensorrt = "10.3.1";
  origins[3].device = "Orin Nano (nvgpu)";
  origins[4].major = 9;
  origins[5].minor = 6;
  origins[6].driver = 12061;
  origins[7].build = "other";
  std::set<Digest> keys;
  for (const PlanOrigin& origin : origins) keys.insert(PlanKey(origin));
  EXPECT_EQ(keys.size(), origins.size());
  EXPECT_EQ(PlanKey(Here()), PlanKey(Here()));
}

TEST(PlanKey, DoesNotMixNeighbouringTexts) {
  PlanOrigin one = Here(), other = Here();
  one.tensorrt = "10.3.01";
  one.device = "Orin";
  other.tensorrt = "10.3.0";
  other.device = "1Orin";
  EXPECT_NE(PlanKey(one), PlanKey(other));
}

TEST(PlanFile, GivesBackThePlanOfItsKeyAlone) {
  const Digest key = PlanKey(Here());
  const auto plan = Bytes(1000, 3);
  const auto file = EncodePlan(key, plan);
  const auto read = DecodePlan(file, key);
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::ranges::equal(*read, plan));
  Digest other = key;
  other[0] ^= std::byte{1};
  EXPECT_FALSE(DecodePlan(file, other));
}

TEST(PlanFile, IsRefusedWithAnyByteChangedMissingOrAdded) {
  const Digest key = PlanKey(Here());
  const auto file = EncodePlan(key, Bytes(100, 3));
  for (std::size_t i = 0; i < file.size(); ++i) {
    auto damaged = file;
    damaged[i] ^= std::byte{0x10};
    EXPECT_FALSE(DecodePlan(damaged, key)) << i;
    EXPECT_FALSE(DecodePlan(std::span(file).first(i), key)) << i;
  }
  auto longer = file;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(DecodePlan(longer, key));
}

// Somebody who can compute a digest is still held to the form.
TEST(PlanFile, OfAnotherVersionOrLengthIsRefusedWithARightDigest) {
  const Digest key = PlanKey(Here());
  const auto file = EncodePlan(key, Bytes(100, 3));
  for (const std::size_t at : {0U, 8U, 12U, 48U, 55U}) {
    auto changed = file;
    changed[at] ^= std::byte{2};
    const auto before = std::span(changed).first(changed.size() - sizeof(Digest));
    std::ranges::copy(contract::DigestOf(before), changed.end() - sizeof(Digest));
    EXPECT_FALSE(DecodePlan(changed, key)) << at;
  }
}

class PlanCacheTest : public testing::Test {
 protected:
  TestFolder folder_{TestFolder::InMemory()};
  PlanCache cache_{folder_.string(), "tensorrt10"};
  Digest key_ = PlanKey(Here());
};

TEST_F(PlanCacheTest, KeepsOnePlanAndForgetsItForAnythingElse) {
  EXPECT_FALSE(cache_.Read(key_));
  ASSERT_EQ(cache_.Write(key_, Bytes(500, 1)), Status::kOk);
  EXPECT_EQ(*cache_.Read(key_), Bytes(500, 1));
  PlanOrigin later = Here();
  later.driver = 13000;
  EXPECT_FALSE(cache_.Read(PlanKey(later)));
  ASSERT_EQ(cache_.Write(PlanKey(later), Bytes(700, 2)), Status::kOk);
  EXPECT_EQ(*cache_.Read(PlanKey(later)), Bytes(700, 2));
  EXPECT_FALSE(cache_.Read(key_));
  const auto names = sign::StateOf(folder_);
  EXPECT_EQ(names.size(), 1U);
  EXPECT_TRUE(names.contains("tensorrt10.plan"));
}

TEST_F(PlanCacheTest, RubbishAFolderAndNoFolderAreNoPlan) {
  folder_.Write("tensorrt10.plan", "no plan at all");
  EXPECT_FALSE(cache_.Read(key_));
  std::filesystem::remove(folder_ / "tensorrt10.plan");
  std::filesystem::create_directory(folder_ / "tensorrt10.plan");
  EXPECT_FALSE(cache_.Read(key_));

  const PlanCache nowhere("", "tensorrt10");
  EXPECT_EQ(nowhere.Write(key_, Bytes(5, 1)), Status::kOk);
  EXPECT_FALSE(nowhere.Read(key_));
  const PlanCache missing(folder_.string() + "/missing", "tensorrt10");
  EXPECT_EQ(missing.Write(key_, Bytes(5, 1)), Status::kIo);
  EXPECT_FALSE(missing.Read(key_));
}

TEST_F(PlanCacheTest, APowerCutLeavesTheOldPlanTheNewOneOrNone) {
  const Digest old_key = contract::DigestOf(Bytes(3, 9));
  const auto old_plan = Bytes(250, 4), new_plan = Bytes(350, 5);
  const auto old_file = EncodePlan(old_key, old_plan);
  const sign::FolderState before{
      {"tensorrt10.plan",
       {reinterpret_cast<const char*>(old_file.data()), old_file.size()}}};
  const auto read = [](const sign::FolderState& state, const Digest& key) {
    const auto file = state.find("tensorrt10.plan");  // as PlanCache::Read, in memory
    if (file == state.end()) return std::vector<std::byte>();
    const auto plan = DecodePlan(AsBytes(file->second), key);
    return plan ? std::vector(plan->begin(), plan->end()) : std::vector<std::byte>();
  };
  int cuts = 0, states = 0;
  for (bool done = false; !done; ++cuts) {
    ASSERT_LT(cuts, 200) << "it never ended";
    sign::PutState(before, folder_);
    sign::CutDisk disk(folder_, cuts + 1);
    try {
      ASSERT_EQ(cache_.Write(key_, new_plan, disk), Status::kOk);
      done = disk.calls() <= cuts;
    } catch (const sign::PowerCut&) {
    }
    for (const sign::FolderState& state : disk.AfterPowerCut()) {
      const auto old_read = read(state, old_key), new_read = read(state, key_);
      EXPECT_TRUE(old_read == old_plan || new_read == new_plan) << "before " << cuts + 1;
      EXPECT_TRUE(old_read.empty() || old_read == old_plan) << "before " << cuts + 1;
      EXPECT_TRUE(new_read.empty() || new_read == new_plan) << "before " << cuts + 1;
      EXPECT_TRUE(!done || new_read == new_plan);
      ++states;
    }
  }
  EXPECT_GT(cuts, 8);
  EXPECT_GT(states, cuts);
}

TEST_F(PlanCacheTest, AFullDiskLeavesTheOldPlan) {
  ASSERT_EQ(cache_.Write(key_, Bytes(250, 1)), Status::kOk);
  for (int call = 1; call < 200; ++call) {
    sign::CutDisk disk(folder_, call, ENOSPC);
    const Status written = cache_.Write(key_, Bytes(250, 1), disk);
    EXPECT_TRUE(cache_.Read(key_)) << call;
    if (disk.calls() < call) {
      EXPECT_EQ(written, Status::kOk);
      return;
    }
  }
  FAIL() << "it never ended";
}

}  // namespace
}  // namespace torpor::model::tensorrt
