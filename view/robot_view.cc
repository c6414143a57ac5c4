#include "view/robot_view.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "contract/digest.h"
#include "view/bars.h"
#include "view/cycle_words.h"
#include "view/frame.h"

namespace torpor::view {
namespace {

using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::Verdict;

constexpr std::size_t kLabels = 10;  // columns
constexpr std::size_t kMostBar = 60;
constexpr std::size_t kMostDeviations = 20;

Line Labelled(const char* label) {
  Line line;
  line.Add(label, Tone::kQuiet).To(kLabels);
  return line;
}

std::string NameOfContract(const contract::sign::NamedContract& contract) {
  const auto id = contract::Hex(contract::ShortOf(contract.id));
  return Print("%s %u.%llu (%s)", Safe(contract.name).c_str(), contract.version.epoch,
               static_cast<unsigned long long>(contract.version.number),
               std::string(id.view()).c_str());
}

// What is shown, part by part.
class Screen {
 public:
  Screen(const RobotReading& reading, const RobotShow& show, const Look& look)
      : reading_(reading), show_(show), look_(look) {
    const std::size_t count = reading.cycles.size();
    if (count > 0) {
      shown_ = std::span(reading.cycles).first(count - std::min(show.back, count - 1));
    }
  }

  std::vector<Line> All() {
    Head();
    Now();
    Alarms();
    if (shown_.empty()) {
      Blank();
      lines_.push_back(Labelled("CYCLE").Add("none is in the journal yet", Tone::kOdd));
    } else {
      Cycle(shown_.back());
      History();
      Deviated();
    }
    return std::move(lines_);
  }

 private:
  Line& Put(const char* label) { return lines_.emplace_back(Labelled(label)); }
  void Blank() { lines_.emplace_back(); }
  // A third of the line, so that there is room for words.
  [[nodiscard]] std::size_t BarColumns() const {
    return std::clamp<std::size_t>(look_.columns / 3, 8, kMostBar);
  }
  // Its label before the first of at most so many lines, blanks before the others.
  void PutWrapped(const char* label, const std::string& text, Tone tone,
                  std::size_t most) {
    const std::size_t wide =
        look_.columns > kLabels + 10 ? look_.columns - kLabels : look_.columns;
    bool first = true;
    for (std::string& line : Wrapped(text, wide, most)) {
      Put(std::exchange(first, false) ? label : "").Add(std::move(line), tone);
    }
  }

  void Head() {
    const contract::Terms* terms = reading_.known_terms();
    Line& title = lines_.emplace_back();
    title.Add(reading_.robot.empty() ? "a robot whose name nobody says" : reading_.robot,
              Tone::kHead);
    if (terms != nullptr) title.Add(" of " + Safe(terms->fleet.view()), Tone::kHead);
    title.Add("  " + DateOf(show_.now_us) + " UTC", Tone::kQuiet);
    if (show_.clock == Clock::kLast) {
      title.Add(reading_.simulated ? ", its own time: it is simulated"
                                   : ", the moment of its last commit",
                Tone::kQuiet);
    } else if (show_.clock == Clock::kGiven) {
      title.Add(", as was asked", Tone::kQuiet);
    }
    Line& contract = Put("contract");
    if (reading_.report && reading_.report->active) {
      contract.Add(NameOfContract(*reading_.report->active));
    } else {
      contract.Add("unknown: torpord has not said which it obeys", Tone::kOdd);
    }
    if (terms != nullptr) {
      contract.Add(", period " + InWords(Microseconds(terms->period)));
    } else {
      contract.Add(", period unknown", Tone::kOdd);
    }
    if (reading_.report) More(*reading_.report);
  }
  // Contracts on their way, and refusals.
  void More(const contract::sign::ActivationReport& report) {
    if (report.trial_cycles_left) {
      Put("").Add(Print("on trial, %u cycles left", *report.trial_cycles_left),
                  Tone::kOdd);
    }
    const auto& next = report.staged ? report.staged : report.wanted;
    if (next) {
      Put("").Add("to be followed by " + NameOfContract(*next), Tone::kOdd);
    }
    if (report.refused) PutWrapped("REFUSED", Safe(report.refused->text), Tone::kBad, 2);
  }

  void Now() {
    const Standing standing =
        StandingAt(show_.now_us, reading_.last(), reading_.known_terms());
    const bool bad = standing.doing == Doing::kOverdue;
    const bool odd =
        standing.doing == Doing::kUnknown || standing.doing == Doing::kClocks;
    PutWrapped("now", InWords(standing, reading_, show_.now_us),
               bad   ? Tone::kBad
               : odd ? Tone::kOdd
                     : Tone::kPlain,
               3);
  }

