// torpor-train fit: one model from the healthy parts of a fleet's recordings.
#include <filesystem>
#include <memory>

#include "train/commands.h"

namespace torpor::train {
namespace {

struct Options {
  Common common;
  std::string out, variant = "transformer";
};

void Fit(const Options& options, Outcome& outcome) {
  std::error_code error;
  if (std::filesystem::exists(options.out, error)) {
    return Refuse(outcome, Status::kFileExists, options.out);
  }
  const auto terms = TermsOf(options.common.contract, outcome);
  if (!terms.ok()) return;
  const auto corpus = CorpusOf(options.common, *terms, outcome);
  if (!corpus.ok()) return;
  Progress progress(options.common.recipe.step.steps, options.common.quiet);
  const Job job{options.common,
                *corpus,
                VariantsOf({options.variant}),
                options.common.seed,
                options.out + ".checkpoint",
                {options.out}};
  static_cast<void>(Train(job, progress, outcome));  // it has said why
}

}  // namespace

void AddFit(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* fit = app.add_subcommand("fit", "Train one model");
  AddCommonOptions(*fit, options->common);
  fit->add_option("--seed", options->common.seed, "Of everything that is drawn")
      ->capture_default_str();
  fit->add_option("--variant", options->variant,
                  "blind has no exemplars, mlp no attention: the controls")
      ->capture_default_str()
      ->check(CLI::IsMember({"transformer", "blind", "mlp"}));
  fit->add_option("-o,--out", options->out, "The model file; its card lies beside it")
      ->required();
  fit->footer(
      "Only the first 35 % of a recording that runs to failure is read.\n"
      "Examples:\n"
      "  torpor-train fit --data ../data --exclude femto-b1_1 -o fleet.model\n"
      "  torpor-train fit --contract warehouse-60s --simulated 16 -o robots.model\n"
      "  torpor-train fit --data ../data --exclude femto-b1_1 -o fleet.model --resume");
  fit->callback([options, &outcome] { Fit(*options, outcome); });
}

}  // namespace torpor::train
