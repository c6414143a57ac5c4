#include "report/words.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <numeric>

#include "core/status_table.h"

namespace torpor::report {
namespace {

using telemetry::CycleRecord;

template <class... Values>
std::string Print(const char* format, Values... values) {
  std::array<char, 400> text{};
  const int length = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, 399))};
}

double Joules(Microjoules energy) { return static_cast<double>(energy.value) / 1e6; }
double Seconds(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }

std::string Plural(std::uint64_t number, const char* one, const char* many) {
  return Count(number) + " " + (number == 1 ? one : many);
}

// A share as per cent, never rounded up to all of it.
std::string PerCent(double share) {
  const double rounded = share < 1 ? std::min(100 * share, 99.99) : 100 * share;
  return Print(rounded > 99.9 && rounded < 100 ? "%.2f %%" : "%.1f %%", rounded);
}

std::string MeanEnergy(const Collected& collected, const Summary& sum) {
  const Microjoules all{sum.energy[0].value + sum.energy[1].value};
  return Print("%.1f J", Joules(all) / static_cast<double>(collected.cycles.size()));
}

std::string HowEnergy(const Summary& sum) {
  if (sum.cycles_by_energy[1] == 0) return "modelled, not measured";
  if (sum.cycles_by_energy[0] == 0) return "metered";
  return "metered in " + Plural(sum.cycles_by_energy[1], "cycle", "cycles") +
         ", modelled in " + Count(sum.cycles_by_energy[0]);
}

double SleptShare(const Summary& sum) {
  const double elapsed = Seconds(sum.elapsed());
  return elapsed > 0 ? Seconds(sum.asleep()) / elapsed : 0;
}

// The cycles that begin an episode; what they say of themselves is in the alarms.
std::vector<const CycleRecord*> Bearings(const Collected& collected) {
  std::vector<const CycleRecord*> found;
  for (const CycleRecord& record : collected.cycles) {
    if (record.alarm) found.push_back(&record);
  }
  return found;
}

std::string AlarmSentence(const Collected& collected) {
  const auto bearings = Bearings(collected);
  if (bearings.empty()) return "No alarm of a bearing was raised.";
  const CycleRecord& first = *bearings.front();
  std::string text = bearings.size() == 1
                         ? "One alarm was raised"
                         : Count(bearings.size()) + " alarms were raised, the first";
  text += ", " + When(first.wall_us) + ", in cycle " + Count(first.cycle);
  for (const RaisedAlarm& alarm : collected.alarms) {
    if (alarm.cycle != first.cycle || alarm.kind == "contract") continue;
    text += ": " + alarm.what;
    if (!alarm.because.empty()) text += " (" + alarm.because + ")";
    break;
  }
  return text + ".";
}

std::string KeptSentence(const Collected& collected, const Summary& sum) {
  const std::uint64_t all = collected.cycles.size();
  if (sum.without_deviation == all) {
    return "It kept its contract in " +
           (all == 1 ? "its one cycle"
                     : "every one of its " + Plural(all, "cycle", "cycles")) +
           ": nothing deviated.";
  }
  std::string worst;
  std::vector<std::pair<Status, Cause>> causes(sum.deviations.begin(),
                                               sum.deviations.end());
  std::ranges::stable_sort(causes, std::greater{},
                           [](const auto& row) { return row.second.cycles; });
  for (std::size_t i = 0; i < causes.size() && i < 3; ++i) {
    worst += (i == 0 ? "" : "; ") + std::string(Info(causes[i].first).meaning) + " (" +
             Plural(causes[i].second.cycles, "cycle", "cycles") + ")";
  }
  return "It kept its contract in " + Count(sum.without_deviation) + " of " +
         Plural(all, "cycle", "cycles") + "; in the others something deviated: " + worst +
         (causes.size() > 3 ? Print("; and %zu more", causes.size() - 3) : "") + ".";
}

std::string EnergySentence(const Collected& collected, const Summary& sum) {
  std::string text = "A cycle cost " + MeanEnergy(collected, sum) + " on average, " +
                     Print("%.1f J", Joules(sum.worst)) + " at worst";
  const contract::Terms* terms = MainTerms(collected);
  text += terms == nullptr ? std::string("; its budget is not known")
                           : Print(", of %.1f J allowed", Joules(terms->cycle_budget));
  return text + " (" + HowEnergy(sum) + ").";
}