  void Alarms() {
    const CycleRecord* last = reading_.last();
    const bool anomaly = last != nullptr && last->verdict == Verdict::kAnomaly;
    if (anomaly) {
      std::string text = "it does not sound as it did when it was well";
      if (reading_.episode) {
        text = reading_.episode->what +
               Print(", since cycle %" PRIu64, reading_.episode->cycle);
        if (!reading_.episode->because.empty()) text += ": " + reading_.episode->because;
      }
      PutWrapped("ALARM", text, Tone::kBad, 3);
    }
    if (reading_.undelivered == 0) return;
    PutWrapped(anomaly ? "" : "ALARMS",
               Print("%" PRIu64 " undelivered: not all who are to know have confirmed",
                     reading_.undelivered),
               Tone::kOdd, 2);
    if (anomaly || reading_.alarms.empty()) return;
    const OpenAlarm& newest = reading_.alarms.front();
    PutWrapped(
        "",
        Print("cycle %" PRIu64 ": ", newest.cycle) + newest.what + ": " + newest.because,
        Tone::kPlain, 2);
  }

  void Cycle(const CycleRecord& record) {
    Blank();
    Line& head = lines_.emplace_back();
    head.Add(Print("CYCLE %" PRIu64, record.cycle), Tone::kHead);
    head.Add("  woke " + ClockOf(record.wall_us));
    if (const auto interval = IntervalOf(record)) {
      head.Add(Print(", inferred %.1f s after the one before", *interval));
    } else {
      head.Add(record.inferred ? ", inferred for the first time in this boot"
                               : ", did not infer",
               record.inferred ? Tone::kPlain : Tone::kOdd);
    }
    if (show_.back > 0) {
      head.Add(Print("  (%zu before the newest)", reading_.cycles.size() - shown_.size()),
               Tone::kOdd);
    }
    Phases(record);
    Score(record);
    Energy(record);
    Batch(record);
    Woken(record);
  }

  void Phases(const CycleRecord& record) {
    // A record begins with the report and the sleep after the commit before.
    constexpr std::array kOrder = {Phase::kReport,  Phase::kSleep, Phase::kWake,
                                   Phase::kCollect, Phase::kInfer, Phase::kRelease,
                                   Phase::kJudge};
    std::vector<std::pair<Phase, Microseconds>> all, awake;
    Microseconds up{};
    std::string words;
    for (const Phase phase : kOrder) {
      const Microseconds took = PhaseOf(record, phase);
      all.emplace_back(phase, took);
      if (phase == Phase::kSleep) continue;
      awake.emplace_back(phase, took);
      up += took;
      if (took.count() > 0) {
        words += (words.empty() ? "" : ", ") + std::string(NameOf(phase)) + " " +
                 InWords(took);
      }
    }
    const Microseconds whole = TimeOf(record), asleep = PhaseOf(record, Phase::kSleep);
    const std::size_t columns = BarColumns();
    Put("slept")
        .Add(PhaseBar(all, columns), Tone::kQuiet)
        .Add("  " + InWords(asleep) + " of " + InWords(whole))
        .Add(whole.count() > 0
                 ? Print(" (%.2f %%)", 100 * static_cast<double>(asleep.count()) /
                                           static_cast<double>(whole.count()))
                 : "");
    Put("awake")
        .Add(PhaseBar(awake, columns), Tone::kQuiet)
        .Add("  " + InWords(up) + (words.empty() ? "" : ":"));
    // Beside the bar where there is room, else below it.
    if (lines_.back().columns() + 1 + words.size() <= look_.columns) {
      lines_.back().Add(" " + words);
    } else {
      PutWrapped("", words, Tone::kPlain, 2);
    }
  }

  void Score(const CycleRecord& record) {
    const auto score = ScoreOf(record);
    const Tone tone = ToneOf(record.verdict);
    Line& line = Put("score");
    if (score) {
      line.Add(LimitBar(score, 1, BarColumns(), look_), tone)
          .Add(Print("  %.2f of 1.00, ", *score))
          .Add(VerdictInWords(record), tone);
    } else {
      line.Add("unknown; ").Add(VerdictInWords(record), tone);
    }
  }

  void Energy(const CycleRecord& record) {
    const contract::Terms* terms = reading_.known_terms();
    const auto joules = JoulesOf(record);
    Line& line = Put("energy");
    if (!joules) {
      line.Add("unknown", Tone::kOdd);
      return;
    }
    const bool over = OverBudget(record, terms);
    if (terms != nullptr) {
      const double budget = static_cast<double>(terms->cycle_budget.value) / 1e6;
      line.Add(LimitBar(joules, budget, BarColumns(), look_),
               over ? Tone::kBad : Tone::kGood)
          .Add("  " + Joules(*joules) + " of " + Joules(budget));
    } else {
      line.Add(Joules(*joules) + " of a budget that is unknown");
    }
    line.Add(record.metered ? ", metered" : ", modelled");
    if (over) line.Add(", OVER BUDGET", Tone::kBad);
  }

