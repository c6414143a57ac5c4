// torpor top: what a robot, or a simulated fleet, is doing now.
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/fleet_options.h"
#include "cli/say.h"
#include "cli/terms_of.h"
#include "view/fleet_top.h"
#include "view/robot_top.h"

namespace torpor::cli {
namespace {

struct Options {
  std::string state, at, contract, script, pace = "real", lasts;
  std::uint32_t robots = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> faults;
  bool once = false, plain = false, json = false;
};

// "2026-12-01T06:00:00Z", to the second; nothing: it is not of this form.
std::optional<std::int64_t> ParseTime(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::int64_t{::timegm(&parts)} * 1'000'000;
}

bool ReadAt(const Options& options, view::RobotTop& top, Outcome& outcome) {
  if (options.at.empty()) return true;
  if (options.at == "now" || options.at == "last") {
    top.clock = options.at == "now" ? view::Clock::kNow : view::Clock::kLast;
    return true;
  }
  const auto time = ParseTime(options.at);
  if (!time) {
    Refuse(outcome, Status::kUsage,
           "--at " + options.at +
               ": not now, last or a time such as "
               "2026-12-01T06:00:00Z");
    return false;
  }
  top.clock = view::Clock::kGiven;
  top.given_us = *time;
  return true;
}

void Say(const view::TopEnded& ended, Outcome& outcome) {
  if (ended.status != Status::kOk) Refuse(outcome, ended.status, ended.subject);
}

void TopOfRobot(const Options& options, Outcome& outcome) {
  view::RobotTop top;
  top.state = options.state;
  top.json = options.json;
  top.plain = options.plain;
  top.once = options.once;
  if (!ReadAt(options, top, outcome)) return;
  if (!options.contract.empty()) {
    const auto terms = TermsOf(options.contract, outcome);
    if (!terms.ok()) return;
    top.contract = *terms;
  }
  Say(view::ShowRobot(top), outcome);
}

void TopOfFleet(const Options& options, Outcome& outcome) {
  view::FleetTop top;
  top.json = options.json;
  top.plain = options.plain;
  top.once = options.once;
  simulate::FleetOptions& fleet = top.fleet;
  fleet.robots = options.robots;
  fleet.seed = options.seed;
  fleet.duration = options.once ? std::chrono::minutes(10) : std::chrono::hours(24);
  if (!options.lasts.empty() &&
      !ReadSpan("--for", options.lasts, fleet.duration, outcome)) {
    return;
  }
  if (!ReadPace(options.pace, fleet, outcome) ||
      !ReadScript(options.script, options.faults, fleet, outcome)) {
    return;
  }
  const auto terms =
      TermsOf(options.contract.empty() ? "warehouse-60s" : options.contract, outcome);
  if (!terms.ok()) return;
  top.terms = *terms;
  fleet.spread = terms->period;
  Say(view::ShowFleet(top), outcome);
}

}  // namespace

void AddTop(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command top =
      app.Add("top", "Show live what a robot, or a simulated fleet, is doing");
  const auto state =
      top.Value("--state", options->state, "Of one robot: torpord's state folder");
  const auto fleet = top.Value("--fleet", options->robots, "Of so many simulated robots")
                         .Between(1, 10'000)
                         .Excludes(state);
  top.Value("--at", options->at,
            "Judge a robot by this moment: now, last (its last commit), or a time; else "
            "now, but last of a simulated life")
      .Needs(state);
  top.Value("--contract", options->contract,
            "A robot is judged by it, else by that which is obeyed; a fleet obeys it, "
            "else warehouse-60s");
  top.Value("--fault", options->faults,
            "\"AT FOR WHO WHAT\": what goes wrong in the fleet, as of torpor fleet "
            "simulate; may be repeated")
      .Needs(fleet);
  top.Value("--script", options->script, "A file of such lines").Needs(fleet);
  top.Value("--pace", options->pace,
            "max: the fleet lives as fast as it can; real; or so many times real time")
      .Needs(fleet)
      .ShowDefault();
  top.Value("--for", options->lasts,
            "How long the fleet lives: 90s, 10m, 1h; else 24h, with --once 10m")
      .Needs(fleet);
  top.Value("--seed", options->seed, "Whose lives, and whom a line means")
      .NotNegative()
      .Needs(fleet)
      .ShowDefault();
  top.Flag("--once", options->once, "One frame as text, and end");
  top.Flag("--plain", options->plain, "Lines as into a pipe, on a terminal as well");
  top.Flag("--json", options->json, "An object a line");
  top.Footer(
      "Only reads. A robot is not asked and not woken: its journal is read a quarter of "
      "a "
      "second\n"
      "after it was written to. On a terminal: q quits, arrows and PgUp scroll, ? "
      "explains. Into a\n"
      "pipe go lines: one a cycle, and one when a robot is overdue; of a fleet one a "
      "period.\n"
      "Examples:\n"
      "  torpor top --state /var/lib/torpord\n"
      "  torpor top --state state/ --once\n"
      "  torpor top --fleet 400 --pace 60 --fault \"5m 20m 3 failing-bearing\"\n"
      "  torpor top --fleet 400 --for 1h --once --json");
  top.Run([options, state, fleet, &outcome] {
    if (state.given()) return TopOfRobot(*options, outcome);
    if (fleet.given()) return TopOfFleet(*options, outcome);
    Refuse(outcome, Status::kUsage, "top needs --state or --fleet");
  });
}

}  // namespace torpor::cli
