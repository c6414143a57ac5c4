#include "train/examples.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "detect/classical.h"
#include "signal/features.h"
#include "simulate/random.h"

namespace torpor::train {
namespace {

using simulate::Random;

enum Purpose : std::uint64_t { kTrainingBlock = 201, kValidationBlock };

struct Span {
  std::size_t first = 0, count = 0;
  [[nodiscard]] std::size_t end() const { return first + count; }
};

// The windows that training may use; the rest is the validation block. The end holds a
// few minutes, whatever its share.
std::size_t TrainingWindows(const Workshop& w, std::size_t windows) {
  if (w.recipe.validation_share <= 0) return windows;
  const double kept = (1 - w.recipe.validation_share) * static_cast<double>(windows);
  return std::min(
      static_cast<std::size_t>(kept),
      windows - std::min<std::size_t>(windows / 4, 2 * w.corpus.score_cycles));
}

std::size_t Below(Random& random, std::size_t end) {
  return end == 0 ? 0 : random.Next() % end;
}

// Which windows a virtual machine was commissioned on, out of the first `training`.
Span DrawCommissioning(const Workshop& w, std::size_t training, Random& random) {
  const MachineRecipe& recipe = w.recipe.machine;
  const std::size_t cycles = w.corpus.score_cycles;
  if (random.Uniform(0, 1) < recipe.standard_share) {
    const std::size_t all =
        std::min<std::size_t>(w.corpus.commissioning_cycles, training * 3 / 5);
    return {all / 4, all - all / 4};
  }
  const auto wanted = static_cast<std::size_t>(
      random.LogUniform(recipe.learned_minutes.low, recipe.learned_minutes.high) *
      static_cast<double>(cycles));
  Span span;
  span.count = std::max(2 * cycles, std::min(wanted, training * 3 / 5));
  const std::size_t latest = std::min(training / 2, training - span.count - cycles);
  // Run-in is heard now and then, but mostly over.
  span.first = std::min(latest, 30 + Below(random, latest));
  return span;
}

class VirtualMachine {
 public:
  VirtualMachine(const Workshop& w, std::size_t part, const Voice& voice, Span own,
                 bool swapped)
      : w_(w),
        voice_(voice),
        factor_(w.fleet.factors[part]),
        normal_(std::span(voice.looks)
                    .subspan(own.first * voice.features, own.count * voice.features),
                w.fleet.variance, w.recipe.machine.fleet_weight_cycles),
        turned_by_(swapped ? static_cast<std::ptrdiff_t>(signal::kFeaturesPerAxis) : 0),
        z_(voice.features),
        zeros_(voice.features),
        ones_(voice.features, 1.0F) {
    KeepExemplars(own);
  }

  std::vector<float> Minute(std::size_t first) const {
    std::vector<float> mean(voice_.features);
    for (std::size_t i = 0; i < w_.corpus.score_cycles; ++i) {
      const auto look = voice_.Look(first + i);
      for (std::size_t f = 0; f < mean.size(); ++f) {
        mean[f] += look[f] / static_cast<float>(w_.corpus.score_cycles);
      }
    }
    return mean;
  }

  // Writes what a network sees of a minute; gives the logarithm of the classical distance
  // over the machine's usual one.
  float See(std::span<const float> minute, std::span<float> inputs) {
    MakeZ(minute);
    const double distance = detect::ClassicalDistance(z_);
    std::rotate(z_.begin(), z_.begin() + turned_by_, z_.end());
    static_cast<void>(model::Assemble(z_, {zeros_, ones_, exemplars_, {}}, inputs));
    return static_cast<float>(std::log(std::max(distance, 1e-12) / usual_));
  }

 private:
  // Whitened, the axes as the factor has them.
  void MakeZ(std::span<const float> minute) {
    normal_.Standardise(minute, z_);
    static_cast<void>(model::Whiten(factor_, z_));  // the sizes are the fleet's
  }

