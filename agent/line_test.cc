#include "agent/line.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/refusal.h"
#include "core/json_hosted.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::Verdict;

CycleRecord GoodCycle() {
  CycleRecord record;
  record.cycle = 42;
  record.woke = Instant(3661s);
  record.phases[static_cast<std::size_t>(Phase::kSleep)] = 58s;
  record.phases[static_cast<std::size_t>(Phase::kCollect)] = 2s;
  record.inferred = true;
  record.batch_sequence = 41;
  record.batch_age = 1250ms;
  record.since_last_inference = 60s;
  record.verdict = Verdict::kNormal;
  record.score = 0.5;
  record.energy = {150'000'000};
  return record;
}

contract::Terms Terms() {
  contract::Terms terms;
  terms.cycle_budget = {180'000'000};
  return terms;
}

TEST(PeopleLine, ShowsTimeScoreEnergyAndSleep) {
  const std::string line = PeopleLine(GoodCycle(), Terms(), {});
  EXPECT_NE(line.find(" 0d 01:01:01"), std::string::npos) << line;
  EXPECT_NE(line.find("dt   60.0 s"), std::string::npos) << line;
  EXPECT_NE(line.find("age  1.25 s"), std::string::npos) << line;
  EXPECT_NE(line.find("#####.....|.........."), std::string::npos) << line;
  EXPECT_NE(line.find("150.0 of 180 J"), std::string::npos) << line;
  EXPECT_NE(line.find("slept  96.7 %"), std::string::npos) << line;
  EXPECT_EQ(line.find('\x1b'), std::string::npos) << "no colour unless asked for";
}

TEST(PeopleLine, MarksWhatIsModelledWhereItCouldBeMetered) {
  CycleRecord record = GoodCycle();
  record.energy = {12'300'000};
  EXPECT_NE(PeopleLine(record, Terms(), {}).find("    12.3 of 180 J"), std::string::npos)
      << "in compressed time all is modelled";
  EXPECT_NE(PeopleLine(record, Terms(), {.real_time = true}).find("   ~12.3 of 180 J"),
            std::string::npos);
  record.metered = true;
  EXPECT_NE(PeopleLine(record, Terms(), {.real_time = true}).find("    12.3 of 180 J"),
            std::string::npos);
}

TEST(JsonLine, ShowsEachRailAndNullForWhatIsUnmetered) {
  CycleRecord record = GoodCycle();
  EXPECT_FALSE(nlohmann::json::parse(JsonLine(record)).contains("rails"));
  telemetry::RailJoules supply;
  supply.rail = "VDD_IN";
  supply.how = Metered::kSampled;
  supply.phases.fill(Microjoules{1'500'000});
  record.rails.push_back(supply);
  supply.rail = "VDD_SOC";
  supply.phases[static_cast<std::size_t>(Phase::kInfer)].reset();
  supply.why = "it stopped answering";
  record.rails.push_back(supply);
  const auto rails = nlohmann::json::parse(JsonLine(record))["rails"];
  ASSERT_EQ(rails.size(), 2U);
  EXPECT_EQ(rails[0]["rail"], "VDD_IN");
  EXPECT_EQ(rails[0]["how"], "sampled");
  EXPECT_EQ(rails[0]["joules"], 10.5);
  EXPECT_EQ(rails[0]["inference_joules"], 3.0);
  EXPECT_EQ(rails[0]["phase_joules"]["sleep"], 1.5);
  EXPECT_FALSE(rails[0].contains("why"));
  EXPECT_TRUE(rails[1]["joules"].is_null());
  EXPECT_TRUE(rails[1]["inference_joules"].is_null());
  EXPECT_TRUE(rails[1]["phase_joules"]["infer"].is_null());
  EXPECT_EQ(rails[1]["why"], "it stopped answering");
}

TEST(PeopleLine, SaysWhatAnAlarmIsAbout) {
  CycleRecord record = GoodCycle();
  record.verdict = Verdict::kAnomaly;
  record.alarm = true;
  record.because = "axis 2, 2.1-2.9 kHz 14 x its own spread above normal";
  const std::string line = PeopleLine(record, Terms(), {});
  EXPECT_NE(line.find("ALARM: the bearing is failing: axis 2, 2.1-2.9 kHz"),
            std::string::npos)
      << line;
  EXPECT_EQ(nlohmann::json::parse(JsonLine(record))["because"], record.because);
  record.alarm = false;
  EXPECT_FALSE(nlohmann::json::parse(JsonLine(record)).contains("because"));
}

TEST(PeopleLine, SaysWhyNothingWasJudgedAndWhatWentWrong) {
  CycleRecord record = GoodCycle();
  record.verdict = Verdict::kAbstain;
  record.why_abstained = Status::kBatchStale;
  record.dropped_stale = 2;
  record.deviations.push_back({Status::kLeaseRevoked, "network"});
  const std::string line = PeopleLine(record, Terms(), {});
  EXPECT_NE(line.find("abstains: batch-stale"), std::string::npos) << line;
  EXPECT_NE(line.find("dropped 2 (stale)"), std::string::npos) << line;
  EXPECT_NE(line.find("! lease-revoked (network)"), std::string::npos) << line;
}

TEST(PeopleLine, Screams) {
  CycleRecord record = GoodCycle();
  record.verdict = Verdict::kAnomaly;
  record.score = 1e300;
  record.alarm = true;
  const std::string line = PeopleLine(record, Terms(), {});
  EXPECT_NE(line.find("ALARM"), std::string::npos) << line;
  EXPECT_NE(line.find("##########|##########+"), std::string::npos) << line;
}

TEST(JsonLine, IsOneObjectInBaseUnits) {
  const auto line = nlohmann::json::parse(JsonLine(GoodCycle()));
  EXPECT_EQ(line["cycle"], 42);
  EXPECT_EQ(line["batch_age_seconds"], 1.25);
  EXPECT_EQ(line["phase_seconds"]["collect"], 2.0);
  EXPECT_EQ(line["energy_is"], "modelled");
}

TEST(Refusal, NamesTheParameterWithBothValues) {
  Refusal refusal;
  refusal.status = Status::kContractDiffers;
  refusal.field = 10;
  refusal.where = "period_ms";
  refusal.ours = "60000";
  refusal.theirs = "20000";
  const auto line = nlohmann::json::parse(JsonLine(refusal));
  EXPECT_EQ(line["reason"], 1010);
  EXPECT_EQ(line["ours"], "60000");
  EXPECT_EQ(line["theirs"], "20000");
  EXPECT_EQ(ExitCode(refusal), 78);
}

TEST(Refusal, SurvivesHostileBytes) {
  Refusal refusal;
  refusal.status = Status::kBundleMissing;
  refusal.where = "a\"b\n\xff\xfe";
  const std::string line = JsonLine(refusal);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_FALSE(nlohmann::json::parse(line, nullptr, false).is_discarded());
}

}  // namespace
}  // namespace torpor::agent
