#include "agent/breach_alarms.h"

#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "agent/alarm_body.h"
#include "core/bytes.h"
#include "core/json_hosted.h"
#include "power/ladder.h"
#include "power/words.h"

namespace torpor::agent {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kState = "breach-episodes";

json ToJson(const cycle::Episode& episode) {
  return {episode.broken, episode.kept, episode.open, episode.since_cycle,
          episode.since_wall_us};
}

cycle::Episode FromJson(const json& stored) {
  return {stored.at(0), stored.at(1), stored.at(2), stored.at(3), stored.at(4)};
}

// What a clause is about, before the number that was measured of it.
constexpr std::array<std::string_view, cycle::kClauses> kWhat = {
    "the computer was awake for",
    "between two inferences passed",
    "there were",
    "a cycle cost",
    "the GPU was left on",
    "a batch was of an age of"};

// What is measured is counted in millionths: more digits are the arithmetic's.
double Rounded(double value) { return std::round(value * 1e6) / 1e6; }

// A rung has a name, other measures a unit.
std::string Worded(double value, std::string_view unit) {
  if (unit == cycle::kRungs) {
    return std::string(power::Name(static_cast<contract::Residency>(value)));
  }
  return Print("%.10g ", Rounded(value)) + std::string(unit);
}

}  // namespace

BreachAlarms::BreachAlarms(const telemetry::JournalReader& journal, std::string contract)
    : contract_(std::move(contract)) {
  const auto stored = journal.State(kState);
  if (!stored) return;
  try {
    const json state = json::parse(stored->begin(), stored->end());
    if (state.at("contract") != contract_) return;
    cycle::Episodes episodes;
    for (std::size_t i = 0; i < episodes.size(); ++i) {
      episodes[i] = FromJson(state.at("episodes").at(i));
    }
    episodes_.Restore(episodes);
  } catch (const json::exception&) {  // it says nothing
  }
}

std::vector<cycle::Opened> BreachAlarms::Take(const telemetry::CycleRecord& record,
                                              const cycle::Judgement& judgement) {
  std::vector<cycle::Opened> begun;
  for (const auto& opened : episodes_.Take(record.cycle, record.wall_us, judgement)) {
    if (opened) begun.push_back(*opened);
  }
  return begun;
}

telemetry::StateEntry BreachAlarms::Save() const {
  json state{{"contract", contract_}, {"episodes", json::array()}};
  for (const auto& episode : episodes_.episodes()) {
    state["episodes"].push_back(ToJson(episode));
  }
  const std::string text = state.dump();
  const auto bytes = AsBytes(std::string_view(text));
  return {kState, {bytes.begin(), bytes.end()}};
}

std::string InWords(const cycle::Opened& opened) {
  const auto& [measured, allowed, unit, at_least] = opened.excess;
  return Print("%s: %s %s, at %s %s allowed; %u cycles in a row",
               std::string(NameOf(opened.clause)).c_str(),
               std::string(kWhat[static_cast<std::size_t>(opened.clause)]).c_str(),
               Worded(measured, unit).c_str(), at_least ? "least" : "most",
               Worded(allowed, unit).c_str(), opened.cycles);
}

telemetry::Alarm BreachAlarm(const std::string& robot_id,
                             const telemetry::CycleRecord& record,
                             const cycle::Opened& opened) {
  const std::string clause(NameOf(opened.clause));
  const std::string id = AlarmId(robot_id, record) + "-" + clause;
  const auto& [measured, allowed, unit, at_least] = opened.excess;
  const ordered_json body{{"id", id},
                          {"kind", "contract"},
                          {"robot", robot_id},
                          {"contract", record.contract},
                          {"cycle", record.cycle},
                          {"what", "this robot breaks its contract"},
                          {"because", InWords(opened)},
                          {"clause", clause},
                          {"since_cycle", opened.since_cycle},
                          {"since_unix_s", opened.since_wall_us / 1'000'000},
                          {"measured", Rounded(measured)},
                          {"allowed", Rounded(allowed)},
                          {"unit", unit},
                          {"allowed_is", at_least ? "least" : "most"}};
  return {id, record.cycle,
          body.dump(-1, ' ', false, ordered_json::error_handler_t::replace)};
}

}  // namespace torpor::agent
