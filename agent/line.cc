#include "agent/line.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "core/json_hosted.h"
#include "core/status_table.h"
#include "power/words.h"

namespace torpor::agent {
namespace {

using telemetry::CycleRecord;
using telemetry::Phase;
using telemetry::Verdict;

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string Elapsed(Microseconds t) {
  const auto seconds = t.count() / 1'000'000;
  return Print("%2lldd %02lld:%02lld:%02lld", static_cast<long long>(seconds / 86'400),
               static_cast<long long>(seconds / 3600 % 24),
               static_cast<long long>(seconds / 60 % 60),
               static_cast<long long>(seconds % 60));
}

// The bar's middle is the threshold; each column is a tenth of it or so, and what goes
// beyond twice the threshold ends in '+'.
std::string Bar(double score, std::uint32_t width) {
  const auto half = width / 2;
  const double columns = std::clamp(score * half, 0.0, static_cast<double>(width));
  const auto filled = static_cast<std::uint32_t>(std::lround(columns));
  std::string bar;
  for (std::uint32_t i = 0; i < width; ++i) {
    if (i == half) bar += '|';
    bar += i < filled ? '#' : '.';
  }
  return bar + (score * half > width ? '+' : ' ');
}

std::string VerdictText(const CycleRecord& record, std::uint32_t width) {
  if (record.verdict == Verdict::kAbstain) {
    std::string text =
        Print("abstains: %s", std::string(Info(record.why_abstained).name).c_str());
    text.resize(std::max<std::size_t>(text.size(), width + 14), ' ');
    return text;
  }
  return Print("%s score %5.2f", Bar(record.score, width).c_str(), record.score);
}

std::string_view Colour(const CycleRecord& record) {
  if (record.alarm || record.verdict == Verdict::kAnomaly) return kRed;
  if (!record.deviations.empty()) return kYellow;
  return record.verdict == Verdict::kAbstain ? kDim : kGreen;
}

constexpr std::array<const char*, telemetry::kPhases> kPhaseNames = {
    "wake", "collect", "infer", "release", "judge", "report", "sleep"};

// Unmetered is null, never 0.
nlohmann::ordered_json JoulesOrNull(const std::optional<Microjoules>& energy) {
  return energy ? nlohmann::ordered_json(Joules(*energy)) : nlohmann::ordered_json();
}

nlohmann::ordered_json JsonOf(const telemetry::RailJoules& rail) {
  nlohmann::ordered_json json{{"rail", rail.rail},
                              {"how", Name(rail.how)},
                              {"joules", JoulesOrNull(rail.total())},
                              {"inference_joules", JoulesOrNull(rail.inference())}};
  for (std::size_t i = 0; i < telemetry::kPhases; ++i) {
    json["phase_joules"][kPhaseNames[i]] = JoulesOrNull(rail.phases[i]);
  }
  if (!rail.why.empty()) json["why"] = rail.why;
  return json;
}

Microseconds AwakeTime(const CycleRecord& record) {
  Microseconds awake{0};
  for (std::size_t i = 0; i < telemetry::kPhases; ++i) {
    if (static_cast<Phase>(i) != Phase::kSleep) awake += record.phases[i];
  }
  return awake;
}

std::string Slept(const CycleRecord& record) {
  const Microseconds asleep = record.phases[static_cast<std::size_t>(Phase::kSleep)];
  const Microseconds all = asleep + AwakeTime(record);
  if (all.count() <= 0) return "slept   -  ";
  return Print("slept %5.1f %%", 100.0 * Seconds(asleep) / Seconds(all));
}

}  // namespace

std::string PeopleLine(const CycleRecord& record, const contract::Terms& terms,
                       const LineContext& context) {
  std::string line = Elapsed(record.woke - context.began);
  line += record.since_last_inference.count() > 0
              ? Print("  dt %6.1f s", Seconds(record.since_last_inference))
              : std::string("  dt      - s");
  line += record.batch_sequence != 0 ? Print("  age %5.2f s", Seconds(record.batch_age))
                                     : std::string("  age     - s");
  line += "  " + VerdictText(record, context.score_bar_width);
  const bool estimate = context.real_time && !record.metered;
  const std::string energy = Print("%s%.1f", estimate ? "~" : "", Joules(record.energy));
  line += Print("  %6s of %.0f J  ", energy.c_str(), Joules(terms.cycle_budget));
  line += Slept(record);

  const std::array<std::pair<std::uint32_t, const char*>, 4> drops{{
      {record.dropped_overrun, "overrun"},
      {record.dropped_stale, "stale"},
      {record.dropped_corrupt, "corrupt"},
      {record.dropped_gap, "gap"},
  }};
  for (const auto& [count, reason] : drops) {
    if (count > 0) line += Print("  dropped %u (%s)", count, reason);
  }
  for (const telemetry::Deviation& deviation : record.deviations) {
    line += "  ! " + std::string(Info(deviation.what).name);
    if (!deviation.detail.empty()) line += " (" + deviation.detail + ")";
  }
  if (record.alarm) {
    line += "  <<< ALARM: the bearing is failing";
    if (!record.because.empty()) line += ": " + record.because;
  }
  if (!context.colour) return line;
  return std::string(Colour(record)) + line + std::string(kPlain);
}

std::string JsonLine(const CycleRecord& record) {
  constexpr std::array kVerdicts = {"normal", "anomaly", "abstain"};
  nlohmann::ordered_json line{
      {"cycle", record.cycle},
      {"woke_seconds", Seconds(record.woke.time_since_epoch())},
      {"inferred", record.inferred},
      {"batch", record.batch_sequence},
      {"batch_age_seconds", Seconds(record.batch_age)},
      {"since_last_inference_seconds", Seconds(record.since_last_inference)},
      {"verdict", kVerdicts[static_cast<std::size_t>(record.verdict)]},
      {"alarm", record.alarm},
      {"energy_joules", Joules(record.energy)},
      {"energy_is", record.metered ? "metered" : "modelled"},
      {"wakeups_asleep", record.wakeups_asleep},
      {"contract", record.contract},
  };
  if (record.verdict == Verdict::kAbstain) {
    line["why"] = Info(record.why_abstained).name;
  } else {
    line["score"] = record.score;
  }
  if (record.alarm) line["because"] = record.because;
  if (record.suspended.count() > 0) line["suspended_seconds"] = Seconds(record.suspended);
  for (std::size_t i = 0; i < telemetry::kPhases; ++i) {
    line["phase_seconds"][kPhaseNames[i]] = Seconds(record.phases[i]);
  }
  for (const telemetry::RailJoules& rail : record.rails) {
    line["rails"].push_back(JsonOf(rail));
  }
  line["dropped"] = {{"overrun", record.dropped_overrun},
                     {"stale", record.dropped_stale},
                     {"corrupt", record.dropped_corrupt},
                     {"gap", record.dropped_gap}};
  line["deviations"] = nlohmann::json::array();
  for (const telemetry::Deviation& deviation : record.deviations) {
    line["deviations"].push_back({{"reason", static_cast<int>(deviation.what)},
                                  {"name", Info(deviation.what).name},
                                  {"detail", deviation.detail}});
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool WantsColour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace torpor::agent
