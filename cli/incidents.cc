#include "cli/incidents.h"

#include <algorithm>
#include <cstdio>

#include "cli/say.h"
#include "contract/sign/describe.h"
#include "simulate/child.h"
#include "simulate/incident.h"

namespace torpor::cli {
namespace {

void SayStep(const std::string& command) { std::printf("$ %s\n", command.c_str()); }

// The first complaint stays.
void RefuseOnce(Outcome& outcome, Status status, const std::string& line) {
  const int before = outcome.exit_code;
  RefuseWith(outcome, status, line);
  if (before != 0) outcome.exit_code = before;
}

}  // namespace

void PlayIncidents(const IncidentWishes& wishes, Outcome& outcome) {
  std::vector<simulate::IncidentAccount> accounts;
  for (const std::string& name : wishes.names) {
    const auto at = std::ranges::find(simulate::kIncidents, name);
    const auto what = static_cast<simulate::Incident>(at - simulate::kIncidents.begin());
    const std::filesystem::path folder = wishes.work / ("incident-" + name);
    const auto played =
        simulate::PlayIncident({what, folder, simulate::ProgramFolder()},
                               wishes.json || wishes.quiet ? nullptr : SayStep);
    if (!played.ok()) {
      RefuseOnce(outcome, played.status(), name + ": " + played.refusal().what);
      continue;
    }
    accounts.push_back(*played);
    if (!wishes.json) {
      std::printf("%s%s  %-11s %s\n", wishes.quiet ? "" : "\n",
                  simulate::InWords(*played).c_str(), "evidence", folder.c_str());
      std::fflush(stdout);
    }
    if (played->verdict != Status::kOk) {
      RefuseOnce(
          outcome, played->verdict,
          contract::sign::Describe(played->verdict, name + ": " + played->because));
    }
  }
  if (wishes.json) std::fputs(simulate::Json(accounts).c_str(), stdout);
}

}  // namespace torpor::cli
