#include "simulate/recording_player.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/test_folder.h"
#include "simulate/recording_test_files.h"

namespace torpor::simulate {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

// What the made files fit: 1 kHz x 2 axes, 100 ms every second.
Sampling GoodSampling() {
  contract::Sensor sensor;
  sensor.sample_rate_millihertz = 1'000'000;
  sensor.axes = 2;
  sensor.full_scale_milli_g = 4000;
  sensor.bits = 16;
  return {.sensor = sensor, .window = 100ms, .period = 1000ms};
}

class RecordingPlayerTest : public ::testing::Test {
 protected:
  Entry Make(const Audio& audio) {
    WriteAudio(folder_ / "a", audio);
    return TrueEntry(folder_, "a", audio);
  }
  // Sample value says which frame it is: the frame number in int16 steps, on both axes.
  Entry Numbered(int frames) {
    return Make({.frames = frames, .sample = [](int frame, int) {
                   return frame * 4.0 / 32768 / 8;  // a step of 4 g, in a file of 8 g
                 }});
  }

  TestFolder folder_;
};

Refusal Refused(const Entry& entry, const Sampling& sampling) {
  const auto player = RecordingPlayer::Open(entry, sampling);
  EXPECT_FALSE(player.ok());
  return player.ok() ? Refusal{} : player.refusal();
}

TEST_F(RecordingPlayerTest, GivesConsecutiveWindowsOfAContinuousRecording) {
  auto player = RecordingPlayer::Open(Numbered(1050), GoodSampling());
  ASSERT_TRUE(player.ok()) << player.refusal().what;
  EXPECT_EQ((*player)->life(), 10s) << "the last half window is no window";
  std::vector<std::int16_t> batch(200);
  for (const int window : {0, 1, 2, 9, 3, 3}) {
    ASSERT_EQ((*player)->Read(Microseconds(1s) * window + 900ms, batch), Status::kOk);
    EXPECT_EQ(batch.front(), 100 * window);
    EXPECT_EQ(batch.back(), 100 * window + 99);
  }
  EXPECT_EQ((*player)->Read(10s, batch), Status::kNothingNew);
  EXPECT_EQ((*player)->Read(Microseconds::max(), batch), Status::kNothingNew);
  EXPECT_EQ((*player)->Read(-1s, batch), Status::kNothingNew);
}

TEST_F(RecordingPlayerTest, GivesTheSnapshotOfTheTimeAndNeverCrossesIntoTheNext) {
  Entry entry = Numbered(1000);
  entry.snapshots = Snapshots{.count = 4, .frames = 250, .interval = 10s};
  auto player = RecordingPlayer::Open(entry, GoodSampling());
  ASSERT_TRUE(player.ok()) << player.refusal().what;
  EXPECT_EQ((*player)->life(), 40s);
  std::vector<std::int16_t> batch(200);
  struct Moment {
    Microseconds at;
    int snapshot;
  };
  for (const Moment& moment : {Moment{0s, 0}, Moment{9999ms, 0}, Moment{10s, 1},
                               Moment{39999ms, 3}, Moment{20s, 2}}) {
    ASSERT_EQ((*player)->Read(moment.at, batch), Status::kOk);
    EXPECT_EQ(batch.front(), 250 * moment.snapshot);
    EXPECT_EQ(batch.back(), 250 * moment.snapshot + 99);
  }
  EXPECT_EQ((*player)->Read(40s, batch), Status::kNothingNew);

  Sampling long_window = GoodSampling();
  long_window.window = 251ms;
  const Refusal why = Refused(entry, long_window);
  EXPECT_EQ(why.status, Status::kRecordingTooShort);
  EXPECT_THAT(why.what, HasSubstr("250 frames in a snapshot"));
  EXPECT_THAT(why.what, HasSubstr("251 frames in a batch"));
}

TEST_F(RecordingPlayerTest, RefusesAnotherRateWithBothNumbers) {
  Sampling sampling = GoodSampling();
  sampling.sensor.sample_rate_millihertz = 1'000'001;
  const Refusal why = Refused(Numbered(1000), sampling);
  EXPECT_EQ(why.status, Status::kRecordingRate);
  EXPECT_EQ(why.ours, "1000.001 Hz");
  EXPECT_EQ(why.theirs, "1000 Hz");
  EXPECT_EQ(why.what, "recording made has 1000 Hz, the contract asks for 1000.001 Hz");
}

TEST_F(RecordingPlayerTest, RefusesAnotherNumberOfAxesWithBothNumbers) {
  Sampling sampling = GoodSampling();
  sampling.sensor.axes = 3;
  const Refusal why = Refused(Numbered(1000), sampling);
  EXPECT_EQ(why.status, Status::kRecordingAxes);
  EXPECT_EQ(why.what, "recording made has 2 axes, the contract asks for 3 axes");
}

TEST_F(RecordingPlayerTest, RefusesARecordingShorterThanOneBatch) {
  const Refusal why = Refused(Numbered(99), GoodSampling());
  EXPECT_EQ(why.status, Status::kRecordingTooShort);
  EXPECT_EQ(why.ours, "100 frames in a batch");
  EXPECT_EQ(why.theirs, "99 frames in all");
}

TEST_F(RecordingPlayerTest, RefusesAnUnknownUnitAndASamplingOfNothing) {
  Entry entry = Numbered(1000);
  Sampling nothing = GoodSampling();
  nothing.window = 0ms;
  EXPECT_EQ(Refused(entry, nothing).status, Status::kOutOfRange);
  nothing = GoodSampling();
  nothing.period = 0ms;
  EXPECT_EQ(Refused(entry, nothing).status, Status::kOutOfRange);
  entry.unit = "counts";
  EXPECT_EQ(Refused(entry, GoodSampling()).status, Status::kRecordingUnit);
}

TEST_F(RecordingPlayerTest, ClipsAtTheSensorsRailsAsAChipDoes) {
  const Audio audio{.format = kWavFloat, .sample = [](int frame, int) {
                      return frame % 2 == 0 ? 1e30 : -0.75;  // of 8 g, into 4 g
                    }};
  auto player = RecordingPlayer::Open(Make(audio), GoodSampling());
  ASSERT_TRUE(player.ok()) << player.refusal().what;
  std::vector<std::int16_t> batch(200);
  ASSERT_EQ((*player)->Read(0s, batch), Status::kOk);
  EXPECT_EQ(batch[0], 32767);
  EXPECT_EQ(batch[2], -32768);
}

TEST_F(RecordingPlayerTest, SilenceIsPlayedAndNotANumberIsNot) {
  const Audio audio{.format = kWavFloat, .sample = [](int frame, int) {
                      return frame == 150 ? std::nan("") : 0.0;
                    }};
  auto player = RecordingPlayer::Open(Make(audio), GoodSampling());
  ASSERT_TRUE(player.ok()) << player.refusal().what;
  std::vector<std::int16_t> batch(200, 1);
  EXPECT_EQ((*player)->Read(0s, batch), Status::kOk);
  EXPECT_EQ(batch, std::vector<std::int16_t>(200, 0));
  EXPECT_EQ((*player)->Read(1s, batch), Status::kNotANumber);
  EXPECT_EQ((*player)->Read(2s, batch), Status::kOk);
}

TEST_F(RecordingPlayerTest, RefusesABatchThatIsNoWindow) {
  auto player = RecordingPlayer::Open(Numbered(1000), GoodSampling());
  ASSERT_TRUE(player.ok());
  std::vector<std::int16_t> batch(202);
  EXPECT_EQ((*player)->Read(0s, batch), Status::kBatchShape);
  EXPECT_EQ((*player)->Read(0s, std::span(batch).first(3)), Status::kBatchShape);
}

TEST(RecordingPlayer, PlaysTheProjectsBearingsSnapshotBySnapshot) {
  const char* folder = std::getenv("TORPOR_DATA");
  if (folder == nullptr) {
    std::fputs("NOT RUN: TORPOR_DATA is unset, so no recordings\n", stderr);
    return;
  }
  const auto manifest = ReadManifest(folder);
  ASSERT_TRUE(manifest.ok()) << manifest.refusal().what;
  Sampling sampling = GoodSampling();  // as bench-10s has it
  sampling.sensor.sample_rate_millihertz = 25'600'000;
  sampling.sensor.full_scale_milli_g = 64'000;
  sampling.period = 10'000ms;
  auto player = RecordingPlayer::Open(*manifest->Take("femto-b3_1"), sampling);
  ASSERT_TRUE(player.ok()) << player.refusal().what;
  EXPECT_EQ((*player)->life(), 5150s);
  const auto rms = [&](Microseconds at) {
    std::vector<std::int16_t> batch(5120);
    EXPECT_EQ((*player)->Read(at, batch), Status::kOk);
    double sum = 0;
    for (const double steps : batch) sum += steps * steps;
    return std::sqrt(sum / 5120) * sampling.sensor.GPerStep();
  };
  EXPECT_GT(rms(5140s), 2 * rms(1000s)) << "the last snapshot is of a failed bearing";
}

}  // namespace
}  // namespace torpor::simulate
