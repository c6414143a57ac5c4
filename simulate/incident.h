// The night that torpor comes from, played: the real firmware and the real torpord in
// compressed time, on a machine that is pretended, with one of that night's faults.
#pragma once

#include <filesystem>

#include "simulate/incident_evidence.h"
#include "simulate/refusal.h"
#include "simulate/rig.h"

namespace torpor::simulate {

struct IncidentOptions {
  Incident what{};
  std::filesystem::path folder;    // made anew, as RunNight does
  std::filesystem::path programs;  // where torpor, torpord and torpor-firmware are
};

// Plays it under warehouse-60s, for a dozen cycles, and judges what the programs left.
// Changes this process's environment while it runs: one at a time.
//   kFileExists   the folder is there and not ours
//   kLinkTimeout  a process hung: the run was stopped
//   and what the programs answer, in their words; a fault that was not named is no
//   refusal, but in the account
Attempt<IncidentAccount> PlayIncident(const IncidentOptions& options,
                                      Rig::OnStep on_step = nullptr);

}  // namespace torpor::simulate
