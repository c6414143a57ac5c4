// MATLAB's files as recordings, written by the library that reads them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <matio.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "core/test_folder.h"
#include "simulate/recording.h"
#include "simulate/recording_test_files.h"

namespace torpor::simulate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Written {
  std::string name;
  std::size_t rows = 0, cols = 0;
  std::vector<double> values;  // column after column
};

class MatFile : public ::testing::Test {
 protected:
  Entry Make(const std::vector<Written>& variables, int channels,
             mat_ft version = MAT_FT_MAT5) {
    const std::string path = (folder_ / "a.mat").string();
    mat_t* file = Mat_CreateVer(path.c_str(), nullptr, version);
    EXPECT_NE(file, nullptr);
    for (const Written& one : variables) {
      std::array<std::size_t, 2> dims = {one.rows, one.cols};
      std::vector<double> values = one.values;
      matvar_t* variable = Mat_VarCreate(one.name.c_str(), MAT_C_DOUBLE, MAT_T_DOUBLE, 2,
                                         dims.data(), values.data(), 0);
      EXPECT_EQ(Mat_VarWrite(file, variable, MAT_COMPRESSION_NONE), 0);
      Mat_VarFree(variable);
    }
    Mat_Close(file);
    Entry entry = TrueEntry(folder_, "a.mat", {.channels = channels});
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

TEST_F(MatFile, GivesAMatrixOfEitherOrientation) {
  for (const mat_ft version : {MAT_FT_MAT4, MAT_FT_MAT5}) {
    Entry entry = Make({{"g", 3, 2, {1, 2, 3, 10, 20, 30}}}, 2, version);
    entry.variable = "g";
    EXPECT_THAT(All(entry), ElementsAre(1, 10, 2, 20, 3, 30));
    entry = Make({{"g", 2, 3, {1, 10, 2, 20, 3, 30}}}, 2, version);
    entry.variable = "g";
    EXPECT_THAT(All(entry), ElementsAre(1, 10, 2, 20, 3, 30));
  }
}

TEST_F(MatFile, GivesAVariableForEachChannel) {
  Entry entry = Make({{"DE_time", 3, 1, {1, 2, 3}}, {"FE_time", 1, 3, {10, 20, 30}}}, 2);
  entry.channels[0].variable = "DE_time";
  entry.channels[1].variable = "FE_time";
  EXPECT_THAT(All(entry), ElementsAre(1, 10, 2, 20, 3, 30));
}

TEST_F(MatFile, RefusesAVariableThatIsMissingAndNamesIt) {
  Entry entry = Make({{"g", 3, 1, {1, 2, 3}}}, 1);
  EXPECT_EQ(Refused(entry).status, Status::kManifestMalformed);
  entry.variable = "h";
  EXPECT_EQ(Refused(entry).status, Status::kRecordingNotAudio);
  EXPECT_THAT(Refused(entry).what, HasSubstr("no variable \"h\""));
}

TEST_F(MatFile, RefusesShapesThatAreNotTheChannels) {
  Entry entry = Make({{"g", 3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}},
                      {"short", 2, 1, {1, 2}},
                      {"long", 3, 1, {1, 2, 3}}},
                     2);
  entry.variable = "g";
  EXPECT_EQ(Refused(entry).status, Status::kRecordingAxes);
  entry.variable.clear();
  entry.channels[0].variable = "short";
  entry.channels[1].variable = "long";
  EXPECT_EQ(Refused(entry).status, Status::kRecordingAxes);
  entry.channels[0].variable = "g";
  EXPECT_EQ(Refused(entry).status, Status::kRecordingAxes);
}

TEST_F(MatFile, ReportsNotANumber) {
  Entry entry = Make({{"g", 3, 1, {1, std::nan(""), 3}}}, 1);
  entry.variable = "g";
  auto recording = Recording::Open(entry);
  ASSERT_TRUE(recording.ok()) << recording.refusal().what;
  std::vector<float> all(3);
  EXPECT_EQ(recording->Read(0, all), Status::kNotANumber);
}

TEST_F(MatFile, RefusesATruncatedFileWhereverItIsCut) {
  Entry entry = Make({{"g", 1000, 1, std::vector<double>(1000, 0.5)}}, 1);
  entry.variable = "g";
  ASSERT_EQ(All(entry).size(), 1000U);
  const std::string whole = folder_.Slurp("a.mat");
  for (std::size_t cut = 1; cut < whole.size(); cut += 97) {
    folder_.Write("a.mat", whole.substr(0, cut));
    const Status why = Refused(entry).status;
    EXPECT_TRUE(why == Status::kRecordingTruncated || why == Status::kRecordingNotAudio)
        << cut << " of " << whole.size();
  }
}

TEST_F(MatFile, RefusesWhatIsNoMatFile) {
  folder_.Write("a.mat", std::string(500, 'x'));
  Entry entry = TrueEntry(folder_, "a.mat", {.channels = 1});
  entry.variable = "g";
  EXPECT_EQ(Refused(entry).status, Status::kRecordingNotAudio);
  folder_.Write("a.mat", "");
  EXPECT_EQ(Refused(entry).status, Status::kRecordingNotAudio);
}

}  // namespace
}  // namespace torpor::simulate
