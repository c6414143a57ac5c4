// A small fleet for tests: machines of noise, each with a tone of its own, which share
// what a fleet shares.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "simulate/random.h"
#include "train/corpus.h"

namespace torpor::train {

inline constexpr signal::Shape kTestShape{25'600'000, 2, 512, 50'000};

// Cheap enough for a test, and otherwise as the real one.
inline Recipe TestRecipe() {
  Recipe recipe;
  recipe.voice.faulty_minutes = 60;
  recipe.machine.of_each_voice = 4;
  recipe.machine.learned_minutes = {12, 20};
  recipe.network = {.width = 16, .layers = 1, .heads = 2, .hidden = 16};
  recipe.step.steps = 8;
  recipe.step.warm_up = 2;
  recipe.step.batch = 16;
  recipe.validation_pairs = 24;
  return recipe;
}

inline HealthyPart TestPart(std::uint64_t seed, std::size_t windows) {
  simulate::Random random({seed, 77});
  HealthyPart part;
  part.id = "machine-" + std::to_string(seed);
  part.cycles_used = windows;
  const double turn = random.Uniform(0.2, 2.5);
  for (std::size_t i = 0; i < windows * kTestShape.samples(); ++i) {
    const double tone = 200 * std::sin(turn * static_cast<double>(i / 2));
    part.samples.push_back(
        static_cast<std::int16_t>(std::lrint(300 * random.Normal() + tone)));
  }
  return part;
}

// With voices.
inline Corpus TestCorpus(const Recipe& recipe, std::size_t threads = 1) {
  Corpus corpus;
  corpus.shape = kTestShape;
  corpus.score_cycles = 6;
  corpus.commissioning_cycles = 80;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    corpus.parts.push_back(TestPart(seed, 200));
  }
  static_cast<void>(GiveVoices(corpus, recipe, threads, {}));
  return corpus;
}

}  // namespace torpor::train
