#include "agent/alarm_body.h"
#include "core/json_hosted.h"

#include <gtest/gtest.h>

#include <fstream>

namespace torpor::agent {
namespace {

nlohmann::json Body() {
  telemetry::CycleRecord record;
  record.contract = "0123456789abcdef";
  record.cycle = 42;
  record.score = 1.25;
  record.alarm = true;
  detect::Explanation told;
  told.spoke = detect::Channel::kNetwork;
  told.findings = {{signal::FeatureKind::kLogMel, 2, {2100.04F, 2900}, {}, 14.2},
                   {signal::FeatureKind::kModulation, 2, {0, 3200}, {82, 134}, 5}};
  told.tone = detect::Tone{"BPFO", 107.49};
  record.because = detect::InWords(told);
  return nlohmann::json::parse(AlarmBody("r-17", record, told));
}

TEST(AlarmBody, SaysWhatIsWrongWhereAndWhy) {
  const auto body = Body();
  EXPECT_EQ(body["robot"], "r-17");
  EXPECT_EQ(body["cycle"], 42);
  EXPECT_EQ(body["channel"], "network");
  EXPECT_EQ(
      body["because"],
      "axis 2, 2.1-2.9 kHz 14 x its own spread above normal; swelling 82-134 times a "
      "second at 0.0-3.2 kHz (5 x), as BPFO does at 107 Hz");
  EXPECT_EQ(body["findings"][0]["kind"], "level");
  EXPECT_EQ(body["findings"][0]["axis"], 2);
  EXPECT_EQ(body["findings"][0]["low_hz"], 2100.0);
  EXPECT_EQ(body["findings"][0]["spreads"], 14.2);
  EXPECT_FALSE(body["findings"][0].contains("modulation_low_hz"));
  EXPECT_EQ(body["findings"][1]["modulation_high_hz"], 134.0);
  EXPECT_EQ(body["tone"]["hz"], 107.5);
}

// Names reach sinks and people's scripts.
TEST(AlarmBody, HasTheFieldsThatItsDocumentLists) {
  std::ifstream document(TORPOR_SOURCE_DIR "/docs/journal.md");
  const std::string page{std::istreambuf_iterator<char>(document), {}};
  const auto listed = [&page](const std::string& name) {
    return page.find("| `" + name + "` |") != std::string::npos;
  };
  const auto body = Body();
  for (const auto& [name, value] : body.items()) EXPECT_TRUE(listed(name)) << name;
  for (const auto& [name, value] : body["findings"][1].items()) {
    EXPECT_TRUE(listed("findings." + name)) << name;
  }
  for (const auto& [name, value] : body["tone"].items()) {
    EXPECT_TRUE(listed("tone." + name)) << name;
  }
}

}  // namespace
}  // namespace torpor::agent
