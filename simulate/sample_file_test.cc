// CSV as a recording: what it may look like, and what is refused.
#include "simulate/sample_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/test_folder.h"
#include "simulate/recording.h"
#include "simulate/recording_test_files.h"

namespace torpor::simulate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvFile : public ::testing::Test {
 protected:
  Entry Make(const std::string& text, int channels = 2) {
    folder_.Write("a.csv", text);
    Entry entry = TrueEntry(folder_, "a.csv", {.channels = channels});
    for (Channel& channel : entry.channels) channel.full_scale = 1;
    return entry;
  }

  TestFolder folder_;
};

std::vector<float> All(const Entry& entry) {
  auto recording = Recording::Open(entry);
  EXPECT_TRUE(recording.ok()) << recording.refusal().what;
  if (!recording.ok()) return {};
  std::vector<float> all(recording->frames() * recording->axes());
  EXPECT_EQ(recording->Read(0, all), Status::kOk);
  return all;
}

Refusal Refused(const Entry& entry) {
  const auto recording = Recording::Open(entry);
  EXPECT_FALSE(recording.ok());
  return recording.ok() ? Refusal{} : recording.refusal();
}

TEST_F(CsvFile, GivesItsNumbersWhateverSplitsThem) {
  for (const char* text : {"0.5,-1\n2,1e-3\n", "x;y\n0.5;-1\n2;+0.001\n",
                           "\"x\"\t\"y\"\r\n0.5\t-1\r\n2\t.001\r\n",
                           "0.5, -1\n\n2, 0.001", "t,x,y\n0,0.5,-1\n0.001,2,0.001\n"}) {
    EXPECT_THAT(All(Make(text)), ElementsAre(0.5F, -1.0F, 2.0F, 0.001F)) << text;
  }
}

TEST_F(CsvFile, IsScaledAsAnyRecording) {
  Entry entry = Make("9.80665\n19.6133\n", 1);
  entry.unit = "m/s^2";
  EXPECT_THAT(All(entry), ElementsAre(1.0F, 2.0F));
}

TEST_F(CsvFile, RefusesAnotherNumberOfColumns) {
  const Refusal why = Refused(Make("1,2,3\n4,5,6\n"));
  EXPECT_EQ(why.status, Status::kRecordingAxes);
  EXPECT_THAT(why.what, HasSubstr("3 columns in its file and 2 in the manifest"));
}

TEST_F(CsvFile, RefusesAnotherRateThanItsTimesSay) {
  const Refusal why = Refused(Make("t_s,x\n0,1\n0.01,2\n0.02,3\n", 1));
  EXPECT_EQ(why.status, Status::kRecordingRate);
  EXPECT_EQ(why.theirs, "100 Hz");
  EXPECT_EQ(Refused(Make("t_s,x\n5,1\n5,2\n", 1)).status, Status::kRecordingRate);
}

TEST_F(CsvFile, RefusesWhatIsNotNumbers) {
  for (const char* text : {"", "\n\n", "x,y\n", "1,2\n3,four\n5,6\n", "1,2\n3\n5,6\n",
                           "a,b\nc,d\n", "1,2\n3,4x\n5,6\n"}) {
    EXPECT_EQ(Refused(Make(text)).status, Status::kRecordingNotAudio) << text;
  }
  EXPECT_EQ(Refused(Make(std::string("1,2\n\0,4\n", 8))).status,
            Status::kRecordingNotAudio);
  EXPECT_EQ(Refused(Make(std::string(100'000, '1'))).status, Status::kRecordingNotAudio);
}

TEST_F(CsvFile, RefusesAFileThatEndsWithinALine) {
  EXPECT_EQ(Refused(Make("1,2\n3,4\n5")).status, Status::kRecordingTruncated);
  EXPECT_EQ(Refused(Make("1,2\n3,4\n5,")).status, Status::kRecordingTruncated);
  EXPECT_EQ(Refused(Make("1,2\n3,4\n5,-")).status, Status::kRecordingTruncated);
  Entry entry = Make("1,2\n3,4\n");
  entry.frames = 3;
  EXPECT_EQ(Refused(entry).status, Status::kRecordingTruncated);
}

TEST_F(CsvFile, ReportsNotANumberOnlyWhereThereIsOne) {
  for (const char* wrong : {"nan", "NaN", "inf", "-inf"}) {
    auto recording = Recording::Open(Make(std::string("1\n2\n") + wrong + "\n4\n", 1));
    ASSERT_TRUE(recording.ok()) << recording.refusal().what;
    std::vector<float> two(2);
    EXPECT_EQ(recording->Read(0, two), Status::kOk);
    EXPECT_EQ(recording->Read(1, two), Status::kNotANumber) << wrong;
  }
}

TEST_F(CsvFile, RefusesAFileThatIsTooLargeToBeReadWhole) {
  const Entry entry = Make("1,2\n");
  std::filesystem::resize_file(entry.file, kMaxWholeFileBytes + 1);  // a hole
  EXPECT_EQ(Refused(entry).status, Status::kFileTooLarge);
}

TEST_F(CsvFile, IsReadOrRefusedWhateverItsBytesAre) {
  const std::mt19937::result_type seed = 20261125;
  std::mt19937 random(seed);
  constexpr std::string_view kAlphabet = "0123456789.,;\t\n-+eEnanif x\"\r";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t i = random() % 60; i > 0; --i) {
      text += kAlphabet[random() % kAlphabet.size()];
    }
    const auto recording = Recording::Open(Make(text));
    if (!recording.ok()) {
      EXPECT_FALSE(recording.refusal().what.empty()) << "seed " << seed;
    }
  }
}

#ifndef TORPOR_HAS_MATIO
TEST_F(CsvFile, ThatIsMatIsRefusedWhereThereIsNoLibraryForIt) {
  std::fputs("NOT RUN: built without libmatio-dev, so no MAT file was read\n", stderr);
  folder_.Write("a.mat", "MATLAB 5.0 MAT-file");
  const Refusal why = Refused(TrueEntry(folder_, "a.mat", {}));
  EXPECT_EQ(why.status, Status::kRecordingNotAudio);
  EXPECT_THAT(why.what, HasSubstr("without libmatio-dev"));
}
#endif

}  // namespace
}  // namespace torpor::simulate
