// Every choice of the training method that no contract makes, in one place, with the
// defaults that the shipped models were trained with. docs/training.md says what each
// is for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torpor::train {

struct Range {
  double low = 0, high = 0;
};

// How the windows of a recording are heard: as they were recorded, and by other sensors
// in other places of the same machine.
struct VoiceRecipe {
  std::uint32_t mountings = 1;          // the first of them as recorded
  std::uint32_t faulty_minutes = 3000;  // of each, with a fault each
  double mixed_share = 0.5;             // of mountings whose sensor is turned
  Range gain{0.25, 4};
  double resonance_share = 0.7;  // of axes, twice
  Range resonance_db{-8, 10};
  Range noise_db{-50, -8};    // of the added floor, against the machine's own level
  double coarse_share = 0.3;  // of mountings whose converter has fewer bits
};

// How virtual machines are made of those.
struct MachineRecipe {
  std::uint32_t of_each_voice = 64;
  Range learned_minutes{12, 80};  // of a commissioning, evenly spread over decades
  double standard_share = 0.2;    // machines that are commissioned as the contract says
  double swapped_share = 0.5;     // machines whose axes are in another order
  std::uint32_t fleet_weight_cycles = 1000;  // as detect::FitOptions has it
  double shrinkage = 0.3;                    // likewise
  std::uint32_t exemplars = 8;
};

// What a synthetic fault may be.
struct FaultRecipe {
  Range level_db{-18, 0};  // RMS of the louder axis against its background
  Range strikes_hz{15, 350};
  Range resonance{0.031, 0.9};  // of half the sampling rate
  Range damping{0.008, 0.125};
  double jitter = 0.04;      // of the time between two strikes, at most
  double loose_share = 0.2;  // of strikes that hardly keep time at all
  double noise_share = 0.2;  // bands of noise instead of strikes
  double harmonics_share = 0.15;
  double equal_share = 0.5;  // of faults that all axes hear alike
};

struct NetworkRecipe {
  std::uint32_t width = 64, layers = 2, heads = 4, hidden = 128;
  double dropout = 0;
};

struct StepRecipe {
  std::uint32_t steps = 300;
  std::uint32_t warm_up = 50;
  std::uint32_t batch = 128;  // half of it faulty
  double rate = 2e-3;
  double weight_decay = 0.01;
  double averaging = 0.99;  // of the weights that are kept; 0 keeps the last ones
};

struct Recipe {
  VoiceRecipe voice;
  MachineRecipe machine;
  FaultRecipe fault;
  NetworkRecipe network;
  StepRecipe step;
  double healthy_share = 0.35;    // of a life that ends in failure
  double validation_share = 0.1;  // the end of each healthy part, never trained on
  std::uint32_t validation_pairs = 2000;
};

enum class Variant : std::uint8_t { kTransformer, kBlind, kMlp };

// "transformer", "blind" and "mlp"; the name of a file has "transformer-blind".
[[nodiscard]] std::string_view NameOf(Variant variant);
[[nodiscard]] std::string_view FileNameOf(Variant variant);

// A line for each choice, "machine.minutes = 24": for cards, and to tell runs apart.
[[nodiscard]] std::vector<std::pair<std::string, double>> Choices(const Recipe& recipe);

}  // namespace torpor::train