  void Batch(const CycleRecord& record) {
    const contract::Terms* terms = reading_.known_terms();
    Line& line = Put("batch");
    if (record.batch_sequence == 0) {
      line.Add("none", Tone::kOdd);
    } else {
      const bool old = terms != nullptr && record.batch_age > terms->max_batch_age;
      line.Add("age " + InWords(record.batch_age), old ? Tone::kBad : Tone::kPlain);
      if (terms != nullptr) {
        line.Add(" of " + InWords(Microseconds(terms->max_batch_age)));
      }
      if (old) line.Add(", TOO OLD", Tone::kBad);
    }
    if (DroppedOf(record) == 0) {
      line.Add("; none dropped");
      return;
    }
    line.Add(Print("; dropped: %u overwritten, %u too old, %u corrupt, %u lost",
                   record.dropped_overrun, record.dropped_stale, record.dropped_corrupt,
                   record.dropped_gap),
             Tone::kOdd);
  }

  void Woken(const CycleRecord& record) {
    const contract::Terms* terms = reading_.known_terms();
    Line& line = Put("wake-ups");
    if (reading_.simulated && record.wakeups_asleep == 0 && record.wakeups_awake == 0) {
      line.Add("unmetered in compressed time", Tone::kOdd);
    } else {
      line.Add(Print("%u asleep", record.wakeups_asleep),
               record.wakeups_asleep > 0 ? Tone::kBad : Tone::kPlain);
      if (record.wakeups_asleep > 0) line.Add(" (NONE IS ALLOWED)", Tone::kBad);
      line.Add(Print(", %u awake", record.wakeups_awake));
      if (terms != nullptr) line.Add(Print(" of %u", terms->awake_wakeups_max));
    }
    line.Add("; rest ");
    if (record.slept) {
      line.Add(Print("proved in %.1f %% of it", 100 * *record.slept),
               *record.slept < 0.5 ? Tone::kBad : Tone::kPlain);
    } else {
      line.Add("not proved", Tone::kOdd);
    }
  }

  void History() {
    Blank();
    const std::size_t columns = std::max<std::size_t>(
        look_.columns > kLabels + 32 ? look_.columns - kLabels - 32 : 0, 8);
    const auto cycles = shown_.last(std::min(shown_.size(), columns));
    lines_.emplace_back()
        .Add(Print(show_.back > 0 ? "%zu CYCLES UP TO IT" : "LAST %zu CYCLES",
                   cycles.size()),
             Tone::kHead)
        .To(kLabels + columns + 2)
        .Add("   least   median     most", Tone::kQuiet);
    const auto row = [&](const char* label, const char* format, auto of) {
      std::vector<std::optional<double>> values;
      std::vector<double> known;
      for (const CycleRecord& record : cycles) {
        values.push_back(of(record));
        if (values.back()) known.push_back(*values.back());
      }
      Line& line = Put(label);
      line.Add(Sparkline(values, columns, look_)).To(kLabels + columns + 2);
      if (known.empty()) {
        line.Add(" unknown", Tone::kOdd);
        return;
      }
      std::ranges::sort(known);
      for (const double value : {known.front(), known[known.size() / 2], known.back()}) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), format, value);
        line.Add(text.data()).Add(" ");
      }
    };
    row("score", "%8.2f", ScoreOf);
    row("energy J", "%8.1f", JoulesOf);
    row("apart s", "%8.1f", IntervalOf);
  }

  void Deviated() {
    Blank();
    const auto deviations = Deviations(shown_, kMostDeviations);
    lines_.emplace_back()
        .Add("DEVIATIONS", Tone::kHead)
        .Add(deviations.empty() ? Print("  none in the last %zu cycles", shown_.size())
                                : std::string("  newest first"),
             Tone::kQuiet);
    for (const auto& one : deviations) {
      const bool now = one.last == shown_.back().cycle;
      std::string when = ClockOf(one.wall_us) + Print("  cycle %" PRIu64, one.last);
      if (one.first != one.last) {
        when = ClockOf(one.wall_us) +
               Print("  cycles %" PRIu64 " to %" PRIu64, one.first, one.last);
      }
      lines_.emplace_back()
          .Add("  " + when, now ? Tone::kBad : Tone::kPlain)
          .Add(now ? "  in this cycle" : "", Tone::kBad);
      const std::size_t wide = look_.columns > 24 ? look_.columns - 4 : look_.columns;
      for (std::string& line : Wrapped(InWords(one), wide, 3)) {
        lines_.emplace_back().Add("    ").Add(std::move(line));
      }
    }
  }

  const RobotReading& reading_;
  const RobotShow& show_;
  const Look& look_;
  std::span<const CycleRecord> shown_;  // up to the one that is shown
  std::vector<Line> lines_;
};

}  // namespace

std::vector<Line> RobotLines(const RobotReading& reading, const RobotShow& show,
                             const Look& look) {
  if (show.help) return HelpLines(Subject::kRobot, look);
  return Fitted(Screen(reading, show, look).All(), KeysOf(Subject::kRobot), look);
}

}  // namespace torpor::view
