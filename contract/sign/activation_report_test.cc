#include "contract/sign/activation_report.h"

#include <gtest/gtest.h>

#include <map>

#include "contract/sign/test_power_cut.h"
#include "core/test_folder.h"

namespace torpor::contract::sign {
namespace {

namespace fs = std::filesystem;

class Report : public testing::Test {
 protected:
  void Put(const std::string& text) const { folder_.Write(kActivationFile, text); }
  std::string Saved(const ActivationReport& report) const {
    EXPECT_EQ(SaveReport(folder_, report), Status::kOk);
    return StateOf(folder_).at(kActivationFile);
  }

  TestFolder folder_;
};

ActivationReport Full() {
  ActivationReport report;
  report.active = NamedContract{"night", {1, 7}, {std::byte{1}}};
  report.staged = NamedContract{"day", {1, 8}, {std::byte{2}}};
  report.trial_cycles_left = 3;
  report.floor = {4'294'967'295U, 18'446'744'073'709'551'615ULL};
  report.wanted = NamedContract{"noon", {2, 1}, {std::byte{3}}};
  report.refused = RefusedContract{report.staged, Status::kExpired, "expired (174)"};
  return report;
}

TEST_F(Report, ComesBackAsItWasSaved) {
  EXPECT_EQ(LoadReport(folder_).status(), Status::kFileMissing);
  for (const ActivationReport& report : {Full(), ActivationReport{}}) {
    Saved(report);
    const auto loaded = LoadReport(folder_);
    ASSERT_TRUE(loaded.ok());
    EXPECT_EQ(*loaded, report);
  }
}

TEST_F(Report, IsReadableByEverybody) {
  Saved(Full());
  EXPECT_EQ(fs::status(folder_ / kActivationFile).permissions(), fs::perms(0644));
}

TEST_F(Report, ADamagedFileIsSaidToBeDamaged) {
  const std::string whole = Saved(Full());
  for (std::size_t cut = 0; cut + 2 < whole.size(); ++cut) {  // without the last brace
    Put(whole.substr(0, cut));
    EXPECT_EQ(LoadReport(folder_).status(), Status::kStateMalformed) << cut;
  }
  Put(std::string(100'000, ' '));
  EXPECT_EQ(LoadReport(folder_).status(), Status::kStateMalformed);
  for (const auto& [good, bad] :
       std::map<std::string, std::string>{{"4294967295", "4294967296"},
                                          {"\"trial_cycles_left\": 3", "\"trial\": 3"},
                                          {"174,", "65710,"},
                                          {"\"night\"", "7"},
                                          {"\"0100", "\"01"},
                                          {"\"version\": 7", "\"version\": -7"}}) {
    std::string text = whole;
    ASSERT_NE(text.find(good), std::string::npos) << good;
    text.replace(text.find(good), good.size(), bad);
    Put(text);
    EXPECT_EQ(LoadReport(folder_).status(), Status::kStateMalformed) << bad;
  }
  fs::remove(folder_ / kActivationFile);
  fs::create_directory(folder_ / kActivationFile);
  EXPECT_EQ(LoadReport(folder_).status(), Status::kIo);
}

TEST_F(Report, ATextIsOneLineThatControlsNoTerminal) {
  ActivationReport report = Full();
  report.refused->text = "\x1b[2J red\nnext \xff" + std::string(1'000, 'x');
  Saved(report);
  const std::string text = LoadReport(folder_)->refused->text;
  EXPECT_EQ(text.substr(0, 16), "?[2J red?next ?x");
  EXPECT_EQ(text.size(), 400U);
}

}  // namespace
}  // namespace torpor::contract::sign
