#include "agent/state_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/test_folder.h"

namespace torpor::agent {
namespace {

class StateFolderTest : public testing::Test {
 protected:
  void Put(const char* name, const std::string& text) const { folder_.Write(name, text); }

  TestFolder folder_;
};

TEST_F(StateFolderTest, BeginsWithAFreshFloorAndRemembersWhatItSaved) {
  StateFolder state(folder_ / "deep" / "down");
  ASSERT_EQ(state.Claim(), Status::kOk);
  const auto fresh = state.Load();
  ASSERT_TRUE(fresh.ok());
  EXPECT_EQ(fresh->floor.epoch, 0U);

  Remembered remembered;
  remembered.floor = {2, 18'446'744'073'709'551'615ULL};
  remembered.floor_contract[31] = std::byte{0x7F};
  remembered.trusted_time_s = 1'795'000'000;
  remembered.gateway = "https://gateway.example";
  ASSERT_EQ(state.Save(remembered), Status::kOk);
  const auto loaded = state.Load();
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->floor, remembered.floor);
  EXPECT_EQ(loaded->floor_contract, remembered.floor_contract);
  EXPECT_EQ(loaded->trusted_time_s, remembered.trusted_time_s);
  EXPECT_EQ(loaded->gateway, remembered.gateway);
}

TEST_F(StateFolderTest, BelongsToOneProcessAtATime) {
  StateFolder first(folder_);
  ASSERT_EQ(first.Claim(), Status::kOk);
  StateFolder second(folder_);
  EXPECT_EQ(second.Claim(), Status::kStateLocked);
}

TEST_F(StateFolderTest, NeverGuessesAFloorFromADamagedFile) {
  const StateFolder state(folder_);
  const Remembered remembered;
  ASSERT_EQ(state.Save(remembered), Status::kOk);
  std::ifstream file(folder_ / "remembered.json");
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t cut = 0; cut + 2 < whole.size(); ++cut) {  // without the last brace
    Put("remembered.json", whole.substr(0, cut));
    EXPECT_EQ(state.Load().status(), Status::kStateMalformed) << "cut after " << cut;
  }
  Put("remembered.json", "[1, 2]");
  EXPECT_EQ(state.Load().status(), Status::kStateMalformed);
  Put("remembered.json", std::string(100'000, ' '));
  EXPECT_EQ(state.Load().status(), Status::kStateMalformed);
}

TEST_F(StateFolderTest, AFullDiskLeavesTheOldFile) {
  const StateFolder state(folder_);
  Remembered remembered;
  remembered.floor.number = 7;
  ASSERT_EQ(state.Save(remembered), Status::kOk);
  std::filesystem::create_directory(folder_ /
                                    "remembered.json.new");  // cannot be opened to write
  remembered.floor.number = 8;
  EXPECT_EQ(state.Save(remembered), Status::kIo);
  EXPECT_EQ(state.Load()->floor.number, 7U);
}

TEST_F(StateFolderTest, ADamagedRefusalMarkIsNoMark) {
  const StateFolder state(folder_);
  EXPECT_FALSE(state.LoadRefusal().has_value());
  ASSERT_EQ(state.SaveRefusal({"key", 1010, 78, "{}", "boot", 5}), Status::kOk);
  const auto mark = state.LoadRefusal();
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->reason, 1010);
  EXPECT_EQ(mark->until_us, 5);
  Put("refused.json", "{\"key\": 3}");
  EXPECT_FALSE(state.LoadRefusal().has_value());
  state.ClearRefusal();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "refused.json"));
}

TEST_F(StateFolderTest, TheWatchdogsMarkIsTakenOnce) {
  const StateFolder state(folder_);
  EXPECT_FALSE(state.TakeWatchdogMark());
  Put("watchdog-fired", "");
  EXPECT_TRUE(state.TakeWatchdogMark());
  EXPECT_FALSE(state.TakeWatchdogMark());
}

}  // namespace
}  // namespace torpor::agent
