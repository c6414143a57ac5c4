#include "simulate/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

#include "core/test_folder.h"
#include "simulate/recording_test_files.h"

namespace torpor::simulate {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

class RecordingTest : public ::testing::Test {
 protected:
  Entry Make(const std::string& name, const Audio& audio) {
    WriteAudio(folder_ / name, audio);
    return TrueEntry(folder_, name, audio);
  }

  TestFolder folder_;
};

Refusal Refused(const Entry& entry) {
  const auto recording = Recording::Open(entry);
  EXPECT_FALSE(recording.ok());
  return recording.ok() ? Refusal{} : recording.refusal();
}

TEST_F(RecordingTest, GivesEachChannelInGByItsOwnFullScale) {
  const Audio audio{.format = kFlac24};
  Entry entry = Make("a.flac", audio);
  entry.unit = "m/s^2";
  entry.channels[1].full_scale = 4;
  auto recording = Recording::Open(entry);
  ASSERT_TRUE(recording.ok()) << recording.refusal().what;
  std::vector<float> g(20);
  ASSERT_EQ(recording->Read(100, g), Status::kOk);
  std::size_t at = 0;
  for (int i = 0; i < 10; ++i, at += 2) {
    EXPECT_NEAR(g[at], audio.sample(100 + i, 0) * 8 / 9.80665, 1e-6);
    EXPECT_NEAR(g[at + 1], audio.sample(100 + i, 1) * 4 / 9.80665, 1e-6);
  }
}

TEST_F(RecordingTest, AnyOrderOfWindowsGivesTheSameAsOneReading) {
  for (const int format : {kFlac24, kWav16, kWavFloat}) {
    const Audio audio{.frames = 20'000, .format = format};
    auto recording = Recording::Open(Make("a", audio));
    ASSERT_TRUE(recording.ok()) << recording.refusal().what;
    std::vector<float> all(40'000);
    ASSERT_EQ(recording->Read(0, all), Status::kOk);
    std::vector<float> window(500);
    for (const std::uint64_t first : {19'750ULL, 0ULL, 250ULL, 7ULL, 12'345ULL, 7ULL}) {
      ASSERT_EQ(recording->Read(first, window), Status::kOk);
      for (std::size_t i = 0; i < window.size(); ++i) {
        ASSERT_EQ(window[i], all[2 * first + i]) << "from frame " << first;
      }
    }
  }
}

TEST_F(RecordingTest, ReadsNothingBeyondTheEndAndNoHalfFrame) {
  auto recording = Recording::Open(Make("a.flac", {}));
  ASSERT_TRUE(recording.ok());
  std::vector<float> four(4);
  EXPECT_EQ(recording->Read(999, four), Status::kRecordingTooShort);
  EXPECT_EQ(recording->Read(std::numeric_limits<std::uint64_t>::max(), four),
            Status::kRecordingTooShort);
  EXPECT_EQ(recording->Read(998, four), Status::kOk);
  std::vector<float> three(3);
  EXPECT_EQ(recording->Read(0, three), Status::kBatchShape);
  EXPECT_EQ(recording->Read(1000, {}), Status::kOk);
}

TEST_F(RecordingTest, RefusesAFileThatIsNotThere) {
  const Refusal why = Refused(TrueEntry(folder_, "none.flac", {}));
  EXPECT_EQ(why.status, Status::kRecordingMissing);
  EXPECT_THAT(why.what, HasSubstr("none.flac"));
  EXPECT_EQ(Refused(TrueEntry(folder_, ".", {})).status, Status::kRecordingMissing);
}

TEST_F(RecordingTest, RefusesWhatIsNotAudio) {
  folder_.Write("empty.flac", "");
  folder_.Write("text.flac", "time;x;y\n0;1;2\n");
  folder_.Write("text.vox", "time;x;y\n0;1;2\n");
  folder_.Write("magic.flac", "fLaC");
  folder_.Write("riff.wav", "RIFF\x04\0\0\0WAVE");
  for (const char* name :
       {"empty.flac", "text.flac", "text.vox", "magic.flac", "riff.wav"}) {
    EXPECT_EQ(Refused(TrueEntry(folder_, name, {})).status, Status::kRecordingNotAudio)
        << name;
  }
}

TEST_F(RecordingTest, RefusesAudioOfAnotherKind) {
  const Refusal why =
      Refused(Make("a.aiff", {.format = SF_FORMAT_AIFF | SF_FORMAT_PCM_16}));
  EXPECT_EQ(why.status, Status::kRecordingNotAudio);
  EXPECT_THAT(why.what, HasSubstr("neither FLAC nor WAV"));
}

TEST_F(RecordingTest, RefusesATruncatedFileWhereverItIsCut) {
  std::mt19937 random(1);  // noise, so that the file is long and every frame differs
  std::uniform_real_distribution<double> uniform(-1, 1);
  const auto noise = [&](int, int) { return uniform(random); };
  for (const auto& [name, format] : {std::pair{"a.flac", kFlac24}, {"a.wav", kWav16}}) {
    const Audio audio{.frames = 20'000, .format = format, .sample = noise};
    Entry entry = Make(name, audio);
    entry.frames = 20'000;
    ASSERT_TRUE(Recording::Open(entry).ok());
    const std::string whole = folder_.Slurp(name);
    for (std::size_t tenth = 1; tenth < 10; ++tenth) {
      folder_.Write(name, whole.substr(0, whole.size() * tenth / 10));
      EXPECT_EQ(Refused(entry).status, Status::kRecordingTruncated)
          << name << " cut to " << tenth << " tenths";
    }
    folder_.Write(name, whole.substr(0, whole.size() - 1));
    EXPECT_EQ(Refused(entry).status, Status::kRecordingTruncated) << name;
    entry.frames.reset();
    entry.bytes = whole.size();
    EXPECT_EQ(Refused(entry).status, Status::kRecordingTruncated) << name;
  }
}

TEST_F(RecordingTest, RefusesAFileThatIsNotTheOneOfTheManifest) {
  const Audio audio;
  const Entry good = Make("a.flac", audio);
  Entry entry = good;
  entry.sample_rate_hz = 1000.5;
  EXPECT_EQ(Refused(entry).status, Status::kRecordingRate);
  entry.sample_rate_hz = 2000;
  EXPECT_EQ(Refused(entry).status, Status::kRecordingRate);
  EXPECT_THAT(Refused(entry).what, HasSubstr("1000 Hz in its file and 2000 Hz"));
  entry = good;
  entry.channels.pop_back();
  EXPECT_EQ(Refused(entry).status, Status::kRecordingAxes);
  entry = good;
  entry.frames = 1001;
  EXPECT_EQ(Refused(entry).status, Status::kRecordingTruncated);
  entry.frames = 999;
  EXPECT_EQ(Refused(entry).status, Status::kManifestMalformed);
  entry = good;
  entry.snapshots =
      Snapshots{.count = 11, .frames = 100, .interval = std::chrono::seconds(1)};
  EXPECT_EQ(Refused(entry).status, Status::kRecordingTruncated);
}

TEST_F(RecordingTest, RefusesAUnitThatIsNotG) {
  Entry entry = Make("a.flac", {});
  entry.unit = "V";
  entry.g_per_unit = 10;
  EXPECT_EQ(Refused(entry).status, Status::kRecordingUnit);
  EXPECT_THAT(Refused(entry).what, HasSubstr("\"V\""));
  entry.unit = "m/s^2";
  entry.g_per_unit = 9.80665;  // upside down
  EXPECT_EQ(Refused(entry).status, Status::kRecordingUnit);
  EXPECT_EQ(Refused(entry).theirs, "9.80665");
  entry.g_per_unit = 0.10197162129779283;
  EXPECT_TRUE(Recording::Open(entry).ok());
}

TEST_F(RecordingTest, ReportsNotANumberOnlyWhereThereIsOne) {
  for (const double wrong : {std::nan(""), HUGE_VAL}) {
    const Audio audio{.format = kWavFloat, .sample = [wrong](int frame, int channel) {
                        return frame == 500 && channel == 1 ? wrong : 0.5;
                      }};
    auto recording = Recording::Open(Make("a.wav", audio));
    ASSERT_TRUE(recording.ok()) << recording.refusal().what;
    std::vector<float> window(200);
    EXPECT_EQ(recording->Read(300, window), Status::kOk);
    EXPECT_EQ(recording->Read(450, window), Status::kNotANumber);
    EXPECT_EQ(recording->Read(501, window), Status::kOk);
  }
}

TEST_F(RecordingTest, SilenceIsReadAsSilence) {
  auto recording = Recording::Open(
      Make("a.flac", {.frames = 5000, .sample = [](int, int) { return 0.0; }}));
  ASSERT_TRUE(recording.ok()) << recording.refusal().what;
  std::vector<float> all(10'000, 1);
  EXPECT_EQ(recording->Read(0, all), Status::kOk);
  EXPECT_THAT(all, Each(0.0F));
}

TEST_F(RecordingTest, AFileWithChangedBytesIsReadOrRefusedButNeverMore) {
  const std::mt19937::result_type seed = 20261123;
  std::mt19937 random(seed);
  for (const auto& [name, format] :
       {std::pair{"a.flac", kFlac24}, {"a.wav", kWav16}, {"b.wav", kWavFloat}}) {
    const Entry entry = Make(name, {.frames = 3000, .format = format});
    const std::string whole = folder_.Slurp(name);
    for (int round = 0; round < 300; ++round) {
      std::string bytes = whole;
      // Half of the rounds aim at the header, where lengths and counts are.
      const std::size_t reach =
          round % 2 == 0 ? std::min<std::size_t>(64, bytes.size()) : bytes.size();
      for (int i = 0; i < 4; ++i) {
        bytes[random() % reach] = static_cast<char>(random() % 256);
      }
      folder_.Write(name, bytes);
      auto recording = Recording::Open(entry);
      if (!recording.ok()) {
        EXPECT_FALSE(recording.refusal().what.empty()) << "seed " << seed;
        continue;
      }
      std::vector<float> window(200);
      for (std::uint64_t first = 0; first + 100 <= recording->frames(); first += 700) {
        const Status read = recording->Read(first, window);
        EXPECT_TRUE(read == Status::kOk || read == Status::kNotANumber ||
                    read == Status::kRecordingTruncated)
            << "seed " << seed;
        if (first > 100'000) break;
      }
    }
  }
}

TEST(Recording, ReadsEveryRecordingOfTheProjectAsTheManifestMeasuredIt) {
  const char* folder = std::getenv("TORPOR_DATA");
  if (folder == nullptr) {
    std::fputs("NOT RUN: TORPOR_DATA is unset, so no recordings\n", stderr);
    return;
  }
  const auto manifest = ReadManifest(folder);
  ASSERT_TRUE(manifest.ok()) << manifest.refusal().what;
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t samples = 0;
  for (const Entry& entry : manifest->entries) {
    auto recording = Recording::Open(entry);
    ASSERT_TRUE(recording.ok()) << recording.refusal().what;
    std::vector<float> block(std::size_t{65536} * recording->axes());
    float highest = 0;
    for (std::uint64_t first = 0; first < recording->frames();) {
      const std::uint64_t count = std::min<std::uint64_t>(
          block.size() / recording->axes(), recording->frames() - first);
      const auto part = std::span(block).first(count * recording->axes());
      ASSERT_EQ(recording->Read(first, part), Status::kOk) << entry.id;
      for (const float g : part) highest = std::max(highest, std::abs(g));
      first += count;
      samples += part.size();
    }
    if (entry.id == "femto-b1_1") {
      EXPECT_NEAR(highest, 48.148, 1e-3);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%.1f million samples in %.2f s\n", static_cast<double>(samples) / 1e6,
              took.count());
}

}  // namespace
}  // namespace torpor::simulate
