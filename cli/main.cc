// torpor: contracts, keys, baselines and demonstrations, on a workstation or the robot.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/say.h"
#include "command/program.h"
#include "core/status_table.h"
#include "core/version.h"

namespace torpor::cli {
namespace {

// The whole surface of the command.
void AddAll(const Command& app, Outcome& outcome) {
  AddContract(app, outcome);
  AddKeyring(app, outcome);
  AddPair(app, outcome);
  AddBaseline(app, outcome);
  AddCalibrate(app, outcome);
  AddDoctor(app, outcome);
  AddEvaluate(app, outcome);
  AddFleet(app, outcome);
  AddIncident(app, outcome);
  AddProfile(app, outcome);
  AddQuantize(app, outcome);
  AddReport(app, outcome);
  AddSimulate(app, outcome);
  AddStatus(app, outcome);
  AddTop(app, outcome);
  AddTrace(app, outcome);
  AddTrain(app, outcome);
}

std::vector<command::ExitCode> ExitCodes() {
  return {{0, "What was asked for was done, and what was checked is good."},
          {64, "The command line is wrong."},
          {65, "A file is malformed: contract, recording, model, baseline, trace."},
          {66, "A file is missing."},
          {69, "Something outside does not answer: gateway, firmware, a device."},
          {70, "An error of torpor itself, or a check of a simulated life that failed."},
          {71, "The operating system refused something."},
          {74, "A file could not be read or written."},
          {75, "Not now: a gateway was not reached, or a folder is in use; try again."},
          {77, "Not permitted: a signature, a key, or a version below the floor."},
          {78, "The contract is refused, or a robot is not fit to be deployed."}};
}

int Run(int argc, char** argv) {
  Outcome outcome;
  command::Program program(
      {.name = "torpor",
       .what = "A battery robot watches its own bearings, on a signed power contract",
       .version = [] { return std::string(kVersion); },
       .section = 1,
       .exit_codes = ExitCodes(),
       .description =
           "Contracts, keys, baselines and demonstrations, on a workstation or on "
           "the robot. The robot's own program is torpord(8)."});
  program.root().NeedsSubcommand();
  program.root().Footer(
      "torpor COMMAND --help shows a command's options and examples; torpor --manual "
      "COMMAND\n"
      "is its manual page. A refusal is one line with a reason that never changes its "
      "number\n"
      "(docs/reasons.md).\n"
      "Examples:\n"
      "  torpor simulate\n"
      "  torpor status --state /var/lib/torpord\n"
      "  source <(torpor --completion bash)");
  AddAll(program.root(), outcome);
  if (argc < 2) {
    std::fputs(program.Help().c_str(), stderr);
    return Info(Status::kUsage).exit_code;
  }
  if (program.Parse(argc, argv) == command::Program::Ended::kRefused) {
    Refuse(outcome, Status::kUsage, program.why_not());
  }
  return outcome.exit_code;
}

}  // namespace
}  // namespace torpor::cli

int main(int argc, char** argv) {
  try {
    return torpor::cli::Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "torpor: internal (2): %s\n", error.what());
    return torpor::Info(torpor::Status::kInternal).exit_code;
  }
}