// From the beginning of the first record to the last waking.
Microseconds Span(const Collected& collected) {
  const auto& phases = collected.cycles.front().phases;
  return collected.at.back() +
         std::accumulate(phases.begin(), phases.end(), Microseconds{});
}

std::string FromTo(const std::string& from, const std::string& to) {
  return from == to ? "at " + from : "from " + from + " to " + to;
}

std::string DroppedNote(const Summary& sum) {
  const std::uint64_t dropped =
      sum.dropped[0] + sum.dropped[1] + sum.dropped[2] + sum.dropped[3];
  return dropped == 0 ? "no batch dropped"
                      : Plural(dropped, "batch", "batches") + " dropped";
}

}  // namespace

std::string Count(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string When(std::int64_t wall_us) {
  const std::time_t seconds = wall_us / 1'000'000 - (wall_us % 1'000'000 < 0 ? 1 : 0);
  std::tm utc{};
  std::array<char, 64> text{};
  if (::gmtime_r(&seconds, &utc) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc) == 0) {
    return "second " + std::to_string(seconds) + " of Unix time";
  }
  return text.data();
}

std::string Lasting(Microseconds time) {
  const double seconds = Seconds(time);
  if (seconds < 120) return Print("%.0f s", seconds);
  if (seconds < 2 * 3600) return Print("%.0f min", seconds / 60);
  if (seconds < 4 * 86'400) return Print("%.1f hours", seconds / 3600);
  return Print("%.1f days", seconds / 86'400);
}

Account InWords(const Collected& collected, const Summary& sum) {
  Account verdict;
  const std::uint64_t all = collected.cycles.size();
  if (all == 0) {
    verdict.headline = "No cycle is journalled";
    verdict.sentences = {
        collected.journalled == 0
            ? "The journal is there and empty: torpord has not finished a "
              "cycle yet, or refuses to run."
            : "None of the journal's " + Plural(collected.journalled, "cycle", "cycles") +
                  " lies in the time that was asked for."};
    return verdict;
  }
  const bool kept = sum.without_deviation == all;
  const bool alarm = !Bearings(collected).empty();
  verdict.grade = alarm  ? Account::Grade::kAlarm
                  : kept ? Account::Grade::kKept
                         : Account::Grade::kDeviated;
  verdict.headline =
      kept ? "Kept its contract"
           : "Deviated in " + Plural(all - sum.without_deviation, "cycle", "cycles");
  if (alarm) verdict.headline += "; an alarm was raised";

  const std::string who =
      collected.robot.empty() ? "This robot" : "Robot " + collected.robot;
  const CycleRecord& first = collected.cycles.front();
  const CycleRecord& last = collected.cycles.back();
  verdict.sentences.push_back(who + " ran " + Plural(all, "cycle", "cycles") + " in " +
                              Lasting(Span(collected)) + ", " +
                              FromTo(When(first.wall_us), When(last.wall_us)) + ".");
  verdict.sentences.push_back(KeptSentence(collected, sum));
  verdict.sentences.push_back(
      "It slept " + PerCent(SleptShare(sum)) + " of the recorded time and inferred " +
      Plural(sum.inferences, "time", "times") + ", with " + DroppedNote(sum) + ".");
  verdict.sentences.push_back(EnergySentence(collected, sum));
  verdict.sentences.push_back(AlarmSentence(collected));
  return verdict;
}

std::vector<Figure> Figures(const Collected& collected, const Summary& sum) {
  const std::uint64_t all = collected.cycles.size();
  if (all == 0) return {};
  const contract::Terms* terms = MainTerms(collected);
  std::vector<Figure> figures;
  figures.push_back(
      {"Contract kept",
       PerCent(static_cast<double>(sum.without_deviation) / static_cast<double>(all)),
       Count(sum.without_deviation) + " of " + Plural(all, "cycle", "cycles") +
           " without a deviation"});
  figures.push_back({"Asleep", PerCent(SleptShare(sum)),
                     "of the recorded time; " +
                         (sum.wakeups_asleep > 0
                              ? "woken " + Plural(sum.wakeups_asleep, "time", "times")
                          : sum.sleep_unseen == all ? "wakings not measured"
                                                    : "never woken")});
  figures.push_back(
      {"Energy a cycle", MeanEnergy(collected, sum),
       (terms == nullptr ? std::string("budget not known; ")
                         : Print("of %.0f J; ", Joules(terms->cycle_budget))) +
           HowEnergy(sum)});
  figures.push_back({"Inferences", Count(sum.inferences), DroppedNote(sum)});
  figures.push_back({"Highest score",
                     sum.highest_score ? Print("%.2f", *sum.highest_score) : "none",
                     sum.highest_score ? "1 is the threshold" : "every cycle abstained"});
  const auto bearings = Bearings(collected);
  figures.push_back({"Bearing alarms", Count(bearings.size()),
                     bearings.empty() ? std::string("none was raised")
                                      : "first " + When(bearings.front()->wall_us)});
  return figures;
}

std::vector<std::string> NotKnown(const Collected& collected, const Summary& sum) {
  std::vector<std::string> list;
  if (collected.cycles.empty()) return list;
  const auto say = [&list](std::string text) { list.push_back(std::move(text)); };
  const auto cycles = [](std::uint64_t n) { return Plural(n, "cycle", "cycles"); };

  if (collected.robot.empty()) {
    say("Which robot this is: nothing in the state folder names it.");
  }
  for (const InForce& contract : collected.contracts) {
    if (contract.terms) continue;
    say("The terms of contract " +
        (contract.id.empty() ? std::string("(none was journalled)") : contract.id) +
        ", " + cycles(contract.cycles) +
        ": no bundle at hand has this id, so that its limits are not drawn. "
        "--contract FILE adds one.");
  }
  if (sum.cycles_by_energy[0] > 0) {
    say("What " + cycles(sum.cycles_by_energy[0]) +
        " really cost: no meter of the whole machine was read, and the energy is the "
        "contract's power model applied to measured times.");
  }
  for (const RailSummary& rail : sum.rails) {
    if (const std::uint64_t missing = collected.cycles.size() - rail.whole; missing > 0) {
      say("What rail " + rail.name + " delivered in " + cycles(missing) +
          ": it was unmetered, at least in a part of them. That is not 0 J.");
    }
  }
  if (sum.rails.empty() && sum.cycles_by_energy[0] > 0) {
    say("What any single rail delivered: this machine has no meter that was read.");
  }
  if (sum.sleep_unseen > 0) {
    say("How the machine rested in the sleep of " + cycles(sum.sleep_unseen) +
        ": nobody looked at GPU, clocks and processors. Compressed runs never do.");
  }
  if (sum.sleep_unproved > 0) {
    say("Whether the machine rested in the sleep of " + cycles(sum.sleep_unproved) +
        ": it was looked at, and proved neither way.");
  }
  if (sum.not_a_number > 0) {
    say("The score of " + cycles(sum.not_a_number) + ": it was not a finite number.");
  }
  Microseconds unrecorded{};
  std::uint64_t missing = 0;
  for (const Gap& gap : collected.gaps) {
    unrecorded += gap.unrecorded;
    missing += gap.missing_cycles;
  }
  if (!collected.gaps.empty()) {
    say("What happened in " + Lasting(unrecorded) + " between records" +
        (missing > 0 ? " and in " + cycles(missing) + " that are not in the journal"
                     : "") +
        ", at " + Plural(collected.gaps.size(), "place", "places") +
        ": torpord was not running, refused, or could not write.");
  }
  if (!collected.clock_steps.empty()) {
    say("The true time of day: the wall clock was stepped " +
        Plural(collected.clock_steps.size(), "time", "times") +
        ". Charts follow the boot clock; times of day are what the robot believed.");
  }
  if (collected.dropped > 0) {
    say("The " + cycles(collected.dropped) +
        " before the oldest one here: the journal is bounded, and they gave way.");
  }
  if (collected.lost > 0) {
    say("What happened in " + cycles(collected.lost) +
        " that never reached the journal.");
  }
  if (collected.more_alarms) {
    say("Alarms beyond the first " + Count(kMostAlarms) + ", which are not listed.");
  }
  say("The order of events within a phase: this report is made from the journal alone, "
      "without a trace.");
  return list;
}

}  // namespace torpor::report
