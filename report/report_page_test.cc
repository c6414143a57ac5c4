#include "report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "core/json_hosted.h"
#include "core/test_folder.h"
#include "report/columns.h"
#include "report/data.h"
#include "report/test_lives.h"

namespace torpor::report {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportPage : public ::testing::Test {
 protected:
  std::string DataOf(std::vector<CycleCommit> life) {
    Write(state_, std::move(life));
    std::string problem;
    const auto collected = Collect({state_.path()}, problem);
    if (!collected.ok()) throw std::runtime_error(problem);
    return Data(*collected);
  }
  TestFolder state_{TestFolder::InMemory()};
};

// What stands between an opening tag that begins so and its closing one.
std::string Inside(const std::string& page, const std::string& tag, const char* close) {
  const std::size_t at = page.find(tag);
  if (at == std::string::npos) return "no " + tag;
  const std::size_t begin = page.find('>', at) + 1;
  return page.substr(begin, page.find(close, begin) - begin);
}

std::size_t Times(const std::string& text, std::string_view what) {
  std::size_t times = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++times;
  return times;
}

TEST_F(ReportPage, HoldsTheDataAsTheyAre) {
  const std::string data = DataOf(BrokenLife(300, GiveContract(state_)));
  const std::string page = Page(data);
  EXPECT_EQ(
      ordered_json::parse(Inside(page, "<script type=\"application/json\"", "</script>")),
      ordered_json::parse(data));
  EXPECT_EQ(Page(data), page) << "the same data give the same bytes";
}

TEST_F(ReportPage, LetsNoTextOutOfItsElement) {
  const std::string nothing = Page(DataOf({}));
  const std::string page = Page(DataOf(HostileLife()));
  for (const char* tag : {"<script", "</script", "<img", "<b>", "<!--"}) {
    EXPECT_EQ(Times(page, tag), Times(nothing, tag)) << tag;
  }
  const auto data =
      ordered_json::parse(Inside(page, "<script type=\"application/json\"", "</script>"));
  EXPECT_EQ(data["robot"], "<script>window.stung=1</script>") << "it is there, as a text";
  EXPECT_THAT(data["texts"].dump(), HasSubstr("nul \\u0000 in it"));
  EXPECT_THAT(data["texts"].dump(), HasSubstr("not UTF-8: \xEF\xBF\xBD"));
  EXPECT_THAT(data["contracts"][0]["id"].get<std::string>(), HasSubstr("{{data}}"))
      << "what is put in is not looked at again";
}

TEST_F(ReportPage, AllowsNothingButItsOwnScriptsAndFetchesNothing) {
  const std::string page = Page(DataOf({}));
  EXPECT_THAT(page, HasSubstr("default-src 'none'; script-src 'sha512-"));
  EXPECT_THAT(page, HasSubstr("require-trusted-types-for 'script'"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe")));
  EXPECT_THAT(page.substr(0, page.find("<script>")), Not(HasSubstr("{{")));
  EXPECT_THAT(page, Not(HasSubstr("sourceMappingURL"))) << "a browser would look for it";
  for (const char* fetched :
       {" src=", "<link", "@import", "url(", "<iframe", "<object"}) {
    EXPECT_THAT(page.substr(0, page.find("<script>")), Not(HasSubstr(fetched)));
  }
  for (const char* way_out : {"fetch(", "sendBeacon", "WebSocket", "innerHTML",
                              "document.write", "insertAdjacentHTML"}) {
    EXPECT_THAT(page.substr(page.rfind("<script>")), Not(HasSubstr(way_out)));
  }
}

TEST_F(ReportPage, KeepsTheLicenceOfWhatItIsMadeOf) {
  const std::string page = Page(DataOf({}));
  EXPECT_THAT(page, HasSubstr("Permission is hereby granted, free of charge"));
  EXPECT_THAT(page, HasSubstr("Dan Vanderkam"));
}

TEST_F(ReportPage, SaysNumbersAsTheJournalHasThem) {
  auto life = GoodLife(50, "x");
  life[10].record.score = 1.23456789;
  life[11].record.score = std::nan("");
  life[12].record.batch_age = {};
  life[12].record.inferred = false;
  const auto data = ordered_json::parse(DataOf(life));
  const auto column = [&data](const char* name) { return Expand(data["columns"][name]); };
  EXPECT_EQ(column("cycle")[10], 11);
  EXPECT_EQ(column("score")[10], 12346) << "in ten-thousandths";
  EXPECT_EQ(column("score")[11], std::nullopt) << "what is no number is none";
  EXPECT_EQ(column("score")[0], std::nullopt) << "it abstained";
  EXPECT_EQ(column("batch_age_us")[12], std::nullopt);
  EXPECT_EQ(column("infer_us")[10],
            life[10].record.phases[static_cast<std::size_t>(Phase::kInfer)].count());
  EXPECT_EQ(*column("wall_less_at_ms")[49] + *column("at_ms")[49],
            life[49].record.wall_us / 1000);
  EXPECT_EQ(column("energy_uj")[10], life[10].record.energy.value);
}

TEST_F(ReportPage, OfAMonthIsWrittenQuicklyAndIsSmall) {
  Write(state_, BrokenLife(43'200, "x"));
  const auto begun = std::chrono::steady_clock::now();
  std::string problem;
  const auto collected = Collect({state_.path()}, problem);
  ASSERT_TRUE(collected.ok()) << problem;
  const std::string page = Page(Data(*collected));
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_LT(page.size(), 4'000'000U) << "fifty bytes of each cycle, and the library";
  // Some 0.5 s; ten times that is for a busy machine, and for the sanitizers.
  EXPECT_LT(took, std::chrono::seconds(10));
  RecordProperty("milliseconds", static_cast<int>(took / std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace torpor::report
