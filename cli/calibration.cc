#include "cli/calibration.h"

#include <cstdio>
#include <utility>

#include "cli/lives.h"
#include "detect/fit.h"
#include "detect/showings.h"
#include "simulate/manifest.h"

namespace torpor::cli {
namespace {

using simulate::Refusal;
using Lives = simulate::Attempt<std::vector<detect::Life>>;

// Machines of the simulator that no baseline and no demonstration uses.
constexpr std::uint64_t kFirstSeed = 2'000'000;
constexpr std::uint32_t kScores = 360;
constexpr std::size_t kHeldOut = 4;  // each so many

Lives ReadLives(const CalibrationSource& source, const contract::Terms& terms) {
  const auto progress = [&source](const std::string& id) {
    if (!source.quiet) std::fprintf(stderr, "listening to %s\n", id.c_str());
  };
  if (source.simulated > 0) {
    return LivesOfSimulator(source.simulated, kFirstSeed, kScores, terms, progress);
  }
  const auto manifest = simulate::ReadManifest(source.data);
  if (!manifest.ok()) return manifest.refusal();
  return LivesOfRecordings(*manifest, source.recordings, {}, terms, progress);
}

}  // namespace

simulate::Attempt<CalibrationSet> ReadCalibration(const CalibrationSource& source,
                                                  const contract::Terms& terms) {
  const Lives lives = ReadLives(source, terms);
  if (!lives.ok()) return lives.refusal();
  std::vector<const detect::Life*> pointers;
  for (const detect::Life& life : *lives) pointers.push_back(&life);
  std::string problem;
  const auto fitted = detect::Fit(pointers, FitOptionsOf(terms), problem);
  if (!fitted.ok()) return Refusal{fitted.status(), problem, "", ""};
  auto showings = detect::ShowHealthy(pointers, fitted->baseline);
  if (!showings.ok()) {
    return Refusal{showings.status(), "after commissioning nothing is left", "", ""};
  }
  CalibrationSet set;
  for (const detect::Life& life : *lives) set.machines.push_back(life.id);
  for (std::size_t i = 0; i < showings->inputs.size(); ++i) {
    if (i % kHeldOut == kHeldOut - 1) {
      set.held_out.push_back(std::move(showings->inputs[i]));
      set.machine_of.push_back(showings->life[i]);
    } else {
      set.calibration.push_back(std::move(showings->inputs[i]));
    }
  }
  if (set.held_out.empty()) {
    return Refusal{Status::kTooFewRecordings, "fewer than four minutes", "", ""};
  }
  return set;
}

}  // namespace torpor::cli
