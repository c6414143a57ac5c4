// The sub-commands of torpor, one file each. A command's callback does its work and sets
// the exit code; main() is the only place that returns it.
#pragma once

#include <CLI/CLI.hpp>

namespace torpor::cli {

// What the process will return; 0 until a command says otherwise.
struct Outcome {
  int exit_code = 0;
};

void AddBaseline(CLI::App& app, Outcome& outcome);
void AddCalibrate(CLI::App& app, Outcome& outcome);
void AddContract(CLI::App& app, Outcome& outcome);
void AddDoctor(CLI::App& app, Outcome& outcome);
void AddEvaluate(CLI::App& app, Outcome& outcome);
void AddFleet(CLI::App& app, Outcome& outcome);
void AddIncident(CLI::App& app, Outcome& outcome);
void AddKeyring(CLI::App& app, Outcome& outcome);
void AddPair(CLI::App& app, Outcome& outcome);
void AddProfile(CLI::App& app, Outcome& outcome);
void AddQuantize(CLI::App& app, Outcome& outcome);
void AddSimulate(CLI::App& app, Outcome& outcome);
void AddStatus(CLI::App& app, Outcome& outcome);
void AddTrain(CLI::App& app, Outcome& outcome);

}  // namespace torpor::cli
