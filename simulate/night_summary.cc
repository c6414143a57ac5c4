#include "simulate/night_summary.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "core/json_hosted.h"
#include "core/status_table.h"

namespace torpor::simulate {
namespace {

using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::Verdict;

template <class... Values>
std::string Print(const char* format, Values... values) {
  std::array<char, 320> text{};
  const int length = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, 319))};
}

double Seconds(Microseconds t) { return static_cast<double>(t.count()) / 1e6; }
double Joules(Microjoules e) { return static_cast<double>(e.value) / 1e6; }
unsigned long long Count(std::uint64_t n) { return n; }

std::string Duration(Microseconds t) {
  const double minutes = Seconds(t) / 60;
  if (minutes < 120) return Print("%.0f min", minutes);
  return Print("%.1f h", minutes / 60);
}

void AddCycle(const CycleRecord& record, Microseconds since_start, NightSummary& sum) {
  ++sum.cycles;
  sum.cycles_with_batch += record.batch_sequence != 0 ? 1 : 0;
  sum.inferences += record.inferred ? 1 : 0;
  sum.dropped_overrun += record.dropped_overrun;
  sum.dropped_stale += record.dropped_stale;
  sum.dropped_corrupt += record.dropped_corrupt;
  sum.dropped_gap += record.dropped_gap;
  sum.energy += record.energy;
  sum.worst_cycle = std::max(sum.worst_cycle, record.energy);
  sum.wakeups_asleep += record.wakeups_asleep;
  if (record.inferred) sum.oldest_batch = std::max(sum.oldest_batch, record.batch_age);
  for (std::size_t i = 0; i < telemetry::kPhases; ++i) {
    (static_cast<Phase>(i) == Phase::kSleep ? sum.asleep : sum.awake) += record.phases[i];
  }
  for (const telemetry::Deviation& deviation : record.deviations)
    ++sum.deviations[deviation.what];
  const bool early = Seconds(since_start) < kFalseAlarmShare * Seconds(sum.life);
  if (record.verdict == Verdict::kAbstain) {
    ++sum.abstentions[record.why_abstained];
  } else if (early) {
    sum.worst_score_early = std::max(sum.worst_score_early, record.score);
  }
  if (!record.alarm) return;
  ++sum.alarms;
  if (early) ++sum.false_alarms;
  if (early || sum.first_true) return;
  sum.first_true = since_start;
  sum.first_true_cycle = record.cycle;
}

// What the bearing's alarm says of itself; nothing when it says nothing.
Status TakeReason(const telemetry::JournalReader& journal, NightSummary& sum) {
  const auto alarms = journal.Undelivered(1000);
  if (!alarms.ok()) return alarms.status();
  for (const telemetry::Alarm& alarm : *alarms) {
    if (alarm.cycle != sum.first_true_cycle) continue;
    const auto body = nlohmann::json::parse(alarm.body, nullptr, false);
    if (!body.is_object() || body.value("kind", "") == "contract") continue;
    sum.because = body.value("because", "");
  }
  return Status::kOk;
}

std::string Listed(const std::map<Status, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [status, count] : counts) {
    text += Print("%s%llu %s", text.empty() ? "" : ", ", Count(count),
                  std::string(Info(status).name).c_str());
  }
  return text.empty() ? "none" : text;
}

}  // namespace

Result<NightSummary> Summarise(const telemetry::JournalReader& journal, std::string name,
                               Microseconds life) {
  NightSummary sum;
  sum.name = std::move(name);
  sum.life = life;
  std::uint64_t next = 0;
  for (;;) {
    const auto records = journal.Cycles(next, 1000);
    if (!records.ok()) return records.status();
    if (records->empty()) break;
    for (const CycleRecord& record : *records) {
      AddCycle(record, record.woke.time_since_epoch(), sum);
      next = record.cycle + 1;
    }
  }
  if (const Status status = TakeReason(journal, sum); status != Status::kOk) {
    return status;
  }
  return sum;
}

