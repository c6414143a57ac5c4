// torpor baseline: what other machines teach about normal, fitted once for a fleet.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/lives.h"
#include "cli/say.h"
#include "cli/stand_ins.h"
#include "cli/terms_of.h"
#include "contract/sign/durable.h"
#include "core/hex.h"
#include "core/json_hosted.h"
#include "detect/baseline.h"
#include "detect/fit.h"
#include "model/inference.h"
#include "simulate/manifest.h"

namespace torpor::cli {
namespace {

struct Options {
  std::string contract, data, model, out, file;
  std::vector<std::string> recordings, exclude;
  std::uint32_t simulated = 0;
  bool quiet = false, json = false;
};

// Machines of the simulator that no demonstration judges, and how long each is heard.
constexpr std::uint64_t kFirstSimulatedSeed = 1'000'000;
constexpr std::uint32_t kSimulatedScores = 360;

using Lives = simulate::Attempt<std::vector<detect::Life>>;

Lives ReadLives(const Options& options, const contract::Terms& terms) {
  const auto progress = [&options](const std::string& id) {
    if (!options.quiet) std::fprintf(stderr, "listening to %s\n", id.c_str());
  };
  if (options.simulated > 0) {
    return LivesOfSimulator(options.simulated, kFirstSimulatedSeed, kSimulatedScores,
                            terms, progress);
  }
  const auto manifest = simulate::ReadManifest(options.data);
  if (!manifest.ok()) return manifest.refusal();
  for (const std::string& id : options.exclude) {
    if (const auto known = manifest->Take(id); !known.ok()) return known.refusal();
  }
  return LivesOfRecordings(*manifest, options.recordings, options.exclude, terms,
                           progress);
}

// What this many healthy scores can show, beside what the contract asks for.
void SayBound(const detect::Baseline& baseline, const contract::Terms& terms) {
  const double independent =
      static_cast<double>(baseline.healthy_scores) / baseline.rule.score_cycles;
  const double bound = 3.0 / independent * 1e9;
  std::printf(
      "false alarms: none in the %llu healthy scores, by construction. About %.0f of "
      "them\n"
      "are independent, which at best bounds the rate to %.2g per 10^9 cycles (rule of\n"
      "three, 95 %%). The contract asks for %u: %s.\n",
      static_cast<unsigned long long>(baseline.healthy_scores), independent, bound,
      terms.false_alarm_target,
      bound <= terms.false_alarm_target ? "these data could show it"
                                        : "not shown by these data");
}

void SayStandIns(const StandIns& stand_ins) {
  if (stand_ins.by_id.empty()) return;
  const auto without = static_cast<std::size_t>(std::ranges::count_if(
      stand_ins.by_id, [](const auto& one) { return one.second == nullptr; }));
  std::printf(
      "it was trained on %zu of them: %zu were scored by a model that was not, %zu "
      "set no threshold\nfor the network\n",
      stand_ins.by_id.size(), stand_ins.by_id.size() - without, without);
}

void FitFile(const Options& options, Outcome& outcome) {
  if (options.data.empty() == (options.simulated == 0)) {
    return RefuseWith(outcome, Status::kUsage,
                      "usage (1): one of --data DIR and --simulated N is needed");
  }
  const auto terms = TermsOf(options.contract, outcome);
  if (!terms.ok()) return;
  const Lives lives = ReadLives(options, *terms);
  if (!lives.ok()) return Refuse(outcome, lives.status(), lives.refusal().what);
  std::vector<const detect::Life*> pointers;
  for (const detect::Life& life : *lives) pointers.push_back(&life);
  std::string problem;
  detect::FitOptions fit = FitOptionsOf(*terms);
  const auto model = model::ChooseModel(options.model, fit.shape.axes, problem);
  if (!model.ok()) return Refuse(outcome, model.status(), problem);
  fit.network = model->inference.get();
  std::vector<std::string> ids;
  for (const detect::Life& life : *lives) ids.push_back(life.id);
  StandIns stand_ins;
  if (fit.network != nullptr) {
    auto found = FindStandIns(model->path, ids, fit.shape.axes, problem);
    if (!found.ok()) return Refuse(outcome, found.status(), problem);
    stand_ins = *std::move(found);
    fit.stand_ins = stand_ins.by_id;
  }
  auto fitted = detect::Fit(pointers, fit, problem);
  if (!fitted.ok()) return Refuse(outcome, fitted.status(), problem);
  detect::Baseline& baseline = fitted->baseline;
  const Status written =
      contract::sign::ReplaceFile(options.out, detect::EncodeBaseline(baseline));
  if (written != Status::kOk) return Refuse(outcome, written, options.out);
  std::printf("wrote %s: %u machines, threshold %.2f set by %s\n", options.out.c_str(),
              baseline.machines, baseline.threshold, fitted->threshold_by.c_str());
  if (baseline.has_network()) {
    std::printf("network %s: threshold %.2f (logit) set by %s\n",
                model->path.string().c_str(), baseline.logit_threshold,
                fitted->logit_threshold_by.c_str());
    SayStandIns(stand_ins);
  } else {
    std::puts("no network: the classical channel alone");
  }
  SayBound(baseline, *terms);
}

template <class Digest>
std::string HexOf(const Digest& digest) {
  std::string hex(2 * digest.size(), '0');
  WriteHex(digest, hex);
  return hex;
}

void ShowJson(const detect::Baseline& b) {
  nlohmann::ordered_json shown{{"digest", HexOf(b.digest)},
                               {"sensor",
                                {{"rate_hz", b.shape.rate_hz()},
                                 {"axes", b.shape.axes},
                                 {"samples", b.shape.frames},
                                 {"full_scale_g", b.shape.full_scale_milli_g / 1000.0}}},
                               {"commissioning_cycles", b.rule.commissioning_cycles},
                               {"run_in_cycles", b.run_in_cycles},
                               {"score_cycles", b.rule.score_cycles},
                               {"alarm_k", b.rule.alarm_k},
                               {"alarm_n", b.rule.alarm_n},
                               {"machines", b.machines},
                               {"typical_level_g", b.typical_level_g},
                               {"threshold", b.threshold},
                               {"healthy_scores", b.healthy_scores},
                               {"commissioning_limits",
                                {{"trend", b.limits.trend},
                                 {"spread", b.limits.spread},
                                 {"strangeness", b.limits.strangeness},
                                 {"impulsiveness", b.limits.impulsiveness}}},
                               {"network", nullptr}};
  if (b.has_network()) {
    shown["network"] = {{"digest", HexOf(b.network)},
                        {"logit_threshold", b.logit_threshold}};
  }
  std::printf("%s\n", shown.dump(2).c_str());
}

void Show(const Options& options, Outcome& outcome) {
  const auto baseline = detect::ReadBaseline(options.file);
  if (!baseline.ok()) return Refuse(outcome, baseline.status(), options.file);
  const detect::Baseline& b = *baseline;
  if (options.json) return ShowJson(b);
  std::printf("digest               %s\n", HexOf(b.digest).c_str());
  std::printf("sensor               %.10g Hz, %u axes, %u samples of each, %.10g g\n",
              b.shape.rate_hz(), b.shape.axes, b.shape.frames,
              b.shape.full_scale_milli_g / 1000.0);
  std::printf("commissioning_cycles %u, the first %u of them run-in\n",
              b.rule.commissioning_cycles, b.run_in_cycles);
  std::printf("score_cycles         %u\n", b.rule.score_cycles);
  std::printf("alarm                %u of the last %u scores\n", b.rule.alarm_k,
              b.rule.alarm_n);
  std::printf("fleet                %u machines, typically at %.3g g rms\n", b.machines,
              double{b.typical_level_g});
  std::printf("threshold            %.4g, from %llu healthy scores\n", b.threshold,
              static_cast<unsigned long long>(b.healthy_scores));
  std::printf(
      "commissioning limits trend %.2f, spread %.2f, strangeness %.2f, impulsiveness "
      "%.2f\n",
      b.limits.trend, b.limits.spread, b.limits.strangeness, b.limits.impulsiveness);
  if (!b.has_network()) return static_cast<void>(std::puts("network              none"));
  std::printf("network              %s\n", HexOf(b.network).c_str());
  std::printf("logit threshold      %.4g\n", b.logit_threshold);
}

}  // namespace

void AddBaseline(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command baseline = app.Add("baseline", "Learn from a fleet's healthy machines");
  baseline.NeedsSubcommand();
  baseline.Footer(
      "Examples:\n  torpor baseline fit --contract night.dsse --data recordings -o "
      "fleet.baseline\n"
      "  torpor baseline show fleet.baseline");

  const Command fit = baseline.Add("fit", "Fit a baseline file for a contract");
  fit.Value("--contract", options->contract,
            "Bundle, TOML source, or the name of a shipped base")
      .Required();
  fit.Value("--data", options->data, "Folder of recordings with a manifest.json");
  fit.Value("--recordings", options->recordings,
            "Ids to fit to; all that run to failure without")
      .SplitAt(',');
  fit.Value("--exclude", options->exclude,
            "Ids to leave out: the machine that will be judged")
      .SplitAt(',');
  fit.Value("--simulated", options->simulated,
            "Fit to this many simulated machines instead")
      .Between(3, 1000);
  fit.Value("--model", options->model,
            "The network that robots will run; the installed one without; none: "
            "the classical channel alone");
  fit.Flag("--quiet", options->quiet, "Do not say which machine is being read");
  fit.Value("-o,--out", options->out, "The baseline file").Required();
  fit.Footer(
      "Only the first 35 % of a recording that runs to failure is read as healthy.\n"
      "Example:\n"
      "  torpor baseline fit --contract bench-10s --data ../data --exclude femto-b1_1 -o "
      "fleet.baseline");
  fit.Run([options, &outcome] { FitFile(*options, outcome); });

  const Command show = baseline.Add("show", "Print what a baseline file holds");
  show.Value("FILE", options->file, "A baseline file").Required();
  show.Flag("--json", options->json, "For programs to read");
  show.Footer(
      "Examples:\n  torpor baseline show fleet.baseline\n"
      "  torpor baseline show fleet.baseline --json");
  show.Run([options, &outcome] { Show(*options, outcome); });
}

}  // namespace torpor::cli
