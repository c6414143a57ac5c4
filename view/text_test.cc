#include "view/text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "view/bars.h"
#include "view/frame.h"

namespace torpor::view {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using telemetry::Phase;

TEST(Text, LeavesNothingThatATerminalWouldObey) {
  EXPECT_EQ(Safe("sim-0001"), "sim-0001");
  EXPECT_EQ(Safe("a\x1b[31mred\x1b]0;title\x07"), "a?[31mred?]0;title?");
  EXPECT_EQ(Safe("two\r\nlines\tand\x7f"), "two??lines?and?");
  EXPECT_EQ(Safe("\xc2\x9b"
                 "31m"),
            "?31m")
      << "C1: CSI in one character";
  EXPECT_EQ(Safe("\xe2\x80\xae"
                 "abc"),
            "?abc")
      << "right to left";
  EXPECT_EQ(Safe("\xff\xfe\xc3"), "???") << "no UTF-8";
  EXPECT_EQ(Safe("\xc3\xa9t\xc3"), "?t?");
  EXPECT_EQ(Safe("\x9b\x9b\x80"), "???") << "bytes that begin no character";
  EXPECT_EQ(Safe(std::string("\0x", 2)), "?x");
}

TEST(Text, ALineIsCutToTheColumnsOfATerminalAndSaysSo) {
  Line line;
  line.Add("score ", Tone::kHead).Add("▁▂▃▄▅▆▇█").Add("x");
  EXPECT_EQ(line.columns(), 15U);
  EXPECT_EQ(Fit(line, 15).text(), line.text());
  EXPECT_EQ(Fit(line, 14).text(), "score ▁▂▃▄▅▆▇~");
  EXPECT_EQ(Fit(line, 14).columns(), 14U);
  EXPECT_EQ(Fit(line, 6).text(), "score~");
  EXPECT_EQ(Fit(line, 1).text(), "~");
  EXPECT_EQ(Fit(line, 0).text(), "");
  EXPECT_EQ(FitText("abcdef", 4), "abc~");
}

TEST(Text, TimesAreSaidInWhatAPersonReads) {
  EXPECT_EQ(InWords(117ms), "117 ms");
  EXPECT_EQ(InWords(Microseconds(999'600)), "1.00 s");
  EXPECT_EQ(InWords(9880ms), "9.88 s");
  EXPECT_EQ(InWords(60s), "60.0 s");
  EXPECT_EQ(InWords(192s), "3 min 12 s");
  EXPECT_EQ(InWords(2h + 5min), "2 h 05 min");
  EXPECT_EQ(InWords(76h), "3 d 04 h");
  EXPECT_EQ(InWords(-192s), "-3 min 12 s");
  EXPECT_EQ(InWords(Microseconds::min()).front(), '-');
  EXPECT_EQ(DateOf(1'796'071'316'900'000), "2026-11-30 20:41:56");
  EXPECT_EQ(ClockOf(-1), "23:59:59");
}

TEST(Bars, AValueStandsAgainstItsLimit) {
  const Look ascii, utf8{.utf8 = true};
  EXPECT_EQ(LimitBar(0.5, 1, 20, ascii), "#####     |         ");
  EXPECT_EQ(LimitBar(1.5, 1, 20, ascii), "##########|####     ");
  EXPECT_EQ(LimitBar(4.0, 1, 20, ascii), "#####|##############");
  EXPECT_EQ(LimitBar(0.0, 1, 4, ascii), "  | ");
  EXPECT_EQ(LimitBar(0.5, 1, 8, utf8), "██  |   ");
  EXPECT_EQ(LimitBar(std::nullopt, 1, 8, utf8), "?   |   ");
  EXPECT_EQ(LimitBar(std::nan(""), 1, 8, ascii), "?   |   ");
  EXPECT_EQ(LimitBar(-3.0, 1, 8, ascii), "    |   ");
  EXPECT_EQ(Columns(LimitBar(1e300, 1, 8, utf8)), 8U);
  EXPECT_EQ(LimitBar(1.0, 1, 1, ascii), "|");
  EXPECT_EQ(LimitBar(1.0, 0, 4, ascii).size(), 4U);
}

TEST(Bars, AHistoryShowsTheNewestAndSaysWhatIsNotKnown) {
  const std::vector<std::optional<double>> values = {9, 0, 1, std::nullopt, 3, 7};
  EXPECT_EQ(Sparkline(values, 5, {.utf8 = true}), "▁▂?▄█");
  EXPECT_EQ(Sparkline(values, 6, {}), "#_.?:+") << "the scale is that of what is shown";
  EXPECT_EQ(Sparkline(std::vector<std::optional<double>>{24.6, 24.61}, 9, {}), "==")
      << "no noise";
  EXPECT_EQ(Sparkline({}, 9, {}), "");
}

TEST(Bars, PhasesAreToScaleAndNoneThatTookTimeIsLost) {
  const std::vector<std::pair<Phase, Microseconds>> cycle = {{Phase::kSleep, 58s},
                                                             {Phase::kWake, 0s},
                                                             {Phase::kCollect, 2s},
                                                             {Phase::kInfer, 60ms}};
  EXPECT_EQ(PhaseBar(cycle, 20), "zzzzzzzzzzzzzzzzzzci");
  EXPECT_EQ(PhaseBar(cycle, 1), "zci") << "at least one column each";
  EXPECT_EQ(PhaseBar({}, 20), "");
  const std::vector<std::pair<Phase, Microseconds>> halves = {{Phase::kSleep, 1s},
                                                              {Phase::kInfer, 1s}};
  EXPECT_EQ(PhaseBar(halves, 5).size(), 5U);
}

TEST(Frame, FitsAnyTerminalAndKeepsItsKeys) {
  for (const std::size_t rows : {1U, 2U, 5U, 30U}) {
    for (const std::size_t columns : {1U, 20U, 200U}) {
      for (const Subject subject : {Subject::kRobot, Subject::kFleet}) {
        const auto help = HelpLines(subject, {columns, rows, true});
        ASSERT_EQ(help.size(), rows);
        for (const Line& line : help) EXPECT_LE(line.columns(), columns);
        EXPECT_EQ(help.back().text().front(), columns > 1 ? 'q' : '~');
      }
    }
  }
}

TEST(Frame, DropsBlankLinesBeforeWhatSaysSomething) {
  const auto line = [](const char* text) { return Line{}.Add(text); };
  const auto fitted =
      Fitted({line("a"), {}, line("b"), {}, line("c")}, line("keys"), {9, 5, false});
  EXPECT_EQ(fitted[0].text(), "a");
  EXPECT_EQ(fitted[2].text(), "b");
  EXPECT_EQ(fitted[3].text(), "c");
  EXPECT_EQ(fitted[4].text(), "keys");
}

}  // namespace
}  // namespace torpor::view