std::string InWords(const NightSummary& sum, const contract::Terms& terms) {
  const double cycles = static_cast<double>(std::max<std::uint64_t>(sum.cycles, 1));
  const double elapsed = Seconds(sum.awake + sum.asleep);
  std::string text;
  const auto row = [&text](const char* what, const std::string& value) {
    text += Print("  %-18s ", what) + value + "\n";
  };
  row("life",
      Print("%.1f hours, %llu cycles", Seconds(sum.life) / 3600, Count(sum.cycles)));
  row("inferences", Print("%llu, in %llu cycles with a batch", Count(sum.inferences),
                          Count(sum.cycles_with_batch)));
  row("dropped batches",
      Print("%llu overrun, %llu stale, %llu corrupt, %llu lost with a restart",
            Count(sum.dropped_overrun), Count(sum.dropped_stale),
            Count(sum.dropped_corrupt), Count(sum.dropped_gap)));
  row("oldest inferred", Print("%.2f s of %.1f s allowed", Seconds(sum.oldest_batch),
                               Seconds(terms.max_batch_age)));
  row("abstained", Listed(sum.abstentions));
  row("deviations", Listed(sum.deviations));
  row("slept", Print("%.2f %% of the time",
                     elapsed > 0 ? 100 * Seconds(sum.asleep) / elapsed : 0));
  row("energy (modelled)",
      Print("%.1f J a cycle, worst %.1f J, budget %.1f J", Joules(sum.energy) / cycles,
            Joules(sum.worst_cycle), Joules(terms.cycle_budget)));
  row("false alarms",
      Print("%llu before %.0f %% of life (highest score there %.2f)",
            Count(sum.false_alarms), 100 * kFalseAlarmShare, sum.worst_score_early));
  row("first alarm", sum.lead()
                         ? Print("%s before the end", Duration(*sum.lead()).c_str())
                         : std::string("NONE: this failure was missed"));
  if (!sum.because.empty()) row("because", sum.because);
  return text;
}

std::string Table(const std::vector<NightSummary>& nights) {
  std::string text =
      "  recording     hours  cycles  inferred  dropped  abstained  slept %   J/cycle  "
      "false"
      "  lead before the end\n";
  std::uint64_t found = 0;
  std::uint64_t false_alarms = 0;
  std::vector<double> leads;
  for (const NightSummary& sum : nights) {
    std::uint64_t abstained = 0;
    for (const auto& [status, count] : sum.abstentions) abstained += count;
    const double elapsed = Seconds(sum.awake + sum.asleep);
    const auto lead = sum.lead();
    text += Print(
        "  %-12s %6.1f %7llu %9llu %8llu %10llu %8.2f %9.1f %6llu  %s\n",
        sum.name.c_str(), Seconds(sum.life) / 3600, Count(sum.cycles),
        Count(sum.inferences),
        Count(sum.dropped_overrun + sum.dropped_stale + sum.dropped_corrupt +
              sum.dropped_gap),
        Count(abstained), elapsed > 0 ? 100 * Seconds(sum.asleep) / elapsed : 0.0,
        Joules(sum.energy) / static_cast<double>(std::max<std::uint64_t>(sum.cycles, 1)),
        Count(sum.false_alarms), lead ? Duration(*lead).c_str() : "MISSED");
    false_alarms += sum.false_alarms;
    if (lead) {
      ++found;
      leads.push_back(Seconds(*lead) / 60);
    }
  }
  text += Print("  %llu of %llu failures found, %llu false alarms", Count(found),
                Count(nights.size()), Count(false_alarms));
  if (!leads.empty()) {
    std::ranges::sort(leads);
    text += Print(", median lead %.0f min", leads[leads.size() / 2]);
  }
  return text + "\n";
}

std::string Json(const std::vector<NightSummary>& nights) {
  auto list = nlohmann::ordered_json::array();
  for (const NightSummary& sum : nights) {
    nlohmann::ordered_json row{{"name", sum.name},
                               {"life_seconds", Seconds(sum.life)},
                               {"cycles", sum.cycles},
                               {"cycles_with_batch", sum.cycles_with_batch},
                               {"inferences", sum.inferences},
                               {"dropped_overrun", sum.dropped_overrun},
                               {"dropped_stale", sum.dropped_stale},
                               {"dropped_corrupt", sum.dropped_corrupt},
                               {"dropped_gap", sum.dropped_gap},
                               {"oldest_inferred_seconds", Seconds(sum.oldest_batch)},
                               {"awake_seconds", Seconds(sum.awake)},
                               {"asleep_seconds", Seconds(sum.asleep)},
                               {"modelled_joules", Joules(sum.energy)},
                               {"worst_cycle_modelled_joules", Joules(sum.worst_cycle)},
                               {"alarms", sum.alarms},
                               {"false_alarms", sum.false_alarms}};
    row["lead_seconds"] =
        sum.lead() ? nlohmann::ordered_json(Seconds(*sum.lead())) : nullptr;
    if (!sum.because.empty()) row["because"] = sum.because;
    for (const auto& [status, count] : sum.abstentions) {
      row["abstentions"][std::string(Info(status).name)] = count;
    }
    for (const auto& [status, count] : sum.deviations) {
      row["deviations"][std::string(Info(status).name)] = count;
    }
    list.push_back(std::move(row));
  }
  return list.dump(2) + "\n";
}

}  // namespace torpor::simulate
