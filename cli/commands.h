// The sub-commands of torpor, one file each. A command's callback does its work and sets
// the exit code; main() is the only place that returns it.
#pragma once

#include "command/command.h"

namespace torpor::cli {

using command::Command;
using command::Option;

// What the process will return; 0 until a command says otherwise.
struct Outcome {
  int exit_code = 0;
};

void AddBaseline(const Command& app, Outcome& outcome);
void AddCalibrate(const Command& app, Outcome& outcome);
void AddContract(const Command& app, Outcome& outcome);
void AddDoctor(const Command& app, Outcome& outcome);
void AddEvaluate(const Command& app, Outcome& outcome);
void AddFleet(const Command& app, Outcome& outcome);
void AddIncident(const Command& app, Outcome& outcome);
void AddKeyring(const Command& app, Outcome& outcome);
void AddPair(const Command& app, Outcome& outcome);
void AddProfile(const Command& app, Outcome& outcome);
void AddQuantize(const Command& app, Outcome& outcome);
void AddReport(const Command& app, Outcome& outcome);
void AddSimulate(const Command& app, Outcome& outcome);
void AddStatus(const Command& app, Outcome& outcome);
void AddTop(const Command& app, Outcome& outcome);
void AddTrace(const Command& app, Outcome& outcome);
void AddTrain(const Command& app, Outcome& outcome);

}  // namespace torpor::cli
