// torpor incident: the night that torpor comes from, replayed for a fleet, side by side.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/say.h"
#include "cli/terms_of.h"
#include "core/edit_distance.h"
#include "simulate/replay.h"

namespace torpor::cli {
namespace {

constexpr const char* kContract = "warehouse-60s";

struct Options {
  std::vector<std::string> assume;
  double shift_hours = 8;
  std::uint64_t robots = 400, seed = 1;
  std::string plot;
  bool assumptions = false, json = false, quiet = false;
};

// The name that was probably meant.
std::string Nearest(const std::string& wrong) {
  const simulate::Assumption* nearest = nullptr;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const simulate::Assumption& row : simulate::Assumptions()) {
    const std::size_t distance = EditDistance(wrong, row.name);
    if (distance < least) nearest = &row;
    least = std::min(least, distance);
  }
  return std::string(nearest->name);
}

void Replay(const Options& options, Outcome& outcome) {
  simulate::ReplayOptions wanted;
  for (const std::string& change : options.assume) {
    const auto assumed = simulate::Assume(wanted.assumptions, change);
    if (!assumed.ok()) {
      std::string what = assumed.refusal().what;
      const std::string name = change.substr(0, change.find('='));
      if (simulate::FindAssumption(name) == nullptr && name != change) {
        what += "; did you mean '" + Nearest(name) + "'?";
      }
      return Refuse(outcome, assumed.status(), what);
    }
    wanted.assumptions = *assumed;
  }
  if (options.assumptions) {
    std::fputs(simulate::AssumptionTable(wanted.assumptions).c_str(), stdout);
    return;
  }
  wanted.robots = options.robots;
  wanted.seed = options.seed;
  wanted.shift = Microseconds(static_cast<std::int64_t>(options.shift_hours * 3600e6));
  const auto terms = TermsOf(kContract, outcome);
  if (!terms.ok()) return;
  const simulate::Replay replay = simulate::ReplayNight(*terms, wanted);
  if (!options.plot.empty()) {
    std::ofstream file(options.plot, std::ios::binary);
    file << simulate::DrawReplay(replay);
    file.close();
    if (!file) return Refuse(outcome, Status::kIo, options.plot);
  }
  std::vector<simulate::MovedReplay> moved;
  if (!options.quiet) moved = simulate::MoveEach(*terms, wanted);
  if (options.json) {
    std::fputs(simulate::Json(replay, moved).c_str(), stdout);
    return;
  }
  std::printf("One night, replayed: %llu robots, %g h, seed %llu, contract %s\n\n%s",
              static_cast<unsigned long long>(wanted.robots), options.shift_hours,
              static_cast<unsigned long long>(wanted.seed), kContract,
              simulate::InWords(replay).c_str());
  if (!moved.empty()) {
    std::printf(
        "\nEach assumption a quarter down and up, or as far as it may go, with %llu "
        "robots:\n%s",
        static_cast<unsigned long long>(std::min(wanted.robots, simulate::kMovedRobots)),
        simulate::InWords(moved).c_str());
  }
}

}  // namespace

void AddIncident(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command command = app.Add("incident",
                                  "Replay the night that torpor comes from: as it "
                                  "was, and under torpor, side by side");
  command.Value("--assume", options->assume,
                "NAME=VALUE: take something else for granted; may be repeated");
  command.Flag("--assumptions", options->assumptions,
               "List what is taken for granted, with unit, value and source");
  command.Value("--robots", options->robots, "How many").Between(1, 10'000).ShowDefault();
  command.Value("--shift", options->shift_hours, "How long, in hours")
      .Between(0.5, 24.0)
      .ShowDefault();
  command.Value("--seed", options->seed, "Whose hiccups").NotNegative().ShowDefault();
  command.Value("--plot", options->plot,
                "Draw it: one robot's GPU and inferences, the fleet's batteries; SVG");
  command.Flag("--json", options->json, "For programs to read");
  command.Flag("-q,--quiet", options->quiet,
               "Without what comes of each assumption when it is moved by a quarter");
  command.Footer(
      "Examples:\n  torpor incident\n"
      "  torpor incident -q --plot night.svg\n"
      "  torpor incident --assumptions\n"
      "  torpor incident --assume hiccups-per-hour=0 --assume rest-of-robot-watts=60\n"
      "docs/replay.md says what follows from what; torpor simulate --incident plays one\n"
      "fault of that night on the real programs.");
  command.Run([options, &outcome] { Replay(*options, outcome); });
}

}  // namespace torpor::cli
