#include "telemetry/metric_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <vector>

namespace torpor::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// One robot at work, every value another, so that no two can be mixed up unseen.
MetricSet AtWork() {
  MetricSet m;
  m.version = "0.1.0";
  m.revision = "4a9e03b";
  m.contract_version = "1.7";
  m.contract_id = "0123456789abcdef";
  m.model_digest = "fedcba9876543210";
  m.contract_agreed = true;
  m.contract_remaining = 864'000;
  m.robot_time_us = 1'790'000'000'250'000;
  m.push_interval = Microseconds(60'000'000);
  m.cycles = {1440, 3};
  for (std::size_t i = 0; i < kPhases; ++i) {
    m.phase_time[i] = Microseconds(1'000'001 * static_cast<std::int64_t>(i + 1));
  }
  m.duty_cycle = {0.0825, 0.08125};
  m.contract_duty_cycle = 0.0833;
  m.breach_cycles = {1, 2, 3, 4, 5, 6};
  m.breaches = 21;
  m.inference_interval = Microseconds(60'000'137);
  m.sleep_wakeups = {11, 12, 13};
  m.sleep_residency = 0.9875;
  m.hot_cycles = {14, 15, 16, 17, 18};
  m.batches = 1500;
  m.batches_dropped = {31, 32, 33, 34};
  m.data_age = Microseconds(412'000);
  m.inference_time = Microseconds(86'400'500);
  m.last_inference = Microseconds(60'010);
  m.inferences = 1439;
  m.power = Microwatts{1'233'333};
  m.power_budget = Microwatts{3'000'000};
  m.rails = {{"VDD_CPU_GPU_CV", {3'600'000'041}, true},
             {"VDD_IN", {12'345'678'901}, true},
             {"package-0", {}, false}};
  m.anomaly_score = 0.3125;
  m.abstains = Status::kSickWhenNew;
  m.commissioning = 0.75;
  m.verdicts = {1400, 2, 41};
  m.link_errors = {51, 52};
  m.store_records = 61;
  m.store_held = 62;
  m.store_dropped = {63, 64};
  m.push_failures = {71, 72, 73, 74, 75, 76};
  m.push_duration = Microseconds(4'200);
  m.clock_steps = 81;
  m.leases_revoked = 82;
  m.accelerator_kills = 91;
  m.gpu_resident = Microseconds(92'500'000);
  return m;
}

// The lines of a page that carry a value.
std::vector<std::string> SamplesOf(const std::string& page) {
  std::vector<std::string> samples;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) samples.push_back(line);
  }
  return samples;
}

TEST(MetricPage, IsTheGoldenPage) {
  const std::string page = MetricPage(AtWork());
  std::ofstream(TORPOR_BINARY_DIR "/metrics.actual.txt") << page;
  EXPECT_EQ(page, ReadAll(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt"))
      << "the page now made lies in " TORPOR_BINARY_DIR "/metrics.actual.txt";
}

TEST(MetricPage, ExportsEverySeriesFromTheFirstPushOn) {
  MetricSet first;
  EXPECT_THAT(MetricPage(first), Not(HasSubstr("\ntorpor_contract_remaining_seconds ")))
      << "the date may not be known";
  EXPECT_THAT(MetricPage(first), Not(HasSubstr("\ntorpor_sleep_residency_ratio ")))
      << "nothing may be proved";
  first.contract_remaining = 0;
  first.sleep_residency = 0;
  first.rails = AtWork().rails;
  for (RailTotal& rail : first.rails) rail.energy = {};
  EXPECT_EQ(SamplesOf(MetricPage(first)).size(), SamplesOf(MetricPage(AtWork())).size());
  std::set<std::string> empty, full;
  for (const std::string& s : SamplesOf(MetricPage(first))) {
    empty.insert(s.substr(0, s.find_first_of("{ ")));
  }
  for (const std::string& s : SamplesOf(MetricPage(AtWork()))) {
    full.insert(s.substr(0, s.find_first_of("{ ")));
  }
  EXPECT_EQ(empty, full);
}

TEST(MetricPage, StaysWithinTheSeriesAGatewayIsSizedFor) {
  MetricSet m = AtWork();
  EXPECT_LE(SamplesOf(MetricPage(m)).size(), 71U + 2 * m.rails.size());
  m.rails.clear();
  EXPECT_LE(SamplesOf(MetricPage(m)).size(), 71U);
}

TEST(MetricPage, GivesEveryLabelValueOfItsListExactlyOnce) {
  const std::vector<std::string> samples = SamplesOf(MetricPage(AtWork()));
  for (const MetricInfo& info : MetricTable()) {
    for (const std::string_view value : info.values) {
      const std::string start = std::string(info.name) + "{" + std::string(info.label) +
                                "=\"" + std::string(value) + "\"} ";
      EXPECT_EQ(std::ranges::count_if(
                    samples, [&](const std::string& s) { return s.starts_with(start); }),
                1)
          << start;
    }
  }
}

TEST(MetricPage, NamesTheReasonOfARefusal) {
  MetricSet m;
  EXPECT_THAT(MetricPage(m), HasSubstr("torpor_refused{reason=\"none\"} 0\n"));
  m.refused = Status::kExpired;
  EXPECT_THAT(MetricPage(m), HasSubstr("torpor_refused{reason=\"expired\"} 1\n"));
}

TEST(MetricPage, ARailThatIsUnmeteredHasNoJoulesAndThatIsVisible) {
  MetricSet m;
  EXPECT_THAT(MetricPage(m), Not(HasSubstr("rail"))) << "no meter, no metric of rails";
  m.rails = {{"package-0", {}, false}};
  EXPECT_THAT(MetricPage(m), HasSubstr("torpor_rail_metered{rail=\"package-0\"} 0\n"));
  EXPECT_THAT(MetricPage(m), Not(HasSubstr("\ntorpor_energy_joules_total{")));
  m.rails = {{"VDD_IN", {1'500'000}, false}};
  EXPECT_THAT(MetricPage(m),
              HasSubstr("torpor_energy_joules_total{rail=\"VDD_IN\"} 1.5\n"))
      << "a counter does not vanish when its meter is lost";
}

TEST(MetricPage, NeverWritesWhatIsNotFinite) {
  MetricSet m = AtWork();
  m.anomaly_score = std::numeric_limits<double>::quiet_NaN();
  m.duty_cycle = {std::numeric_limits<double>::infinity(), 0.5};
  m.contract_duty_cycle = -std::numeric_limits<double>::infinity();
  const std::string page = MetricPage(m);
  for (const std::string& sample : SamplesOf(page)) {
    const std::string value = sample.substr(sample.rfind(' ') + 1);
    EXPECT_EQ(value.find_first_not_of("0123456789.-e+"), std::string::npos) << sample;
  }
  EXPECT_THAT(page, HasSubstr("torpor_duty_cycle_ratio{window=\"1h\"} 0.5\n"));
  EXPECT_THAT(page, Not(HasSubstr("\ntorpor_anomaly_score ")));
}

TEST(MetricPage, WritesSecondsExactly) {
  MetricSet m;
  m.data_age = Microseconds(1);
  m.push_duration = Microseconds(-1'500'000);
  m.inference_interval = Microseconds(std::numeric_limits<std::int64_t>::min());
  const std::string page = MetricPage(m);
  EXPECT_THAT(page, HasSubstr("\ntorpor_data_age_seconds 0.000001\n"));
  EXPECT_THAT(page, HasSubstr("\ntorpor_push_duration_seconds -1.5\n"));
  EXPECT_THAT(page, HasSubstr("_interval_seconds -9223372036854.775808\n"));
}

TEST(MetricPage, LetsNoLabelBreakThePage) {
  MetricSet m;
  m.version = "1\"} 7\nevil 1\n\\ \xff" + std::string(5000, 'v');
  const std::string page = MetricPage(m);
  EXPECT_THAT(page, HasSubstr("torpor_build_info{version=\"1?} 7?evil 1?? ?vvv"));
  EXPECT_EQ(SamplesOf(page).size(), SamplesOf(MetricPage({})).size());
  EXPECT_LT(page.size(), 10'000U);
}

TEST(MetricPage, EndsWithANewlineAndCarriesNoTimestamp) {
  const std::string page = MetricPage(AtWork());
  EXPECT_TRUE(page.ends_with('\n'));
  for (const std::string& sample : SamplesOf(page)) {
    const std::string after =
        sample.substr(sample.find('}') == std::string::npos ? 0 : sample.find('}') + 1);
    EXPECT_EQ(std::ranges::count(after, ' '), 1) << sample;
  }
}

TEST(MetricPage, CountsEachFailureOfAPushUnderItsReason) {
  EXPECT_EQ(PushFailureOf(Status::kGatewayUnreachable), PushFailure::kUnreachable);
  EXPECT_EQ(PushFailureOf(Status::kGatewayRejected), PushFailure::kRejected);
  EXPECT_EQ(PushFailureOf(Status::kGatewayTimeout), PushFailure::kTimeout);
  EXPECT_EQ(PushFailureOf(Status::kGatewayRubbish), PushFailure::kRubbish);
  EXPECT_EQ(PushFailureOf(Status::kDnsTimeout), PushFailure::kDns);
  EXPECT_EQ(PushFailureOf(Status::kDnsFailed), PushFailure::kDns);
  for (const Status local : {Status::kKeyFileExposed, Status::kSinkSecret,
                             Status::kSinkSecretInClear, Status::kTextfileNotWritten,
                             Status::kSnappyMissing, Status::kInternal, Status::kOs}) {
    EXPECT_EQ(PushFailureOf(local), PushFailure::kLocal);
  }
}

TEST(MetricPage, SaysWhenItWasMadeWhereNobodyElseDoes) {
  MetricSet set;
  set.robot_time_us = 1'790'000'000'250'000;
  EXPECT_TRUE(PushTime(set).ends_with("push_time_seconds 1790000000.25\n"));
  // The Pushgateway's own would clash with one of the page.
  EXPECT_EQ(MetricPage(set).find("push_time_seconds"), std::string::npos);
}

TEST(MetricTable, IsTheTableOfItsDocument) {
  std::string expected;
  for (const MetricInfo& info : MetricTable()) {
    std::string labels(info.label);
    for (std::size_t i = 0; i < info.values.size(); ++i) {
      labels += (i == 0 ? " = " : ", ") + std::string(info.values[i]);
    }
    expected += "| " + std::string(info.name) + " | " +
                (info.type == MetricType::kCounter ? "counter"
                 : info.type == MetricType::kGauge ? "gauge"
                                                   : "summary") +
                " | " + labels + " | " + std::string(info.help) + " |\n";
  }
  std::string documented;
  std::istringstream lines(ReadAll(TORPOR_SOURCE_DIR "/docs/metrics.md"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| torpor_")) documented += line + "\n";
  }
  EXPECT_EQ(documented, expected);
}

}  // namespace
}  // namespace torpor::telemetry
