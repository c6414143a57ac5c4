#include "contract/sign/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "contract/difference.h"
#include "contract/fields.h"
#include "contract/lint.h"
#include "contract/sign/describe.h"
#include "contract/sign/quantity.h"
#include "contract/sign/source_keys.h"
#include "contract/test_terms.h"
#include "core/status_table.h"

namespace torpor::contract::sign {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kFirst = R"(base = "warehouse-60s"
fleet = "north-hall"
name = "night-shift"
version = 1
issued_at = 2026-11-23
not_before = 2026-11-23
not_after = 2027-11-23
targets = ["robot:r-17", "group:hall-3"]
[telemetry]
gateway = "https://metrics.example"
)";

std::vector<Problem> ProblemsOf(const std::string& text) {
  std::vector<Problem> problems;
  const auto terms = ParseSource(text, "a.toml", problems);
  EXPECT_EQ(terms.ok(), problems.empty());
  if (!terms.ok()) {
    EXPECT_EQ(terms.status(), problems[0].status);
  }
  return problems;
}

struct Wrong {
  std::string line;
  Status status;
  std::string says;
};

TEST(Source, AFirstContractIsShortAndKeepsTheLint) {
  for (const Base& base : Bases()) {
    std::string text = kFirst;
    text.replace(text.find("warehouse-60s"), std::string("warehouse-60s").size(),
                 base.name);
    std::vector<Problem> problems;
    const auto terms = ParseSource(text, "first.toml", problems);
    for (const Problem& problem : problems) ADD_FAILURE() << problem.line;
    ASSERT_TRUE(terms.ok());
    Findings findings;
    Lint(*terms, findings);
    for (const Finding& f : findings.list()) ADD_FAILURE() << base.name << Describe(f);
    EXPECT_EQ(terms->targets()[0].id.view(), "hall-3") << "groups come before robots";
  }
  EXPECT_LT(std::count(kFirst, kFirst + std::string(kFirst).size(), '\n'), 20);
}

