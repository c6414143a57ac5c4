#include "cli/evaluation_run.h"

#include <string_view>
#include <utility>

#include "cli/evaluation_data.h"
#include "cli/evaluation_networks.h"
#include "cli/progress.h"
#include "cli/score_picture.h"
#include "detect/evaluation/catalogue.h"
#include "detect/evaluation/table.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;
using evaluation::Machine;
using evaluation::ScoreTable;
using simulate::Attempt;
using simulate::Refusal;

// All rows of one way of commissioning.
using Scored = Attempt<std::vector<ScoreTable>>;

const ScoreTable* Find(const std::vector<ScoreTable>& tables, std::string_view row) {
  for (const ScoreTable& table : tables) {
    if (table.row == row) return &table;
  }
  return nullptr;
}

void AddSmoothed(std::vector<ScoreTable>& tables, const char* row, const char* name,
                 const std::vector<Machine>& machines) {
  if (const ScoreTable* plain = Find(tables, row)) {
    ScoreTable smooth = evaluation::Smooth(*plain, evaluation::kSmoothing, machines);
    smooth.row = name;
    tables.push_back(std::move(smooth));
  }
}

// The other way to fuse: C and a network alone, each over its own threshold.
void AddLargerOf(std::vector<ScoreTable>& tables, std::string_view network,
                 const char* name, const std::vector<Machine>& machines) {
  const ScoreTable* const found = Find(tables, evaluation::kGate);
  if (found == nullptr) return;
  const ScoreTable gate = *found;
  std::vector<ScoreTable> larger;
  for (const ScoreTable& table : tables) {
    if (table.row != network) continue;
    larger.push_back(evaluation::FuseByThreshold(gate, table, machines));
    larger.back().row = name;
  }
  for (ScoreTable& table : larger) tables.push_back(std::move(table));
}

Scored ScoreAll(const std::vector<Machine>& machines,
                const std::vector<NetworkRows>& networks, const char* what,
                const EvaluationOptions& options) {
  const Progress progress(what, options.progress);
  std::vector<ScoreTable> tables = evaluation::ScoreNested(
      evaluation::ClassicalRows(), machines,
      [&](std::size_t done, std::size_t of) { progress.Show(done, of); });
  AddSmoothed(tables, evaluation::kOwnScale, "C0 smoothed, EWMA 0.05", machines);
  AddSmoothed(tables, evaluation::kGate, "C smoothed, EWMA 0.05", machines);
  for (std::size_t i = 0; i < networks.size(); ++i) {
    progress.Show(i, networks.size());
    tables.push_back(
        evaluation::ScoreByFold(networks[i].by_fold, networks[i].seed, machines));
  }
  for (const auto& [network, name] :
       {std::pair{"transformer alone", "C or transformer, each at its own"},
        {"MLP alone", "C or MLP, each at its own"},
        {"transformer + 8 log C", kAsOnARobot},
        {"blind transformer + 8 log C", "C or blind transformer + 8 log C"},
        {"MLP + 8 log C", "C or MLP + 8 log C"},
        {"transformer int8 + 8 log C", kAsOnARobotRounded}}) {
    AddLargerOf(tables, network, name, machines);
  }
  for (const ScoreTable& table : tables) {
    if (const auto machine = evaluation::NotFinite(table)) {
      return Refusal{
          Status::kNotANumber,
          "row \"" + table.row + "\" has no finite score for " + machines[*machine].id,
          "", ""};
    }
  }
  return tables;
}

DegradationTable Judge(const std::vector<ScoreTable>& tables,
                       const std::vector<Machine>& machines, std::string title,
                       const EvaluationOptions& options) {
  DegradationTable judged{std::move(title), {}};
  for (const ScoreTable& table : tables) {
    judged.rows.push_back(evaluation::JudgeDegradation(table, machines, options.seed));
  }
  return judged;
}

// The contract's commissioning, in minutes of a score each.
std::size_t FixedMinutes(const contract::Terms& terms) {
  return terms.commissioning_cycles / terms.score_cycles;
}

