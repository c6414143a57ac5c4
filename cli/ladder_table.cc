#include "cli/ladder_table.h"

#include <string_view>

#include "power/words.h"

namespace torpor::cli {
namespace {

using power::Choice;
using power::JudgedRung;
using power::RungCost;

double Milli(Microwatts p) { return static_cast<double>(p.value) / 1e3; }

std::string NameOf(const RungCost& rung) { return std::string(power::Name(rung.rung)); }

std::string Period(Microseconds t) {
  if (t < std::chrono::hours(1)) return Print("%.1f s", Seconds(t));
  if (t < std::chrono::hours(24 * 365)) return Print("%.1f h", Seconds(t) / 3600);
  return "years";
}

// When a rung costs less than the one that is a step colder.
std::string Pays(const JudgedRung& rung, bool first) {
  if (first) return "";
  if (!rung.break_even) return "always";
  if (rung.break_even->count() == 0) return "never";
  return "under " + Period(*rung.break_even);
}

}  // namespace

std::string CostTable(const power::Calibration& calibration) {
  std::string table =
      "rung          next result        takes     to rest            at rest\n";
  for (const RungCost& rung : calibration.rungs) {
    table +=
        Print("%-13s %8.3f +- %.3f J %7.0f ms %8.3f +- %.3f J %8.1f +- %.1f mW\n",
              NameOf(rung).c_str(), Joules(rung.exit), Joules(rung.exit_error),
              Seconds(rung.exit_latency) * 1e3, Joules(rung.enter),
              Joules(rung.enter_error), Milli(rung.parked), Milli(rung.parked_error));
  }
  return table +
         "Each above the same machine at rest with nothing held; +- is the standard "
         "error of the mean.\n";
}

std::string ExplainLadder(const power::Calibration& calibration,
                          const contract::Terms& terms, const std::string& may_not) {
  const Choice choice = power::ChooseRung(calibration.rungs, terms);
  const double period = Seconds(terms.period);
  std::string text = CostTable(calibration);
  text += Print("\nOne cycle of %.1f s costs: to rest + at rest x period + next result\n",
                period);
  text += "rung          a cycle            pays for periods\n";
  for (const JudgedRung& rung : choice.rungs) {
    text += Print("%-13s %8.3f +- %.3f J  %-18s %s\n", NameOf(rung.rung).c_str(),
                  Joules(rung.cost.total), Joules(rung.cost.error),
                  Pays(rung, &rung == &choice.rungs.front()).c_str(),
                  std::string(power::Name(rung.verdict)).c_str());
  }
  text += Print("\nThe contract permits up to %s and gives an inference %.0f ms.\n",
                std::string(power::Name(terms.residency_max)).c_str(),
                Seconds(terms.infer) * 1e3);
  if (!may_not.empty()) {
    return text + "This calibration may not be acted on here: " + may_not +
           "\ntorpord takes child-exited.\n";
  }
  return text + "torpord takes " + std::string(power::Name(choice.rung)) +
         (choice.rung == power::Rung::kChildExited
              ? ": no permitted rung is cheaper by more than twice the error.\n"
              : ": cheaper than child-exited by more than twice the error.\n");
}

nlohmann::ordered_json LadderJson(const power::Calibration& calibration,
                                  const contract::Terms& terms,
                                  const std::string& may_not) {
  const Choice choice = power::ChooseRung(calibration.rungs, terms);
  nlohmann::ordered_json rungs = nlohmann::ordered_json::array();
  for (const JudgedRung& rung : choice.rungs) {
    nlohmann::ordered_json row = {{"rung", NameOf(rung.rung)},
                                  {"enter_joules", Joules(rung.rung.enter)},
                                  {"parked_watts", Milli(rung.rung.parked) / 1e3},
                                  {"exit_joules", Joules(rung.rung.exit)},
                                  {"exit_seconds", Seconds(rung.rung.exit_latency)},
                                  {"cycle_joules", Joules(rung.cost.total)},
                                  {"cycle_joules_error", Joules(rung.cost.error)},
                                  {"verdict", std::string(power::Name(rung.verdict))}};
    row["break_even_seconds"] = nullptr;
    if (rung.break_even) row["break_even_seconds"] = Seconds(*rung.break_even);
    rungs.push_back(std::move(row));
  }
  const power::Rung taken = may_not.empty() ? choice.rung : power::Rung::kChildExited;
  return {{"period_seconds", Seconds(terms.period)},
          {"residency_max", std::string(power::Name(terms.residency_max))},
          {"meter", calibration.meter},
          {"rungs", rungs},
          {"may_not", may_not},
          {"taken", std::string(power::Name(taken))}};
}

}  // namespace torpor::cli
