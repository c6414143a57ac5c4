// Healthy and faulty minutes of virtual machines: each is a recorded one that was
// commissioned at another time, for another while. Everything follows from the seed;
// nothing depends on how many threads make it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/assemble.h"
#include "train/corpus.h"
#include "train/fleet.h"
#include "train/recipe.h"

namespace torpor::train {

// Pairs of one virtual machine's minutes: 2 i is healthy, 2 i + 1 has a fault.
struct Examples {
  std::size_t tokens = 0;  // of an example, model::kTokenInputs each
  std::vector<float> inputs;
  std::vector<float> log_classical;  // of the distance, over the machine's own median

  [[nodiscard]] std::size_t inputs_each() const { return tokens * model::kTokenInputs; }
  [[nodiscard]] std::size_t size() const { return log_classical.size(); }
};

// All that examples are made of; outlives whoever makes them.
struct Workshop {
  const Corpus& corpus;
  const Fleet& fleet;
  const Recipe& recipe;
  std::uint64_t seed = 0;
};

// Which minutes a machine is heard in.
enum class Block : std::uint8_t {
  kTraining,    // all but the end of each healthy part
  kValidation,  // the end, which no training example was made of
};

// At least `pairs` of them, the same number of each virtual machine.
[[nodiscard]] Examples MakeExamples(const Workshop& workshop, Block block,
                                    std::size_t pairs, std::size_t threads);

}  // namespace torpor::train
