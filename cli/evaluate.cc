// torpor evaluate: every recording judged by what never saw it, losers shown.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/evaluation_report.h"
#include "cli/evaluation_run.h"
#include "cli/lives.h"
#include "cli/say.h"
#include "cli/terms_of.h"
#include "core/json_hosted.h"
#include "detect/evaluate.h"
#include "simulate/manifest.h"

namespace torpor::cli {
namespace {

struct Options {
  std::string data, contract = "bench-10s", imu_contract = "bench-imu";
  std::string protocol = "robot", models, figures;
  std::vector<std::string> recordings;
  bool json = false, bearings = false, quiet = false;
};

using Judged = detect::Outcome;

double LeadMinutes(const Judged& o, const contract::Terms& terms) {
  const auto cycles = static_cast<double>(o.cycles - *o.first_alarm);
  return cycles * static_cast<double>(terms.period.count()) / 60'000.0;
}

bool Found(const Judged& o) { return o.first_alarm && !o.false_alarm; }

struct Summary {
  std::size_t machines = 0, found = 0, false_alarms = 0, missed = 0, healthy_scores = 0;
  double median_lead_minutes = 0;
};

Summary Summarise(const std::vector<Judged>& outcomes, const contract::Terms& terms) {
  Summary s;
  std::vector<double> leads;
  for (const Judged& o : outcomes) {
    ++s.machines;
    s.found += Found(o) ? 1U : 0U;
    s.false_alarms += o.false_alarm ? 1U : 0U;
    s.missed += o.first_alarm ? 0U : 1U;
    s.healthy_scores += o.healthy_scores;
    if (Found(o)) leads.push_back(LeadMinutes(o, terms));
  }
  std::ranges::sort(leads);
  if (!leads.empty()) {
    s.median_lead_minutes = (leads[leads.size() / 2] + leads[(leads.size() - 1) / 2]) / 2;
  }
  return s;
}

void PrintTable(const std::vector<Judged>& outcomes, const contract::Terms& terms) {
  std::printf("%-14s %7s %9s %12s  %-8s %8s %8s %6s %6s  %s\n", "recording", "cycles",
              "abstained", "first alarm", "verdict", "healthy", "end", "AUROC", "drift",
              "threshold");
  for (const Judged& o : outcomes) {
    std::string first = "-", verdict = "MISSED";
    if (o.first_alarm) {
      char text[32];
      std::snprintf(text, sizeof text, "-%.1f min", LeadMinutes(o, terms));
      first = text;
      verdict = o.false_alarm ? "FALSE" : "found";
    }
    std::printf("%-14s %7zu %9zu %12s  %-8s %7.1f%% %7.1f%% %6.3f %6.3f  %.2f by %s\n",
                o.id.c_str(), o.cycles, o.abstained, first.c_str(), verdict.c_str(),
                100 * o.healthy_over, 100 * o.end_over, o.auroc, o.drift_auroc,
                o.threshold, o.threshold_by.c_str());
  }
}

void PrintSummary(const Summary& s) {
  std::printf(
      "\nfound %zu of %zu, missed %zu, falsely alarmed %zu; median lead %.1f min.\n"
      "first alarm: before the end of the recording. healthy, end: share of scores at "
      "or\n"
      "above the threshold after commissioning up to 35 %%, and in the last 5 %%, of "
      "life.\n"
      "AUROC: those two apart. drift: mid-life against healthy; what of that is ageing.\n"
      "Each threshold is of the other recordings alone. %zu machines falsely alarmed of "
      "%zu\n"
      "say no more than: below %.0f %% of machines (95 %%).\n",
      s.found, s.machines, s.missed, s.false_alarms, s.median_lead_minutes,
      s.false_alarms, s.machines, 100 * detect::UpperBound(s.false_alarms, s.machines));
}

void PrintJson(const std::vector<Judged>& outcomes, const Summary& s,
               const contract::Terms& terms) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Judged& o : outcomes) {
    nlohmann::ordered_json row{{"id", o.id},
                               {"cycles", o.cycles},
                               {"healthy_cycles", o.healthy_cycles},
                               {"abstained", o.abstained},
                               {"episodes", o.episodes}};
    if (o.first_alarm) {
      row["first_alarm_cycle"] = *o.first_alarm;
      row["lead_minutes"] = LeadMinutes(o, terms);
    }
    row.update({{"false_alarm", o.false_alarm},
                {"missed", !o.first_alarm},
                {"healthy_over", o.healthy_over},
                {"end_over", o.end_over},
                {"auroc", o.auroc},
                {"drift_auroc", o.drift_auroc},
                {"healthy_scores", o.healthy_scores},
                {"threshold", o.threshold},
                {"threshold_by", o.threshold_by}});
    rows.push_back(std::move(row));
  }
  const nlohmann::ordered_json all{{"recordings", rows},
                                   {"machines", s.machines},
                                   {"found", s.found},
                                   {"missed", s.missed},
                                   {"false_alarms", s.false_alarms},
                                   {"median_lead_minutes", s.median_lead_minutes},
                                   {"healthy_scores", s.healthy_scores}};
  std::printf("%s\n", all.dump(2).c_str());
}

