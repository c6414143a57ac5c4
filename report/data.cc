#include "report/data.h"

#include <array>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "core/json_hosted.h"
#include "core/status_table.h"
#include "core/version.h"
#include "report/columns.h"
#include "report/summary.h"
#include "report/words.h"

namespace torpor::report {
namespace {

using contract::Terms;
using nlohmann::ordered_json;
using telemetry::CycleRecord;

constexpr int kForm = 1;
constexpr double kScoreSteps = 10'000;  // of a score of 1, and of a share of 1

// In the order of telemetry::Phase.
constexpr std::array<const char*, telemetry::kPhases> kPhaseNames = {
    "wake", "collect", "infer", "release", "judge", "report", "sleep"};

// Texts that many cycles have, each kept once.
class Texts {
 public:
  std::size_t Of(const std::string& text) {
    const auto [place, fresh] = places_.try_emplace(text, list_.size());
    if (fresh) list_.push_back(text);
    return place->second;
  }
  [[nodiscard]] const ordered_json& list() const { return list_; }

 private:
  std::map<std::string, std::size_t> places_;
  ordered_json list_ = ordered_json::array();
};

Value Steps(double value) {
  const double steps = std::round(value * kScoreSteps);
  if (!std::isfinite(value) || std::abs(steps) > 1e15) return std::nullopt;
  return static_cast<std::int64_t>(steps);
}

ordered_json NameJson(const std::optional<contract::sign::NamedContract>& name) {
  if (!name) return nullptr;
  return {{"name", name->name},
          {"epoch", name->version.epoch},
          {"version", name->version.number}};
}

ordered_json LimitsJson(const std::optional<Terms>& terms) {
  if (!terms) return nullptr;
  ordered_json phases;
  const std::array limits = {terms->wake,          terms->collect, terms->infer,
                             terms->release,       terms->judge,   terms->report,
                             terms->computer_sleep};
  for (std::size_t i = 0; i < limits.size(); ++i) {
    phases[kPhaseNames[i]] = limits[i].count();
  }
  return {{"fleet", terms->fleet.view()},
          {"period_ms", terms->period.count()},
          {"guard_ms", terms->mcu_guard.count()},
          {"awake_ms", terms->awake().count()},
          {"phases_ms", phases},
          {"max_batch_age_ms", terms->max_batch_age.count()},
          {"cycle_budget_uj", terms->cycle_budget.value},
          {"awake_wakeups_max", terms->awake_wakeups_max},
          {"alarm_k", terms->alarm_k},
          {"alarm_n", terms->alarm_n},
          {"commissioning_cycles", terms->commissioning_cycles}};
}

ordered_json ContractsJson(const Collected& collected) {
  auto list = ordered_json::array();
  for (const InForce& contract : collected.contracts) {
    list.push_back({{"id", contract.id},
                    {"name", NameJson(contract.name)},
                    {"first", contract.first},
                    {"last", contract.last},
                    {"cycles", contract.cycles},
                    {"limits", LimitsJson(contract.terms)}});
  }
  return list;
}

ordered_json ActivationJson(const Collected& collected) {
  if (!collected.activation) return nullptr;
  const auto& report = *collected.activation;
  ordered_json refused = nullptr;
  if (report.refused) {
    refused = {{"contract", NameJson(report.refused->contract)},
               {"name", Info(report.refused->reason).name},
               {"text", report.refused->text}};
  }
  ordered_json trial = nullptr;
  if (report.trial_cycles_left) trial = *report.trial_cycles_left;
  return {{"active", NameJson(report.active)},
          {"staged", NameJson(report.staged)},
          {"trial_cycles_left", trial},
          {"refused", refused}};
}

ordered_json ColumnsJson(const Collected& collected, Texts& texts) {
  ordered_json columns;
  std::vector<Value> values;
  const auto add = [&](const std::string& name, auto value_of) {
    values.clear();
    for (std::size_t i = 0; i < collected.cycles.size(); ++i) {
      values.push_back(value_of(collected.cycles[i], i));
    }
    columns[name] = Column(values);
  };
  const auto number = [](std::uint64_t n) { return Value(static_cast<std::int64_t>(n)); };
  using R = const CycleRecord&;
  add("cycle", [&](R r, std::size_t) { return number(r.cycle); });
  add("at_ms", [&](R, std::size_t i) { return Value(collected.at[i].count() / 1000); });
  add("wall_less_at_ms", [&](R r, std::size_t i) {
    return Value(r.wall_us / 1000 - collected.at[i].count() / 1000);
  });
  for (std::size_t phase = 0; phase < telemetry::kPhases; ++phase) {
    add(std::string(kPhaseNames[phase]) + "_us",
        [&](R r, std::size_t) { return Value(r.phases[phase].count()); });
  }
  add("inferred", [&](R r, std::size_t) { return number(r.inferred ? 1 : 0); });
  add("batch_age_us", [](R r, std::size_t) {
    // Of a batch that was judged or turned away; without one there is no age.
    return r.inferred || r.batch_age.count() > 0 ? Value(r.batch_age.count()) : Value{};
  });
  add("since_us", [](R r, std::size_t) {
    return r.inferred && r.since_last_inference.count() > 0
               ? Value(r.since_last_inference.count())
               : Value{};
  });
  add("overrun", [&](R r, std::size_t) { return number(r.dropped_overrun); });
  add("stale", [&](R r, std::size_t) { return number(r.dropped_stale); });
  add("corrupt", [&](R r, std::size_t) { return number(r.dropped_corrupt); });
  add("gap", [&](R r, std::size_t) { return number(r.dropped_gap); });
  add("verdict",
      [&](R r, std::size_t) { return number(static_cast<std::uint64_t>(r.verdict)); });
  add("abstained", [&](R r, std::size_t) {
    return number(static_cast<std::uint64_t>(
        r.verdict == telemetry::Verdict::kAbstain ? r.why_abstained : Status::kOk));
  });
  add("score", [](R r, std::size_t) {
    return r.verdict == telemetry::Verdict::kAbstain ? Value{} : Steps(r.score);
  });
  add("alarm", [&](R r, std::size_t) { return number(r.alarm ? 1 : 0); });
  add("energy_uj", [](R r, std::size_t) { return Value(r.energy.value); });
  add("metered", [&](R r, std::size_t) { return number(r.metered ? 1 : 0); });
  add("wakeups_awake", [&](R r, std::size_t) { return number(r.wakeups_awake); });
  // None in a sleep that nobody looked at, as in compressed time, is not measured.
  add("wakeups_asleep", [&](R r, std::size_t) {
    return r.sleep || r.wakeups_asleep > 0 ? number(r.wakeups_asleep) : Value{};
  });
  add("slept", [](R r, std::size_t) { return r.slept ? Steps(*r.slept) : Value{}; });
  add("hot", [&](R r, std::size_t) {
    return r.sleep && !r.sleep->causes.empty() ? number(texts.Of(r.sleep->causes))
                                               : Value{};
  });
  add("interrupts", [&](R r, std::size_t) {
    return r.sleep && r.sleep->interrupts ? number(*r.sleep->interrupts) : Value{};
  });
  add("contract", [&](R, std::size_t i) { return number(collected.contract_of[i]); });
  return columns;
}

ordered_json RailJson(const RailSummary& rail, const Collected& collected) {
  std::vector<Value> energy;
  for (const CycleRecord& record : collected.cycles) {
    Value value;
    for (const telemetry::RailJoules& one : record.rails) {
      if (one.rail != rail.name) continue;
      if (const auto total = one.total()) value = total->value;
    }
    energy.push_back(value);
  }
  ordered_json how;
  for (std::size_t i = 0; i < rail.cycles_by_how.size(); ++i) {
    how[std::string(Name(static_cast<Metered>(i)))] = rail.cycles_by_how[i];
  }
  ordered_json why = ordered_json::array();
  for (const auto& [text, cycles] : rail.why) {
    why.push_back({{"text", text}, {"cycles", cycles}});
  }
  return {{"name", rail.name},
          {"whole_cycles", rail.whole},
          {"total_uj", rail.whole > 0 ? ordered_json(rail.total.value) : nullptr},
          {"worst_uj", rail.whole > 0 ? ordered_json(rail.worst.value) : nullptr},
          {"inferences", rail.inferences},
          {"inference_uj",
           rail.inferences > 0 ? ordered_json(rail.inference.value) : nullptr},
          {"how", how},
          {"why", why},
          {"energy_uj", Column(energy)}};
}

ordered_json DeviationsJson(const Collected& collected, Texts& texts) {
  std::vector<Value> place, reason, text;
  for (std::size_t i = 0; i < collected.cycles.size(); ++i) {
    for (const telemetry::Deviation& deviation : collected.cycles[i].deviations) {
      place.emplace_back(static_cast<std::int64_t>(i));
      reason.emplace_back(static_cast<std::int64_t>(deviation.what));
      text.emplace_back(static_cast<std::int64_t>(texts.Of(deviation.detail)));
    }
  }
  return {{"place", Column(place)}, {"reason", Column(reason)}, {"text", Column(text)}};
}

void AddReason(Status status, ordered_json& reasons) {
  const StatusInfo& info = Info(status);
  const std::string number = std::to_string(static_cast<int>(status));
  // Of a newer torpor: what several numbers share would not tell them apart.
  const std::string name =
      info.status == status ? std::string(info.name) : "reason " + number;
  reasons[number] = {{"name", name}, {"meaning", info.meaning}, {"advice", info.advice}};
}

ordered_json CountsJson(const std::map<std::string, std::uint64_t>& counts) {
  auto list = ordered_json::array();
  for (const auto& [text, cycles] : counts) {
    list.push_back({{"text", text}, {"cycles", cycles}});
  }
  return list;
}

ordered_json SummaryJson(const Summary& sum) {
  const auto optional_us = [](const std::optional<Microseconds>& time) {
    return time ? ordered_json(time->count()) : ordered_json(nullptr);
  };
  ordered_json phases;
  for (std::size_t i = 0; i < kPhaseNames.size(); ++i) {
    phases[std::string(kPhaseNames[i]) + "_us"] = sum.phases[i].count();
  }
  ordered_json least = nullptr;
  if (sum.least_proved) least = *sum.least_proved;
  return {
      {"phases", phases},
      {"without_deviation", sum.without_deviation},
      {"inferences", sum.inferences},
      {"with_batch", sum.with_batch},
      {"oldest_judged_us", sum.oldest_judged.count()},
      {"dropped", sum.dropped},
      {"verdicts", sum.verdicts},
      {"modelled", {{"cycles", sum.cycles_by_energy[0]}, {"uj", sum.energy[0].value}}},
      {"metered", {{"cycles", sum.cycles_by_energy[1]}, {"uj", sum.energy[1].value}}},
      {"worst_uj", sum.worst.value},
      {"wakeups_asleep", sum.wakeups_asleep},
      {"cycles_woken", sum.cycles_woken},
      {"wakeups_awake", sum.wakeups_awake},
      {"sleep",
       {{"unseen", sum.sleep_unseen},
        {"unproved", sum.sleep_unproved},
        {"proved", sum.sleep_proved},
        {"least_proved", least},
        {"hot", CountsJson(sum.hot_causes)},
        {"because", CountsJson(sum.sleep_because)}}},
      {"between",
       {{"least_us", optional_us(sum.between.least)},
        {"median_us", optional_us(sum.between.median)},
        {"most_us", optional_us(sum.between.most)},
        {"too_soon", sum.between.too_soon},
        {"too_late", sum.between.too_late}}},
      {"histogram",
       {{"width_us", sum.histogram.width.count()},
        {"counts", sum.histogram.counts},
        {"longer", sum.histogram.longer}}}};
}

ordered_json WordsJson(const Collected& collected, const Summary& sum) {
  static constexpr std::array<const char*, 4> kGrades = {"nothing", "kept", "deviated",
                                                         "alarm"};
  const Account verdict = InWords(collected, sum);
  auto figures = ordered_json::array();
  for (const Figure& figure : Figures(collected, sum)) {
    figures.push_back(
        {{"label", figure.label}, {"value", figure.value}, {"note", figure.note}});
  }
  return {{"grade", kGrades[static_cast<std::size_t>(verdict.grade)]},
          {"headline", verdict.headline},
          {"verdict", verdict.sentences},
          {"figures", figures},
          {"not_known", NotKnown(collected, sum)}};
}

}  // namespace

std::string Data(const Collected& collected) {
  const Summary sum = Summarise(collected);
  Texts texts;
  ordered_json alarms = ordered_json::array(), abstained = ordered_json::array(),
               reasons = ordered_json::object(), rails = ordered_json::array(),
               steps = ordered_json::array(), gaps = ordered_json::array();
  for (const RaisedAlarm& alarm : collected.alarms) {
    alarms.push_back({{"cycle", alarm.cycle},
                      {"kind", alarm.kind},
                      {"what", alarm.what},
                      {"because", alarm.because},
                      {"delivered", alarm.delivered}});
  }
  for (const auto& [why, cycles] : sum.abstained) {
    abstained.push_back({{"reason", static_cast<int>(why)}, {"cycles", cycles}});
    AddReason(why, reasons);
  }
  for (const auto& [what, cause] : sum.deviations) AddReason(what, reasons);
  for (const RailSummary& rail : sum.rails) rails.push_back(RailJson(rail, collected));
  for (const ClockStep& step : collected.clock_steps) {
    steps.push_back({{"place", step.at}, {"by_ms", step.by.count() / 1000}});
  }
  for (const Gap& gap : collected.gaps) {
    gaps.push_back({{"place", gap.at},
                    {"unrecorded_ms", gap.unrecorded.count() / 1000},
                    {"missing_cycles", gap.missing_cycles}});
  }
  ordered_json data{{"form", kForm}, {"torpor", kVersion}, {"robot", collected.robot}};
  data.update(WordsJson(collected, sum));
  data["contracts"] = ContractsJson(collected);
  data["activation"] = ActivationJson(collected);
  data["summary"] = SummaryJson(sum);
  data["abstained"] = abstained;
  data["alarms"] = alarms;
  data["undelivered"] = collected.undelivered;
  data["clock_steps"] = steps;
  data["gaps"] = gaps;
  data["columns"] = ColumnsJson(collected, texts);
  data["rails"] = rails;
  data["deviations"] = DeviationsJson(collected, texts);
  data["reasons"] = reasons;
  data["texts"] = texts.list();
  return data.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace torpor::report