  // Evenly spread, first and last minute included, as detect/exemplars.h does.
  void KeepExemplars(Span own) {
    const std::size_t cycles = w_.corpus.score_cycles;
    const std::size_t count =
        std::min<std::size_t>(w_.recipe.machine.exemplars, own.count / cycles);
    for (std::size_t e = 0; e < count; ++e) {
      const std::size_t room = own.count - cycles;
      MakeZ(Minute(own.first + (count < 2 ? room : e * room / (count - 1))));
      exemplars_.insert(exemplars_.end(), z_.begin(), z_.end());
    }
    usual_ = detect::UsualDistance(exemplars_, voice_.features);
    const auto size = static_cast<std::ptrdiff_t>(voice_.features);
    for (auto at = exemplars_.begin(); at != exemplars_.end(); at += size) {
      std::rotate(at, at + turned_by_, at + size);
    }
  }

  const Workshop& w_;
  const Voice& voice_;
  std::span<const float> factor_;
  OwnNormal normal_;
  std::ptrdiff_t turned_by_;  // features: whole axes
  double usual_ = 1;
  std::vector<float> z_, zeros_, ones_, exemplars_;
};

// Writes `pairs` pairs of the virtual machine of that number.
void Fill(const Workshop& w, Block block, std::size_t number, std::size_t pairs,
          std::span<float> inputs, std::span<float> log_classical) {
  const std::size_t part = number % w.corpus.parts.size();
  const std::vector<Voice>& voices = w.corpus.parts[part].voices;
  const Voice& voice = voices[number / w.corpus.parts.size() % voices.size()];
  const bool trains = block == Block::kTraining;
  Random random({w.seed, trains ? kTrainingBlock : kValidationBlock, number});
  const std::size_t training = TrainingWindows(w, voice.windows());
  const Span own = DrawCommissioning(w, training, random);
  const bool swapped = random.Uniform(0, 1) < w.recipe.machine.swapped_share;
  VirtualMachine machine(w, part, voice, own, swapped);

  const std::size_t cycles = w.corpus.score_cycles;
  const bool held_out = !trains && training < voice.windows();
  const Span heard = held_out ? Span{training, voice.windows() - training}
                              : Span{own.first, training - own.first};
  std::vector<std::size_t> faults;
  for (std::size_t i = 0; i < voice.faulty_first.size(); ++i) {
    const std::size_t first = voice.faulty_first[i];
    if (first >= heard.first && first + cycles <= heard.end()) faults.push_back(i);
  }
  const std::size_t each = inputs.size() / (2 * pairs);
  for (std::size_t p = 0; p < pairs; ++p) {
    const std::size_t first = heard.first + Below(random, heard.count - cycles + 1);
    const auto healthy = machine.Minute(first);
    log_classical[2 * p] = machine.See(healthy, inputs.subspan(2 * p * each, each));
    const auto faulty = faults.empty()
                            ? voice.Faulty(Below(random, voice.faulty_first.size()))
                            : voice.Faulty(faults[Below(random, faults.size())]);
    log_classical[2 * p + 1] =
        machine.See(faulty, inputs.subspan((2 * p + 1) * each, each));
  }
}

}  // namespace

Examples MakeExamples(const Workshop& w, Block block, std::size_t pairs,
                      std::size_t threads) {
  std::size_t machines = 0;
  for (const HealthyPart& part : w.corpus.parts) {
    machines += part.voices.size() * w.recipe.machine.of_each_voice;
  }
  const std::size_t each = (pairs + machines - 1) / machines;
  Examples examples;
  examples.tokens = w.corpus.shape.axes * model::kTokensPerAxis;
  const std::size_t inputs = 2 * each * examples.inputs_each();
  examples.inputs.resize(machines * inputs);
  examples.log_classical.resize(machines * 2 * each);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < machines; i = next++) {
      Fill(w, block, i, each, std::span(examples.inputs).subspan(i * inputs, inputs),
           std::span(examples.log_classical).subspan(i * 2 * each, 2 * each));
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  others.clear();
  return examples;
}

}  // namespace torpor::train