// As a robot judges: the contract's commissioning, k of n.
void EvaluateRobot(const Options& options, const simulate::Manifest& manifest,
                   const contract::Terms& terms, Outcome& outcome) {
  const auto lives = LivesOfRecordings(
      manifest, options.recordings, {}, terms, [&options](const std::string& id) {
        if (!options.quiet) std::fprintf(stderr, "listening to %s\n", id.c_str());
      });
  if (!lives.ok()) return Refuse(outcome, lives.status(), lives.refusal().what);
  std::string problem;
  const auto outcomes = detect::LeaveOneOut(*lives, FitOptionsOf(terms), problem);
  if (!outcomes.ok()) return Refuse(outcome, outcomes.status(), problem);
  const Summary summary = Summarise(*outcomes, terms);
  if (options.json) return PrintJson(*outcomes, summary, terms);
  PrintTable(*outcomes, terms);
  PrintSummary(summary);
}

void EvaluateRows(const Options& options, const simulate::Manifest& manifest,
                  const contract::Terms& terms, Outcome& outcome) {
  const auto imu = TermsOf(options.imu_contract, outcome);
  if (!imu.ok()) return;
  const bool all = options.protocol == "all";
  EvaluationOptions wanted;
  wanted.degradation = all || options.protocol == "p3";
  wanted.limit = all || options.protocol == "p4";
  wanted.terrain = all || options.protocol == "imu";
  wanted.recordings = options.recordings;
  wanted.models = options.models;
  wanted.figures = options.figures;
  wanted.progress = !options.quiet;
  const auto report = RunEvaluation(manifest, terms, *imu, wanted);
  if (!report.ok()) return Refuse(outcome, report.status(), report.refusal().what);
  if (options.json) {
    std::printf("%s\n", JsonOf(*report).dump(2).c_str());
  } else {
    PrintReport(*report, options.bearings);
  }
}

void Evaluate(const Options& options, Outcome& outcome) {
  const auto terms = TermsOf(options.contract, outcome);
  if (!terms.ok()) return;
  const auto manifest = simulate::ReadManifest(options.data);
  if (!manifest.ok()) return Refuse(outcome, manifest.status(), manifest.refusal().what);
  if (options.protocol == "robot") {
    EvaluateRobot(options, *manifest, *terms, outcome);
  } else {
    EvaluateRows(options, *manifest, *terms, outcome);
  }
}

}  // namespace

void AddEvaluate(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command evaluate = app.Add(
      "evaluate", "Judge recordings whose end is known, each by what others taught");
  evaluate.Value("--data", options->data, "Folder of recordings with a manifest.json")
      .Required();
  evaluate
      .Value("--protocol", options->protocol,
             "robot: as a robot judges, by the contract. p3: real degradation, all "
             "detectors and controls. p4: faults of other rigs mixed into healthy "
             "minutes. imu: a healthy robot on terrains. all: p3, p4 and imu")
      .OneOf({"robot", "p3", "p4", "imu", "all"});
  evaluate.Value("--contract", options->contract,
                 "Bundle, TOML source, or the name of a shipped base");
  evaluate.Value("--imu-contract", options->imu_contract,
                 "The same, of the robot's drives");
  evaluate
      .Value("--recordings", options->recordings,
             "Ids, four at least (p3 and p4: five); all that run to failure without")
      .SplitAt(',');
  evaluate.Value("--models", options->models,
                 "Folder of cross-validated networks; p3 and p4 judge them as well");
  evaluate.Value("--figures", options->figures,
                 "Folder for a picture of each recording; p3 and p4");
  evaluate.Flag("--bearings", options->bearings,
                "Print each recording of each row, losers included; p3");
  evaluate.Flag("-q,--quiet", options->quiet, "Do not say how far it is");
  evaluate.Flag("--json", options->json, "Print one JSON object");
  evaluate.Footer(
      "Examples:\n"
      "  torpor evaluate --data ../data\n"
      "  torpor evaluate --data ../data --protocol p3 --bearings\n"
      "  torpor evaluate --data ../data --protocol all --models runs/cv --figures "
      "figures\n"
      "  torpor evaluate --data ../data --protocol p4 --json > p4.json\n"
      "What the protocols are and what they do not show: docs/evaluation.md");
  evaluate.Run([options, &outcome] { Evaluate(*options, outcome); });
}

}  // namespace torpor::cli
