#include "telemetry/remote_write.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "telemetry/metric_set.h"
#include "telemetry/test_write_request.h"

namespace torpor::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr std::int64_t kAt = 1'790'000'000'123;

std::vector<WrittenSeries> Written(std::string_view page,
                                   std::vector<std::string> ended = {}) {
  const auto request = WriteRequest(page, ended, "robot:7.a_b-c", kAt);
  return request.ok() ? ReadWriteRequest(*request) : std::vector<WrittenSeries>{};
}

std::string GoldenPage() {
  std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(RemoteWrite, SaysWhoseItIsAndWhenWithItsLabelsInOrder) {
  const auto series = Written(
      "# HELP torpor_a A.\n# TYPE torpor_a gauge\n"
      "torpor_a{zone=\"z\",Big=\"b, } {c\",cause=\"spin\"} 2.5\ntorpor_b -3\n");
  ASSERT_EQ(series.size(), 2U);
  EXPECT_THAT(series[0].labels,
              ElementsAre(Pair("Big", "b, } {c"), Pair("__name__", "torpor_a"),
                          Pair("cause", "spin"), Pair("instance", "robot:7.a_b-c"),
                          Pair("job", "torpor"), Pair("zone", "z")));
  EXPECT_EQ(series[0].value, 2.5);
  EXPECT_THAT(series[1].labels,
              ElementsAre(Pair("__name__", "torpor_b"), Pair("instance", "robot:7.a_b-c"),
                          Pair("job", "torpor")));
  EXPECT_EQ(series[1].value, -3);
  for (const auto& one : series) {
    EXPECT_EQ(one.at_ms, kAt);
    EXPECT_EQ(one.samples, 1);
  }
}

// Each line with a value, and the value that Prometheus would read there.
TEST(RemoteWrite, HasAllOfAPage) {
  MetricSet set;
  set.robot_time_us = 1'790'000'000'123'456;
  const std::string page = GoldenPage() + PushTime(set);
  std::map<std::string, double> values;
  for (const auto& one : Written(page)) {
    EXPECT_TRUE(std::ranges::is_sorted(one.labels));
    std::string text, name;
    for (const auto& [label, value] : one.labels) {
      if (label == "__name__") name = value;
      if (label == "__name__" || label == "job" || label == "instance") continue;
      text += label + "=\"" + value + "\",";
    }
    values[name + "{" + text] = one.value;
  }
  std::size_t lines = 0;
  std::istringstream text(page);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with('#')) continue;
    ++lines;
    // The labels of a page's line, sorted as well.
    const std::size_t space = line.rfind(' ');
    const std::size_t brace = std::min(line.find('{'), space);
    std::string key = line.substr(0, brace) + "{";
    std::vector<std::string> labels;
    for (std::size_t at = brace + 1; at < space;) {
      const std::size_t end = line.find("\"", line.find("=\"", at) + 2) + 1;
      labels.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    std::ranges::sort(labels);
    for (const std::string& label : labels) key += label + ",";
    ASSERT_TRUE(values.contains(key)) << line;
    EXPECT_EQ(values[key], std::strtod(line.c_str() + space, nullptr)) << line;
  }
  EXPECT_EQ(values.size(), lines);
  EXPECT_GT(lines, 70U);
  EXPECT_EQ(values["push_time_seconds{"], 1'790'000'000.123456);
}

TEST(RemoteWrite, EndsWhatIsNoLongerSentAndLeavesOutWhatIsNoSeries) {
  const auto series = Written(
      "torpor_refused{reason=\"none\"} 0\n",
      {"torpor_refused{reason=\"expired\"}", "", "{", "a{b", "a{b=\"", "a{b=\"c\""});
  ASSERT_EQ(series.size(), 2U);
  EXPECT_FALSE(series[0].ended());
  EXPECT_TRUE(series[1].ended());
  EXPECT_EQ(series[1].label("reason"), "expired");
  EXPECT_EQ(series[1].label("instance"), "robot:7.a_b-c");
  EXPECT_EQ(series[1].at_ms, kAt);
}

TEST(RemoteWrite, ListsTheSeriesOfAPageWithoutTheirValues) {
  EXPECT_THAT(SeriesOf("# TYPE b gauge\nb{x=\"a b\"} 1\na 2\n"),
              ElementsAre("a", "b{x=\"a b\"}"));
  EXPECT_TRUE(SeriesOf("").empty());
}

TEST(RemoteWrite, RefusesWhatIsNoPage) {
  for (const char* page :
       {"a", "a ", " 1\n", "a x\n", "a 1x\n", "a{ 1\n", "a{b 1\n", "a{b=c} 1\n",
        "a{b=\"c} 1\n", "a{b=\"c\" 1\n", "a{b=\"c\"d=\"e\"} 1\n", "a{b=\"c\"}} 1\n",
        "{a=\"b\"} 1\n", "a{=\"b\"} 1\n", "no metric at all\n", ""}) {
    EXPECT_EQ(WriteRequest(page, {}, "r", kAt).status(), Status::kInternal) << page;
  }
}

}  // namespace
}  // namespace torpor::telemetry
