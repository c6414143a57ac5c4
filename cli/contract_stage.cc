// torpor contract stage: asks a robot that works to obey a new contract.
#include <cstdio>
#include <filesystem>
#include <optional>

#include "cli/contract_commands.h"
#include "cli/contract_json.h"
#include "cli/say.h"
#include "contract/accept.h"
#include "contract/sign/activation_report.h"
#include "contract/sign/describe.h"
#include "contract/sign/obeyed.h"
#include "contract/sign/wanted.h"

namespace torpor::cli {
namespace {

namespace sign = contract::sign;
using sign::NamedContract;

// What the robot obeys, as far as its state folder says.
struct Robot {
  std::optional<NamedContract> active;
};

std::optional<Robot> RobotOrSay(const std::string& folder, Outcome& outcome) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error) && !error) {
    Refuse(outcome, Status::kFileMissing, folder);
    return std::nullopt;
  }
  const auto report = sign::LoadReport(folder);
  switch (report.status()) {
    case Status::kOk:
      return Robot{report->active};
    case Status::kFileMissing:  // nothing is known yet: torpord judges it
    case Status::kStateMalformed:
      break;
    default:
      Refuse(outcome, report.status(), folder);
      return std::nullopt;
  }
  if (std::filesystem::is_directory(folder, error)) return Robot{};
  RefuseWith(outcome, Status::kIo, sign::Describe(Status::kIo, folder + " is no folder"));
  return std::nullopt;
}

// False when the robot would refuse it for sure.
bool Follows(const NamedContract& next, std::uint64_t not_after_s, const Robot& robot,
             const std::string& file, Outcome& outcome) {
  Status status = Now() >= not_after_s ? Status::kExpired : Status::kOk;
  std::string whose = file;
  if (robot.active && status == Status::kOk) {
    whose += " after " + Describe(*robot.active);
    status = contract::CheckVersion(next.version, robot.active->version);
    if (next.version == robot.active->version) {
      status = Status::kReplayed;
      if (next.id == robot.active->id) {
        RefuseWith(outcome, status,
                   "replayed (172): the robot obeys it already: " + file);
        return false;
      }
    }
  }
  if (status != Status::kOk) Refuse(outcome, status, whose);
  return status == Status::kOk;
}

void Stage(const ContractOptions& options, Outcome& outcome) {
  const auto robot = RobotOrSay(options.state, outcome);
  if (!robot) return;
  std::vector<std::byte> bundle;
  const auto verified = VerifyOrSay(options, outcome, &bundle);
  if (!verified.ok()) return;
  const NamedContract next = sign::NameOf(*verified);
  if (!Follows(next, verified->terms().not_after_s, *robot, options.file, outcome))
    return;

  std::optional<NamedContract> replaced;
  if (const auto before = sign::ReadWanted(options.state);
      before && before->bundle.ok()) {
    const auto name = sign::UnverifiedName(*before->bundle);
    if (name.ok() && *name != next) replaced = *name;
  }
  const Status status = sign::PutWanted(options.state, bundle);
  if (status != Status::kOk) {
    return Refuse(outcome, status,
                  (std::filesystem::path(options.state) / sign::kWantedFile).string());
  }
  if (options.json) {
    return PrintJson({{"file", options.file},
                      {"state", options.state},
                      {"wanted", ToJson(std::optional(next))},
                      {"active", ToJson(robot->active)},
                      {"replaced", ToJson(replaced)}});
  }
  std::printf("%s is wanted now: %s\n", options.file.c_str(), Describe(next).c_str());
  if (robot->active) std::printf("it obeys: %s\n", Describe(*robot->active).c_str());
  if (replaced) std::printf("no longer wanted: %s\n", Describe(*replaced).c_str());
  std::printf(
      "torpord takes it at its next cycle; its firmware tries it, and goes back unless "
      "a\n"
      "cycle is judged under it. Follow it with: torpor status --state %s\n",
      options.state.c_str());
}

}  // namespace

void AddContractStaging(const Command& group, const std::shared_ptr<ContractOptions>& o,
                        Outcome& outcome) {
  const Command stage = ContractCommand(
      group, "stage", "Ask a robot that works to obey a new contract", o, outcome, Stage);
  stage.Value("BUNDLE", o->file, "Signed contract").Required();
  stage.Value("--state", o->state, "torpord's state folder, in use or not").Required();
  stage
      .Value("--keyring", o->keyring,
             "Keyring documents or public keys, or folders of them")
      .Required();
  stage.Flag("--json", o->json, "Result for programs to read");
  stage.Footer(
      "Writes wanted.bundle there, durably, and nothing else. Refuses what the robot "
      "would:\na signature or form that is wrong, rules that are broken, a version that "
      "is not above\nthe one that is obeyed. See docs/contract-roll-out.md.\n"
      "Examples:\n"
      "  torpor contract stage night.dsse --keyring fleet.pub --state state/\n"
      "  torpor contract stage night.dsse --keyring keys/ --state state/ --json");
}

}  // namespace torpor::cli