Status RunMachines(const simulate::Manifest& manifest, const contract::Terms& terms,
                   const EvaluationOptions& options, Report& report, Refusal& why) {
  MachineOptions wanted{options.recordings, {}};
  const Progress listening(
      options.limit ? "listening, and mixing faults in" : "listening", options.progress);
  listening.Say();
  if (options.limit) {
    auto faults = LoadFaults(manifest, terms);
    if (!faults.ok()) return (why = faults.refusal()).status;
    if (faults->empty()) {
      why = {Status::kTooFewRecordings, "there is no recording of a fault to mix in", "",
             ""};
      return why.status;
    }
    wanted.faults = *std::move(faults);
  }
  auto machines = LoadMachines(manifest, wanted, terms);
  if (!machines.ok()) return (why = machines.refusal()).status;

  std::vector<NetworkRows> networks;
  if (!options.models.empty()) {
    auto loaded = LoadNetworks(options.models, terms.sensors().front().axes);
    if (!loaded.ok()) return (why = loaded.refusal()).status;
    networks = *std::move(loaded);
  }
  report.has_networks = !networks.empty();

  const auto scored = ScoreAll(*machines, networks, "judging", options);
  if (!scored.ok()) return (why = scored.refusal()).status;
  for (const ScoreTable& table : *scored) {
    const auto limit = evaluation::JudgeLimit(table, *machines, options.seed);
    if (limit) report.limit.push_back(*limit);
  }
  if (!options.figures.empty()) {
    const Status drawn = DrawScores(*scored, *machines, options.figures);
    if (drawn != Status::kOk) {
      why = {drawn, simulate::Printable(options.figures.string()), "", ""};
      return drawn;
    }
  }
  if (!options.degradation) return Status::kOk;
  report.degradation.push_back(
      Judge(*scored, *machines,
            "P3: real degradation, commissioning from 2 to 20 % of life", options));

  const std::size_t fixed = FixedMinutes(terms);
  for (Machine& machine : *machines) {
    machine.injected.clear();
    if (!machine.Commission({false, fixed})) {
      why = {Status::kRecordingTooShort,
             "recording " + machine.id + " is too short for commissioning of " +
                 std::to_string(fixed) + " minutes",
             "", ""};
      return why.status;
    }
  }
  const auto again =
      ScoreAll(*machines, networks, "judging, fixed commissioning", options);
  if (!again.ok()) return (why = again.refusal()).status;
  report.degradation.push_back(Judge(*again, *machines,
                                     "P3: real degradation, commissioning in the first " +
                                         std::to_string(fixed) +
                                         " minutes, a quarter of them run-in",
                                     options));
  return Status::kOk;
}

Status RunTerrain(const simulate::Manifest& manifest, const contract::Terms& imu,
                  const EvaluationOptions& options, Report& report, Refusal& why) {
  const Progress progress("driving", options.progress);
  const auto runs = LoadRuns(manifest, imu);
  if (!runs.ok()) return (why = runs.refusal()).status;
  if (runs->empty()) {
    why = {Status::kTooFewRecordings, "there is no healthy recording with a terrain", "",
           ""};
    return why.status;
  }
  std::vector<evaluation::Drive> drives;
  for (const Run& run : *runs) drives.push_back({run.id, run.terrain, &run.minutes});
  const auto rows = evaluation::ClassicalRows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    progress.Show(i, rows.size());
    report.terrain.push_back(evaluation::JudgeTerrain(*rows[i], drives));
  }
  return Status::kOk;
}

}  // namespace

Attempt<Report> RunEvaluation(const simulate::Manifest& manifest,
                              const contract::Terms& terms, const contract::Terms& imu,
                              const EvaluationOptions& options) {
  Report report;
  Refusal why;
  if (options.degradation || options.limit) {
    if (RunMachines(manifest, terms, options, report, why) != Status::kOk) return why;
  }
  if (options.terrain) {
    if (RunTerrain(manifest, imu, options, report, why) != Status::kOk) return why;
  }
  return report;
}

}  // namespace torpor::cli
