// One life in compressed time: the real firmware and the real torpord, each its own
// process, between them the time broker, and a gateway that takes their pushes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "simulate/broker.h"
#include "simulate/night_summary.h"
#include "simulate/refusal.h"
#include "simulate/rig.h"

namespace torpor::simulate {

struct NightOptions {
  std::string name;                   // of the recording or the simulated bearing
  RigOptions rig;                     // the gateway is filled in
  std::vector<std::string> baseline;  // options of `torpor baseline fit`
  std::vector<std::string> sensor;    // options of torpor-firmware
  Microseconds life{};                // the run ends with it
  std::vector<Outage> outages;        // of the link
  // Seed of its further faults, in the middle half of the life.
  std::optional<std::uint64_t> link_faults;
  std::vector<WallStep> wall_steps;
  std::vector<std::string> robot;  // further options of torpord
  bool lines = true;  // torpord's lines go to our standard output; else to a file
};

struct Night {
  NightSummary summary;
  contract::Terms terms;
  std::filesystem::path folder, picture;
  std::uint64_t pushes = 0;  // good ones, as the gateway counted them
  FaultCounts faults{};      // of the link, as they happened
};

// Makes the folder anew (only one that an earlier night made is removed), then runs the
// whole life.
//   kFileExists   the folder is there and not ours
//   kLinkTimeout  a process hung: the run was stopped
//   and what the programs answer, in their words
Attempt<Night> RunNight(NightOptions options, Rig::OnStep on_step = nullptr);

// The terms of a bundle that this machine has just signed itself.
Attempt<contract::Terms> TermsOf(const std::filesystem::path& bundle);

}  // namespace torpor::simulate
