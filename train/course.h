// Trains several networks side by side on the very same examples, so that what differs
// between them in the end is the network and nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "model/network_writer.h"
#include "train/examples.h"
#include "train/progress.h"
#include "train/recipe.h"

namespace torpor::train {

struct CourseOptions {
  std::vector<Variant> variants;
  std::size_t threads = 2;  // that make examples; the result does not depend on it
  std::filesystem::path checkpoint;
  std::chrono::seconds checkpoint_every{30};
  bool resume = false;
};

struct Figures {
  double training_loss = 0;    // running average at the end, in nats
  double validation_loss = 0;  // of the weights that are kept
  double validation_auroc = 0;
  std::size_t validation_pairs = 0;
};

struct Trained {
  Variant variant{};
  model::NetworkWeights weights;
  Figures figures;
};

// The same workshop and variants give the same weights to the last bit, whether or not
// the run was killed in between. The checkpoint file is left for the caller to remove.
//   kCheckpointMalformed, kCheckpointMismatch  as ReadCheckpoint, when resuming
//   kTrainingDiverged                          a loss is not finite
// A checkpoint that cannot be written costs a line and nothing else; the old one stays.
[[nodiscard]] Result<std::vector<Trained>> Run(const Workshop& workshop,
                                               const CourseOptions& options,
                                               Progress& progress, std::string& problem);

// Of everything that determines the weights: data, choices, seed and variants.
[[nodiscard]] Digest RunDigest(const Workshop& workshop,
                               const std::vector<Variant>& variants);

}  // namespace torpor::train
