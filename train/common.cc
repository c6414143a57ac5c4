#include <cstdio>
#include <filesystem>
#include <utility>

#include "contract/sign/any_terms.h"
#include "contract/sign/describe.h"
#include "core/status_table.h"
#include "simulate/manifest.h"
#include "train/card.h"
#include "train/commands.h"
#include "train/durable_file.h"

namespace torpor::train {
namespace {

void AddRange(CLI::App& command, const std::string& name, Range& range,
              const std::string& help) {
  command
      .add_option_function<std::vector<double>>(
          name,
          [&range](const std::vector<double>& v) {
            range = {v[0], v[1]};
          },
          help)
      ->expected(2)
      ->group("Method");
}

void AddMethodOptions(CLI::App& command, Recipe& r) {
  const auto add = [&command](const std::string& name, auto& value,
                              const std::string& help) {
    return command.add_option(name, value, help)->capture_default_str()->group("Method");
  };
  add("--steps", r.step.steps, "Steps of training")->check(CLI::Range(1, 10'000'000));
  add("--batch", r.step.batch, "Examples of a step, half of them faulty")
      ->check(CLI::Range(2, 4096));
  add("--warm-up", r.step.warm_up, "Steps in which the rate rises");
  add("--rate", r.step.rate, "Highest learning rate");
  add("--weight-decay", r.step.weight_decay, "Of the matrices");
  add("--averaging", r.step.averaging, "Of weights over steps; 0 keeps the last ones")
      ->check(CLI::Range(0.0, 0.9999));
  add("--machines", r.machine.of_each_voice, "Virtual machines of each recording")
      ->check(CLI::Range(1, 100'000));
  add("--faults", r.voice.faulty_minutes, "Faulty minutes made of each recording")
      ->check(CLI::Range(10, 10'000'000));
  add("--mountings", r.voice.mountings, "Sensors that hear each; the first as recorded")
      ->check(CLI::Range(1, 100));
  add("--dropout", r.network.dropout, "Share of what a block adds")
      ->check(CLI::Range(0.0, 0.9));
  add("--width", r.network.width, "A multiple of 16")->check(CLI::Range(16, 512));
  add("--layers", r.network.layers, "Encoder blocks")->check(CLI::Range(1, 8));
  add("--heads", r.network.heads, "Of attention")->check(CLI::Range(1, 64));
  add("--hidden", r.network.hidden, "A multiple of 16")->check(CLI::Range(16, 2048));
  add("--exemplars", r.machine.exemplars, "Minutes of its own commissioning, at most")
      ->check(CLI::Range(0, 8));
  add("--fleet-weight", r.machine.fleet_weight_cycles,
      "Cycles that the fleet's spread counts as");
  add("--shrinkage", r.machine.shrinkage, "Of the fleet's covariance")
      ->check(CLI::Range(0.0, 1.0));
  add("--healthy-share", r.healthy_share, "Of a life that ends in failure")
      ->check(CLI::Range(0.01, 1.0));
  add("--validation-share", r.validation_share, "The held-out end of each healthy part")
      ->check(CLI::Range(0.0, 0.5));
  add("--validation-pairs", r.validation_pairs, "Pairs of minutes to validate on")
      ->check(CLI::Range(1, 1'000'000));
  AddRange(command, "--fault-db", r.fault.level_db, "Fault against background, low high");
  AddRange(command, "--learned-minutes", r.machine.learned_minutes,
           "Of a commissioning, low high");
}

bool Possible(const NetworkRecipe& r) {
  return r.width % 16 == 0 && r.hidden % 16 == 0 && r.heads > 0 &&
         r.width % r.heads == 0 && r.width / r.heads % 8 == 0;
}

}  // namespace

void AddCommonOptions(CLI::App& command, Common& c) {
  command
      .add_option("--contract", c.contract,
                  "Bundle, TOML source, or the name of a shipped base")
      ->capture_default_str();
  command.add_option("--data", c.data, "Folder of recordings with a manifest.json");
  command
      .add_option("--recordings", c.recordings,
                  "Ids to train on; all healthy and failing ones that fit without")
      ->delimiter(',');
  command
      .add_option("--exclude", c.exclude,
                  "Ids to leave out: the machines that will be judged")
      ->delimiter(',');
  command.add_option("--simulated", c.simulated, "Train on this many simulated machines")
      ->check(CLI::Range(2, 1000));
  command
      .add_option("--simulated-cycles", c.simulated_cycles, "Of each simulated machine")
      ->capture_default_str()
      ->check(CLI::Range(60, 100'000));
  command.add_option("--threads", c.threads, "That make examples; changes no result")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  command
      .add_option("--checkpoint-seconds", c.checkpoint_seconds,
                  "Between two checkpoints; 0 writes one each step")
      ->capture_default_str();
  command.add_flag("--resume", c.resume, "Continue where a killed run was");
  command.add_flag("--quiet", c.quiet, "Say nothing but refusals");
  AddMethodOptions(command, c.recipe);
}

void Refuse(Outcome& outcome, Status status, const std::string& subject) {
  const StatusInfo& info = Info(status);
  outcome.exit_code = info.exit_code;
  std::fprintf(stderr, "torpor-train: %s%s%s\n",
               contract::sign::Describe(status, subject).c_str(),
               info.advice.empty() ? "" : "; ", std::string(info.advice).c_str());
}

Result<contract::Terms> TermsOf(const std::string& what, Outcome& outcome) {
  std::vector<contract::sign::Problem> problems;
  auto terms = contract::sign::AnyTerms(what, problems);
  if (terms.ok()) return terms;
  Refuse(outcome, terms.status(), problems.empty() ? what : problems.front().line);
  return terms;
}

Result<Corpus> CorpusOf(const Common& c, const contract::Terms& terms, Outcome& outcome) {
  if (c.data.empty() == (c.simulated == 0)) {
    Refuse(outcome, Status::kUsage, "one of --data DIR and --simulated N is needed");
    return Status::kUsage;
  }
  if (!Possible(c.recipe.network)) {
    Refuse(outcome, Status::kUsage,
           "width and hidden are multiples of 16, and width / heads is one of 8");
    return Status::kUsage;
  }
  if (c.recipe.step.batch % 2 != 0) {
    Refuse(outcome, Status::kUsage, "--batch is even: half of it is faulty");
    return Status::kUsage;
  }
  const Listening listening = [&c](const std::string& id) {
    if (!c.quiet) std::fprintf(stderr, "listening to %s\n", id.c_str());
  };
  auto corpus = [&]() -> simulate::Attempt<Corpus> {
    if (c.simulated > 0) {
      return SimulateCorpus(c.simulated, c.simulated_cycles, terms, listening);
    }
    const auto manifest = simulate::ReadManifest(c.data);
    if (!manifest.ok()) return manifest.refusal();
    return ReadCorpus(*manifest, {c.recordings, c.exclude, c.recipe.healthy_share}, terms,
                      listening);
  }();
  if (!corpus.ok()) {
    Refuse(outcome, corpus.status(), corpus.refusal().what);
    return corpus.status();
  }
  const Listening making = [&c](const std::string& id) {
    if (!c.quiet) std::fprintf(stderr, "making faults in %s\n", id.c_str());
  };
  const Status voiced = GiveVoices(*corpus, c.recipe, c.threads, making);
  if (voiced != Status::kOk) {
    Refuse(outcome, voiced, c.contract);
    return voiced;
  }
  return *std::move(corpus);
}

Status Train(const Job& job, Progress& progress, Outcome& outcome) {
  const auto fleet = MeetFleet(job.corpus, job.common.recipe.machine);
  if (!fleet.ok()) {
    Refuse(outcome, fleet.status(), job.common.contract);
    return fleet.status();
  }
  const Workshop workshop{job.corpus, *fleet, job.common.recipe, job.seed};
  CourseOptions options;
  options.variants = job.variants;
  options.threads = job.common.threads;
  options.checkpoint = job.checkpoint;
  options.checkpoint_every = std::chrono::seconds(job.common.checkpoint_seconds);
  options.resume = job.common.resume;
  std::string problem;
  const auto trained = Run(workshop, options, progress, problem);
  if (!trained.ok()) {
    Refuse(outcome, trained.status(), problem);
    return trained.status();
  }
  const Digest run = RunDigest(workshop, job.variants);
  for (std::size_t i = 0; i < trained->size(); ++i) {
    const Trained& one = (*trained)[i];
    const auto bytes = model::EncodeNetwork(one.weights);
    const std::string card =
        CardOf(workshop, one, job.common.contract, bytes, run).dump(1) + "\n";
    // The card first: a model without one would be of nowhere.
    Status wrote = WriteDurably(CardPath(job.files[i]), AsBytes(card), problem);
    if (wrote == Status::kOk) wrote = WriteDurably(job.files[i], bytes, problem);
    if (wrote != Status::kOk) {
      Refuse(outcome, wrote, problem);
      return wrote;
    }
    if (!job.common.quiet) {
      char line[160];
      std::snprintf(line, sizeof line, ": loss %.3f, held out %.3f, AUROC there %.3f",
                    one.figures.training_loss, one.figures.validation_loss,
                    one.figures.validation_auroc);
      progress.Say("wrote " + job.files[i].string() + line);
    }
  }
  std::error_code ignored;
  std::filesystem::remove(job.checkpoint, ignored);
  return Status::kOk;
}

std::vector<Variant> VariantsOf(const std::vector<std::string>& names) {
  std::vector<Variant> variants;
  for (const std::string& name : names) {
    for (const Variant variant :
         {Variant::kTransformer, Variant::kBlind, Variant::kMlp}) {
      if (name == NameOf(variant)) variants.push_back(variant);
    }
  }
  return variants;
}

}  // namespace torpor::train
