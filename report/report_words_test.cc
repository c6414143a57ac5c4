#include "report/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "contract/sign/any_terms.h"
#include "report/test_lives.h"

namespace torpor::report {
namespace {

using std::chrono_literals::operator""s;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// As Collect() gives it, of these commits.
Collected Of(const std::vector<CycleCommit>& life, bool with_terms = true) {
  Collected collected;
  for (const CycleCommit& commit : life) collected.cycles.push_back(commit.record);
  collected.contract_of.resize(life.size());
  InForce contract{"0123456789abcdef", 1, life.size(), life.size()};
  if (with_terms) {
    std::vector<contract::sign::Problem> problems;
    contract.terms = *contract::sign::AnyTerms("warehouse-60s", problems);
  }
  collected.contracts.push_back(contract);
  collected.journalled = life.size();
  Reckon(collected);
  return collected;
}

std::string Paragraph(const Collected& collected) {
  std::string text;
  for (const auto& sentence : InWords(collected, Summarise(collected)).sentences) {
    text += sentence + " ";
  }
  return text;
}

TEST(ReportInWords, SaysOfAGoodLifeThatItKeptItsContract) {
  const Collected collected = Of(GoodLife(1440, "x"));
  const Account verdict = InWords(collected, Summarise(collected));
  EXPECT_EQ(verdict.grade, Account::Grade::kKept);
  EXPECT_EQ(verdict.headline, "Kept its contract");
  EXPECT_THAT(
      Paragraph(collected),
      AllOf(HasSubstr("ran 1,440 cycles in 24.0 hours, from 2026-11-23 00:01 UTC"),
            HasSubstr("kept its contract in every one of its 1,440 cycles"),
            HasSubstr("slept 98.1 % of the recorded time"),
            HasSubstr("139.5 J on average, 140.0 J at worst, of 180.0 J allowed "
                      "(modelled, not measured)"),
            HasSubstr("No alarm of a bearing was raised")));
}

TEST(ReportInWords, NamesWhatDeviatedTheMostFrequentFirst) {
  auto life = GoodLife(1441, "x");
  life[3].record.deviations = {{Status::kLinkDown, ""}};
  EXPECT_THAT(Paragraph(Of(life)),
              HasSubstr("kept its contract in 1,440 of 1,441 cycles; in the others "
                        "something deviated: the firmware does not answer (1 cycle)."));
  const Collected broken = Of(BrokenLife(1440, "x"));
  const std::string text = Paragraph(broken);
  EXPECT_LT(text.find("a cycle cost more than its budget (240 cycles)"),
            text.find("two inferences are closer together"));
  EXPECT_THAT(text, HasSubstr("and 3 more."));
  EXPECT_THAT(text, HasSubstr("(metered)"));
}

TEST(ReportInWords, TellsOfTheAlarmWithItsWordsIfTheyAreThere) {
  auto life = GoodLife(10, "x");
  life[6].record.alarm = true;
  Collected collected = Of(life);
  EXPECT_EQ(InWords(collected, Summarise(collected)).grade, Account::Grade::kAlarm);
  EXPECT_THAT(Paragraph(collected),
              HasSubstr("One alarm was raised, 2026-11-23 00:07 UTC, in cycle 7."));
  collected.alarms = {{7, "contract", "a clause", "", false},
                      {7, "bearing", "a bearing is failing", "axis 1", false}};
  EXPECT_THAT(Paragraph(collected), HasSubstr("cycle 7: a bearing is failing (axis 1)."));
}

TEST(ReportInWords, OfNoCycleSaysSoAndNothingElse) {
  Collected nothing = Of({});
  nothing.contracts.clear();
  const Summary sum = Summarise(nothing);
  EXPECT_EQ(InWords(nothing, sum).grade, Account::Grade::kNothing);
  EXPECT_THAT(Figures(nothing, sum), IsEmpty());
  EXPECT_THAT(NotKnown(nothing, sum), IsEmpty());
  EXPECT_THAT(Paragraph(nothing), HasSubstr("empty"));
  nothing.journalled = 5;
  EXPECT_THAT(Paragraph(nothing), HasSubstr("None of the journal's 5 cycles"));
}

TEST(ReportInWords, NeverRoundsAShareUpToAllOfIt) {
  auto life = GoodLife(43'200, "x");
  life[9].record.deviations = {{Status::kLinkDown, ""}};
  const Collected collected = Of(life);
  EXPECT_EQ(Figures(collected, Summarise(collected)).front().value, "99.99 %");
}

TEST(ReportInWords, SaysOfARailThatIsUnmeteredThatItIsNotZero) {
  const Collected collected = Of(BrokenLife(1440, "x"));
  EXPECT_THAT(NotKnown(collected, Summarise(collected)),
              Contains(AllOf(HasSubstr("rail VDD_CPU_GPU_CV"), HasSubstr("36 cycles"),
                             HasSubstr("That is not 0 J"))));
}

TEST(ReportInWords, SaysWhatNobodyMeasured) {
  Collected collected = Of(GoodLife(50, "x"), /*with_terms=*/false);
  collected.dropped = 7;
  collected.lost = 2;
  const auto list = NotKnown(collected, Summarise(collected));
  EXPECT_THAT(list, Contains(HasSubstr("Which robot this is")));
  EXPECT_THAT(list, Contains(HasSubstr("no bundle at hand has this id")));
  EXPECT_THAT(list, Contains(HasSubstr("no meter of the whole machine")));
  EXPECT_THAT(list, Contains(HasSubstr("nobody looked at GPU, clocks and processors")));
  EXPECT_THAT(list, Contains(HasSubstr("7 cycles before the oldest one")));
  EXPECT_THAT(list, Contains(HasSubstr("2 cycles that never reached the journal")));
  EXPECT_THAT(Paragraph(collected), HasSubstr("its budget is not known"));
}

TEST(ReportInWords, TellsASleepThatNobodyLookedAtFromOneThatNobodyWoke) {
  const auto asleep = [](const Collected& collected) {
    for (const Figure& figure : Figures(collected, Summarise(collected))) {
      if (figure.label == "Asleep") return figure.note;
    }
    return std::string();
  };
  auto life = GoodLife(3, "x");
  EXPECT_EQ(asleep(Of(life)), "of the recorded time; wakings not measured");
  life.back().record.sleep = telemetry::SleepProof{};
  EXPECT_EQ(asleep(Of(life)), "of the recorded time; never woken");
  life.back().record.wakeups_asleep = 2;
  EXPECT_EQ(asleep(Of(life)), "of the recorded time; woken 2 times");
}

TEST(ReportSummary, PutsARhythmThatIsKeptIntoOneBin) {
  auto life = GoodLife(100, "x");
  life[40].record.since_last_inference = 8s;
  life[41].record.since_last_inference = 3600s;
  const Summary sum = Summarise(Of(life));
  EXPECT_EQ(sum.histogram.width, 3s);
  EXPECT_EQ(sum.histogram.counts[20], 97U) << "a minute is twenty widths";
  EXPECT_EQ(sum.histogram.counts[3], 1U) << "8 s is nearest to 9 s";
  EXPECT_EQ(sum.histogram.longer, 1U);
  EXPECT_EQ(sum.between.too_soon, 1U);
  EXPECT_EQ(sum.between.too_late, 1U);
}

TEST(ReportSummary, CountsAScoreThatIsNoNumberApart) {
  auto life = GoodLife(9, "x");
  life[4].record.score = std::nan("");
  life[5].record.score = std::numeric_limits<double>::infinity();
  life[6].record.score = 2.5;
  const Summary sum = Summarise(Of(life));
  EXPECT_EQ(sum.not_a_number, 2U);
  EXPECT_EQ(sum.highest_score, 2.5);
}

TEST(ReportSummary, CountsACycleOnceHoweverOftenItDeviates) {
  auto life = GoodLife(4, "x");
  life[1].record.deviations = {{Status::kLeaseRevoked, "radio"},
                               {Status::kLeaseRevoked, "sensor"}};
  life[3].record.deviations = {{Status::kLeaseRevoked, "radio"}};
  const Summary sum = Summarise(Of(life));
  const Cause& cause = sum.deviations.at(Status::kLeaseRevoked);
  EXPECT_EQ(cause.times, 3U);
  EXPECT_EQ(cause.cycles, 2U);
  EXPECT_EQ(cause.first, 2U);
  EXPECT_EQ(cause.last, 4U);
  EXPECT_EQ(sum.without_deviation, 2U);
}

TEST(ReportFigures, ArePrintedForPeople) {
  EXPECT_EQ(Count(0), "0");
  EXPECT_EQ(Count(999), "999");
  EXPECT_EQ(Count(1000), "1,000");
  EXPECT_EQ(Count(1234567), "1,234,567");
  EXPECT_EQ(When(0), "1970-01-01 00:00 UTC");
  EXPECT_EQ(When(-1), "1969-12-31 23:59 UTC");
  EXPECT_THAT(When(std::numeric_limits<std::int64_t>::max()), HasSubstr("UTC"));
  EXPECT_EQ(Lasting(90s), "90 s");
  EXPECT_EQ(Lasting(86'400s * 30), "30.0 days");
}

}  // namespace
}  // namespace torpor::report