// What robots get from a profile changes only on purpose. TORPOR_REGENERATE=1 writes the
// golden files anew.
TEST(Source, TheExpandedProfilesAreTheGoldenOnes) {
  for (const Base& base : Bases()) {
    std::string text = kFirst;
    text.replace(text.find("warehouse-60s"), std::string("warehouse-60s").size(),
                 base.name);
    std::vector<Problem> problems;
    const auto terms = ParseSource(text, "first.toml", problems);
    ASSERT_TRUE(terms.ok());
    const std::string path = TORPOR_SOURCE_DIR "/contract/sign/testdata/" +
                             std::string(base.name) + ".expanded.toml";
    if (std::getenv("TORPOR_REGENERATE") != nullptr) {
      std::ofstream(path) << WriteSource(*terms);
    }
    std::ifstream file(path);
    const std::string golden{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
    EXPECT_EQ(WriteSource(*terms), golden)
        << path << ": TORPOR_REGENERATE=1 writes it anew";
  }
}

TEST(Source, TheExpandedFormReadsBackAsTheSameTerms) {
  const Terms terms = GoodTerms();
  const std::string text = WriteSource(terms);
  std::vector<Problem> problems;
  const auto again = ParseSource(text, "expanded.toml", problems);
  for (const Problem& problem : problems) ADD_FAILURE() << problem.line << "\n" << text;
  ASSERT_TRUE(again.ok());
  const auto difference = FirstDifference(terms, *again);
  EXPECT_FALSE(difference) << FieldName(difference->field) << difference->theirs.view();
  EXPECT_EQ(WriteSource(*again), text);
}

TEST(Source, CalibrationsAreSortedAndReadBack) {
  const auto read = [](const std::string& list, std::vector<Problem>& problems) {
    return ParseSource(std::string(kFirst) + "[sleep]\nresidency_max = \"hot\"\n" +
                           "calibrations = " + list + "\n",
                       "a.toml", problems);
  };
  const auto quoted = [](std::size_t digits, char digit) {
    return '"' + std::string(digits, digit) + '"';
  };
  std::vector<Problem> problems;
  const std::string two = "[" + quoted(64, 'b') + ", " + quoted(64, 'a') + "]";
  const auto terms = read(two, problems);
  ASSERT_TRUE(terms.ok()) << problems[0].line;
  ASSERT_EQ(terms->calibrations().size(), 2U);
  EXPECT_EQ(terms->calibrations()[0].front(), std::byte{0xAA});
  EXPECT_EQ(terms->calibrations()[1].back(), std::byte{0xBB});
  const std::string text = WriteSource(*terms);
  const auto again = ParseSource(text, "again.toml", problems);
  ASSERT_TRUE(again.ok()) << problems[0].line;
  EXPECT_FALSE(FirstDifference(*terms, *again));
  EXPECT_EQ(WriteSource(*again), text);

  for (const auto& [list, status, says] :
       {std::tuple{quoted(64, 'a'), Status::kTomlType, "a list of texts"},
        {"[1]", Status::kTomlType, "a list of texts"},
        {"[\"\"]", Status::kOutOfRange, "64 lower-case hex digits, not ''"},
        {"[" + quoted(63, 'a') + "]", Status::kOutOfRange, "64 lower-case hex digits"},
        {"[" + quoted(65, 'a') + "]", Status::kOutOfRange, "64 lower-case hex digits"},
        {"[" + quoted(64, 'A') + "]", Status::kOutOfRange, "64 lower-case hex digits"},
        {"[" + quoted(64, 'g') + "]", Status::kOutOfRange, "64 lower-case hex digits"},
        {"[\"\", \"\", \"\"]", Status::kFieldTooLong, "3 entries, allowed are 0 to 2"}}) {
    problems.clear();
    EXPECT_EQ(read(list, problems).status(), status) << list;
    ASSERT_FALSE(problems.empty()) << list;
    EXPECT_THAT(problems[0].line, HasSubstr(says)) << list;
  }
}

TEST(Source, SaysWhereAndWhatIsWrong) {
  const std::string first = kFirst;
  const Wrong cases[] = {
      {"perod = \"60s\"", Status::kTomlUnknownKey, "nearest is 'period'"},
      {"gateway = \"https://x\"", Status::kTomlUnknownKey, "'telemetry.gateway'"},
      {"period = 60", Status::kTomlUnit, "period has no unit"},
      {"period = \"60\"", Status::kTomlUnit, "its units are ms, s, min, h"},
      {"period = \"60 kg\"", Status::kTomlUnit, "its units are ms, s, min, h"},
      {"period = \"0.0001 s\"", Status::kTomlUnit, "no whole number of ms"},
      {"period = 60.0", Status::kTomlType, "a float, which no contract has"},
      {"period = true", Status::kTomlType, "of another type"},
      {"period = \"1 ms\"", Status::kOutOfRange, "allowed are 1 s to 3600 s"},
      {"epoch = -1", Status::kOutOfRange, "negative"},
      {"epoch = 0", Status::kOutOfRange, "epoch is 0, allowed are 1 to 1000000"},
      {"epoch = nan", Status::kTomlType, "a float"},
      {"profile = \"prodction\"", Status::kOutOfRange, "\"production\", \"bench\""},
      {"sensors = 3", Status::kTomlType, "[[sensors]]"},
      {"mcu = 3", Status::kTomlUnknownKey, "mcu"},
      {"epoch = = 2", Status::kTomlSyntax, ""},
      {"epoch = 1\nepoch = 2", Status::kTomlSyntax, ""},
  };
  for (const Wrong& wrong : cases) {
    const auto problems = ProblemsOf(wrong.line + "\n" + first);
    ASSERT_FALSE(problems.empty()) << wrong.line;
    EXPECT_EQ(problems[0].status, wrong.status) << wrong.line << problems[0].line;
    EXPECT_THAT(problems[0].line, HasSubstr(wrong.says)) << wrong.line;
    EXPECT_THAT(problems[0].line,
                StartsWith(wrong.line.find('\n') == std::string::npos ? "a.toml:1:"
                                                                      : "a.toml:2:"));
  }
}

// What a source says reaches a terminal; found by a fuzzer.
TEST(Source, AProblemIsOneLineWhateverTheSourceSays) {
  for (const std::string& text :
       {std::string("nqme = n\n"), std::string("\"a\x1b[2Jb\" = 1\n"),
        "\"" + std::string(100'000, 'k') + "\" = 1\n"}) {
    for (const Problem& problem : ProblemsOf(text)) {
      EXPECT_TRUE(std::ranges::all_of(problem.line, [](char c) {
        return c >= ' ' && c <= '~';
      })) << problem.line;
      EXPECT_LT(problem.line.size(), 500U);
    }
  }
}

TEST(Source, RefusesDatesWithoutAnOffsetAndTargetsOfNoKind) {
  const auto replaced = [](const std::string& from, const std::string& to) {
    std::string text = kFirst;
    text.replace(text.find(from), from.size(), to);
    return ProblemsOf(text);
  };
  EXPECT_EQ(
      replaced("issued_at = 2026-11-23", "issued_at = 2026-11-23T01:02:03").at(0).status,
      Status::kTomlType);
  EXPECT_EQ(replaced("issued_at = 2026-11-23", "issued_at = 1999-01-01").at(0).status,
            Status::kOutOfRange);
  EXPECT_EQ(replaced("robot:r-17", "r-17").at(0).status, Status::kOutOfRange);
  EXPECT_EQ(replaced("[\"robot:r-17\", \"group:hall-3\"]", "[]").at(0).status,
            Status::kOutOfRange);
  EXPECT_EQ(replaced("warehouse-60s", "warehouse-61s").at(0).status,
            Status::kTomlUnknownBase);
  EXPECT_EQ(replaced("fleet = \"north-hall\"\n", "").at(0).status,
            Status::kTomlMissingKey);
  EXPECT_EQ(ProblemsOf("").size(), 50U) << "every key but the optional lists";
}

TEST(Source, ATimeOfDayHonoursItsOffset) {
  std::string text = kFirst;
  text.replace(text.find("issued_at = 2026-11-23"), 22,
               "issued_at = 2026-11-23T02:00:00+02:00");
  std::vector<Problem> problems;
  const auto terms = ParseSource(text, "a.toml", problems);
  ASSERT_TRUE(terms.ok());
  EXPECT_EQ(FormatDate(terms->issued_at_s), "2026-11-23T00:00:00Z");
}

TEST(Quantity, IsExactOrRefused) {
  EXPECT_EQ(*ParseQuantity("60s", TimeUnits()), 60'000U);
  EXPECT_EQ(*ParseQuantity("54.5 s", TimeUnits()), 54'500U);
  EXPECT_EQ(*ParseQuantity("25.6 kHz", RateUnits()), 25'600'000U);
  EXPECT_EQ(*ParseQuantity("2.2 W", PowerUnits()), 2'200'000U);
  EXPECT_EQ(*ParseQuantity("0.5 %", ShareUnits()), 5U);
  for (const char* bad : {"", "s", "60", "60 S", "6 0 s", ".5 s", "5. s", "-5 s", "1e3 s",
                          "1.0001 s", "9999999999999999 s", "60 s ", " 60 s"}) {
    EXPECT_EQ(ParseQuantity(bad, TimeUnits()).status(), Status::kTomlUnit) << bad;
  }
}

TEST(Quantity, IsWrittenAsItIsRead) {
  for (const std::uint64_t value : {1ULL, 999ULL, 1000ULL, 1001ULL, 54'500ULL, 60'000ULL,
                                    2'200'000ULL, 4'294'967'295ULL, 10'000'000'000ULL}) {
    for (const Units units :
         {TimeUnits(), PowerUnits(), EnergyUnits(), RateUnits(), ShareUnits()}) {
      const std::string text = FormatQuantity(value, units);
      const auto again = ParseQuantity(text, units);
      ASSERT_TRUE(again.ok()) << text;
      EXPECT_EQ(*again, value) << text;
    }
  }
  EXPECT_EQ(FormatQuantity(54'500, TimeUnits()), "54.5 s");
}

TEST(SourceKeys, EveryFieldHasExactlyOneKey) {
  ASSERT_EQ(SourceKeys().size(), Fields().size());
  for (const Field& field : Fields()) {
    EXPECT_NE(SourcePath(field.number), "?") << field.name;
  }
}

// No such name can be signed, but what people wrote is shown as they wrote it.
TEST(Source, QuotesAndBackslashesAreWrittenOutAsTheyWereRead) {
  Terms terms = GoodTerms();
  terms.name.Assign("a\\b\"c\\\\ \b\x7F\x1F");
  std::vector<Problem> problems;
  const auto again = ParseSource(WriteSource(terms), "again.toml", problems);
  ASSERT_TRUE(again.ok()) << problems[0].line;
  EXPECT_EQ(again->name.view(), terms.name.view());
}

}  // namespace
}  // namespace torpor::contract::sign
