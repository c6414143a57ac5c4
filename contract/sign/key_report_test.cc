#include "contract/sign/key_report.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/test_folder.h"

namespace torpor::contract::sign {
namespace {

class KeyReports : public testing::Test {
 protected:
  static KeyReport Full() {
    return {.keyring = 3,
            .firmware = 2,
            .pairing_changes = true,
            .refused = RefusedKey{4, Status::kSignerDropped, "it waits"}};
  }
  [[nodiscard]] std::string Text() const { return folder_.Slurp(kKeyReportFile); }

  TestFolder folder_;
};

TEST_F(KeyReports, AreReadBack) {
  EXPECT_EQ(LoadKeyReport(folder_).status(), Status::kFileMissing);
  for (const KeyReport& report : {KeyReport{}, Full()}) {
    ASSERT_EQ(SaveKeyReport(folder_, report), Status::kOk);
    EXPECT_EQ(*LoadKeyReport(folder_), report);
  }
}

TEST_F(KeyReports, WhatIsNoReportIsRefused) {
  ASSERT_EQ(SaveKeyReport(folder_, Full()), Status::kOk);
  const std::string good = Text();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    folder_.Write(kKeyReportFile, text);
    return LoadKeyReport(folder_).status();
  };
  EXPECT_EQ(with("3", "3"), Status::kOk);
  const std::pair<const char*, const char*> spoilt[] = {
      {"\"keyring\": 3", "\"keyring\": -3"},
      {"\"keyring\": 3", "\"keyring\": 3.5"},
      {"\"keyring\": 3", "\"keyring\": 1e300"},
      {"\"keyring\": 3", "\"keyring\": 4294967296"},
      {"\"keyring\": 3", "\"keyring\": \"3\""},
      {"\"firmware\": 2", "\"another\": 2"},
      {"\"pairing_changes\": true", "\"pairing_changes\": 1"},
      {"\"reason\": 176", "\"reason\": 65536"},
      {"\"text\": \"it waits\"", "\"text\": 7"},
      {"{", "["},
  };
  for (const auto& [from, to] : spoilt) {
    EXPECT_EQ(with(from, to), Status::kStateMalformed) << to;
  }
  folder_.Write(kKeyReportFile, std::string(100'000, ' '));
  EXPECT_EQ(LoadKeyReport(folder_).status(), Status::kStateMalformed);
}

TEST_F(KeyReports, ATextIsOnePrintableLine) {
  KeyReport report = Full();
  report.refused->text = "two\nlines \x1B[31m" + std::string(1000, 'x');
  ASSERT_EQ(SaveKeyReport(folder_, report), Status::kOk);
  const std::string text = LoadKeyReport(folder_)->refused->text;
  EXPECT_EQ(text.size(), 400U);
  EXPECT_TRUE(text.starts_with("two?lines ?[31m")) << text;
}

}  // namespace
}  // namespace torpor::contract::sign
