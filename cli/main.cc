// torpor: contracts, keys, baselines and demonstrations, on a workstation or the robot.
#include <cstdio>
#include <exception>

#include "cli/commands.h"
#include "cli/say.h"
#include "cli/suggest.h"
#include "core/status_table.h"
#include "core/version.h"

namespace torpor::cli {
namespace {

// The whole surface of the command.
void AddAll(CLI::App& app, Outcome& outcome) {
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
  AddSimulate(app, outcome);
  AddStatus(app, outcome);
  AddTrain(app, outcome);
}

int Run(int argc, char** argv) {
  Outcome outcome;
  CLI::App app("A battery robot watches its own bearings, on a signed power contract.",
               "torpor");
  app.set_version_flag("--version", std::string(kVersion));
  app.require_subcommand(1);
  app.footer("torpor COMMAND --help shows a command's options and examples.");
  AddAll(app, outcome);

  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return Info(Status::kUsage).exit_code;
  }
  const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
  const std::string mistyped = Mistyped(app, words.subspan(1));
  if (!mistyped.empty()) {
    Refuse(outcome, Status::kUsage, mistyped);
    return outcome.exit_code;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    Refuse(outcome, Status::kUsage, error.what());
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
