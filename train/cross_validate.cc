// torpor-train cross-validate: every fold of the recordings judged by models that never
// heard them, several seeds and the controls beside each other.
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "train/card.h"
#include "train/commands.h"

namespace torpor::train {
namespace {

namespace fs = std::filesystem;

// The folds of every figure in docs/detection.md.
constexpr const char* kFemtoFolds =
    "femto-b1_1,femto-b2_1,femto-b3_1;femto-b1_2,femto-b1_6,femto-b2_2;"
    "femto-b1_5,femto-b2_5,femto-b3_2";

struct Options {
  Common common;
  std::string out, folds = kFemtoFolds;
  std::uint32_t seeds = 5;
  std::vector<std::string> variants{"transformer", "blind", "mlp"};
};

using Folds = std::vector<std::vector<std::string>>;

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

struct Cell {
  std::size_t fold = 0;
  std::uint64_t seed = 0;
  fs::path folder;
  std::vector<fs::path> files;
};

std::vector<Cell> CellsOf(const Options& options, const Folds& folds) {
  std::vector<Cell> cells;
  // Seed after seed, so that an interrupted run has whole seeds.
  for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) {
    for (std::size_t fold = 0; fold < folds.size(); ++fold) {
      Cell cell{fold,
                seed,
                fs::path(options.out) / ("fold-" + std::to_string(fold + 1)) /
                    ("seed-" + std::to_string(seed)),
                {}};
      for (const Variant variant : VariantsOf(options.variants)) {
        cell.files.push_back(cell.folder / (std::string(FileNameOf(variant)) + ".model"));
      }
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

enum class Written : std::uint8_t { kNotAll, kAll, kOtherwise };

// Whether all models of a cell are there, and made as they would be now.
Written Look(const Cell& cell, const Recipe& recipe) {
  for (const fs::path& file : cell.files) {
    const auto card = ReadCard(file);
    if (!card.ok()) return Written::kNotAll;
    if (!IsOf(*card, recipe, cell.seed)) return Written::kOtherwise;
  }
  return Written::kAll;
}

void CrossValidate(const Options& options, Outcome& outcome) {
  const Common& common = options.common;
  if (common.simulated > 0) {
    return Refuse(outcome, Status::kUsage, "cross-validate takes --data DIR");
  }
  Folds folds;
  for (const std::string& fold : Split(options.folds, ';')) {
    folds.push_back(Split(fold, ','));
  }
  const auto terms = TermsOf(common.contract, outcome);
  if (!terms.ok()) return;
  const std::vector<Cell> cells = CellsOf(options, folds);
  std::optional<Corpus> all;
  const std::size_t steps = common.recipe.step.steps;
  Progress progress(cells.size() * steps, common.quiet);
  for (const Cell& cell : cells) {
    std::error_code error;
    fs::create_directories(cell.folder, error);
    if (error) {
      return Refuse(outcome, Status::kIo, cell.folder.string() + ": " + error.message());
    }
    if (!common.resume && fs::exists(cell.files.front(), error)) {
      return Refuse(outcome, Status::kFileExists, cell.files.front().string());
    }
    const Written written = Look(cell, common.recipe);
    if (written == Written::kOtherwise) {
      return Refuse(outcome, Status::kCheckpointMismatch, cell.folder.string());
    }
    if (written == Written::kAll) {
      progress.Skip(steps);
      continue;
    }
    if (!all) {
      auto corpus = CorpusOf(common, *terms, outcome);
      if (!corpus.ok()) return;
      all = *std::move(corpus);
    }
    const Corpus corpus = Without(*all, folds[cell.fold]);
    if (corpus.parts.size() < kFewestParts) {
      return Refuse(outcome, Status::kTooFewRecordings,
                    "fold " + std::to_string(cell.fold + 1));
    }
    const Job job{common,
                  corpus,
                  VariantsOf(options.variants),
                  cell.seed,
                  cell.folder / "checkpoint",
                  cell.files};
    if (Train(job, progress, outcome) != Status::kOk) return;
  }
}

}  // namespace

void AddCrossValidate(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("cross-validate",
                                         "Train a model for each fold, seed and variant");
  AddCommonOptions(*command, options->common);
  command->add_option("--seeds", options->seeds, "Seeds 1 to this")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--variants", options->variants,
                   "Trained side by side on the same examples")
      ->delimiter(',')
      ->check(CLI::IsMember({"transformer", "blind", "mlp"}));
  command->add_option("--folds", options->folds,
                      "Ids that a fold's models do not hear: a,b;c,d (without: the three "
                      "of docs/detection.md)");
  command
      ->add_option("-o,--out", options->out,
                   "Folder: fold-K/seed-S/VARIANT.model, each with its card")
      ->required();
  command->footer(
      "A run that was killed continues with --resume.\n"
      "Example:\n"
      "  torpor-train cross-validate --data ../data --seeds 5 --out build/models");
  command->callback([options, &outcome] { CrossValidate(*options, outcome); });
}

}  // namespace torpor::train
