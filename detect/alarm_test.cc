#include "detect/alarm.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "detect/rule.h"

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
  ASSERT_TRUE(after.Load(in, 5));
  EXPECT_EQ(Feed(before, "0101101"), Feed(after, "0101101"));
}

// What was found of the last scores is counted by the rule that is in force.
TEST(Alarm, ContinuesUnderAnotherRule) {
  const auto under = [](std::uint32_t k, std::uint32_t n, const char* saved) {
    Alarm before(2, 4);
    static_cast<void>(Feed(before, saved));
    std::vector<std::byte> bytes(before.SavedBytes());
    ByteWriter out(bytes);
    before.Save(out);
    Alarm after(k, n);
    ByteReader in(bytes);
    EXPECT_TRUE(after.Load(in, 4));
    EXPECT_TRUE(in.done());
    return after;
  };
  Alarm longer = under(4, 6, "011010");
  EXPECT_EQ(Feed(longer, "0010"), "....") << "two of the last four are too few";
  Alarm seen = under(3, 6, "00101");
  EXPECT_EQ(Feed(seen, "0010"), "..a.") << "1, 1 and 1 within six, in the same episode";
  Alarm shorter = under(2, 3, "1100");
  EXPECT_EQ(Feed(shorter, "01"), "..") << "the oldest has given way";
  Alarm newest = under(2, 3, "0001");
  EXPECT_EQ(Feed(newest, "01"), ".A") << "the newest has not";
  Alarm episode = under(1, 2, "11000");
  EXPECT_TRUE(episode.in_episode());
  std::vector<std::byte> bytes(episode.SavedBytes());
  ByteWriter out(bytes);
  episode.Save(out);
  ByteReader again(bytes);
  EXPECT_TRUE(Alarm(1, 2).Load(again, 2)) << "three below in a row are two in a row";
  EXPECT_EQ(Feed(episode, "0"), ".");
  EXPECT_FALSE(episode.in_episode());

  Alarm none(1, 2);
  for (const std::uint32_t n : {0U, kMaxAlarmN + 1}) {
    const std::vector<std::byte> zeros(9 + n);
    ByteReader in(zeros);
    EXPECT_FALSE(none.Load(in, n));
  }
}

}  // namespace
}  // namespace torpor::detect
