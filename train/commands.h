// The sub-commands of torpor-train, one file each.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "core/result.h"
#include "train/corpus.h"
#include "train/course.h"
#include "train/recipe.h"

namespace torpor::train {

// What the process will return; 0 until a command says otherwise.
struct Outcome {
  int exit_code = 0;
};

// What every training command takes.
struct Common {
  std::string contract = "bench-10s", data;
  std::vector<std::string> recordings, exclude;
  std::uint32_t simulated = 0, simulated_cycles = 300;
  std::uint64_t seed = 1;
  std::size_t threads = 1;
  std::uint32_t checkpoint_seconds = 30;
  bool resume = false, quiet = false;
  Recipe recipe;
};

void AddFit(CLI::App& app, Outcome& outcome);
void AddCrossValidate(CLI::App& app, Outcome& outcome);
void AddCard(CLI::App& app, Outcome& outcome);

void AddCommonOptions(CLI::App& command, Common& common);

// "torpor-train: name (number): meaning: subject; advice", and the exit code.
void Refuse(Outcome& outcome, Status status, const std::string& subject);

// The terms of a bundle, a TOML source or a shipped base; refuses when there are none.
[[nodiscard]] Result<contract::Terms> TermsOf(const std::string& what, Outcome& outcome);

// The data that the options name, with its voices.
[[nodiscard]] Result<Corpus> CorpusOf(const Common& common, const contract::Terms& terms,
                                      Outcome& outcome);

// Trains the variants on the corpus and writes each as folder / its file name, or all to
// the one `file`; removes the checkpoint when all is written.
struct Job {
  const Common& common;
  const Corpus& corpus;
  std::vector<Variant> variants;
  std::uint64_t seed = 1;
  std::filesystem::path checkpoint;
  std::vector<std::filesystem::path> files;  // one for each variant
};
[[nodiscard]] Status Train(const Job& job, Progress& progress, Outcome& outcome);

// "transformer,blind,mlp".
[[nodiscard]] std::vector<Variant> VariantsOf(const std::vector<std::string>& names);

}  // namespace torpor::train
