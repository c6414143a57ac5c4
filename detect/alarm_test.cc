#include "detect/alarm.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace torpor::detect {
namespace {

// One character per score in ('h' hovers below the threshold), one out: '.' normal, 'a'
// anomaly, 'A' the alarm.
std::string Feed(Alarm& alarm, std::string_view scores) {
  std::string out;
  for (const char score : scores) {
    const Alarm::Step step = alarm.Add(score == '1' ? 1.0 : score == 'h' ? 0.9 : 0.0);
    out += step.begins ? 'A' : step.anomaly ? 'a' : '.';
  }
  return out;
}

TEST(Alarm, NeedsKOfTheLastN) {
  Alarm alarm(3, 5);
  EXPECT_EQ(Feed(alarm, "1100011000"), "..........");
  EXPECT_EQ(Feed(alarm, "10101"), "....A");
}

TEST(Alarm, ScreamsOnceAnEpisode) {
  Alarm alarm(2, 4);
  EXPECT_EQ(Feed(alarm, "11110001"), ".Aaaaa..");
  EXPECT_TRUE(alarm.in_episode());
  EXPECT_EQ(Feed(alarm, "1"), "a") << "the episode had not ended";
}

TEST(Alarm, EndsAnEpisodeAfterNNormalScoresInARow) {
  Alarm alarm(2, 4);
  EXPECT_EQ(Feed(alarm, "110000"), ".Aaa..");
  EXPECT_FALSE(alarm.in_episode());
  EXPECT_EQ(Feed(alarm, "11"), ".A");
}

TEST(Alarm, AMachineThatHoversAtItsThresholdHasOneEpisode) {
  Alarm alarm(2, 4);
  EXPECT_EQ(Feed(alarm, "11hhhhhhhh11"), ".Aaa.......a");
  EXPECT_TRUE(alarm.in_episode());
  EXPECT_EQ(Feed(alarm, "0h000"), "aa...");
  EXPECT_TRUE(alarm.in_episode()) << "three in a row, and four are needed";
  EXPECT_EQ(Feed(alarm, "011"), "..A");
}

TEST(Alarm, ContinuesFromItsSavedBytes) {
  Alarm before(3, 5);
  static_cast<void>(Feed(before, "0110"));
  std::vector<std::byte> bytes(before.SavedBytes());
  ByteWriter out(bytes);
  before.Save(out);
  EXPECT_TRUE(out.ok());
  Alarm after(3, 5);
  ByteReader in(bytes);
  ASSERT_TRUE(after.Load(in));
  EXPECT_EQ(Feed(before, "0101101"), Feed(after, "0101101"));
}

}  // namespace
}  // namespace torpor::detect
