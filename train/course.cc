#include "train/course.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <sstream>
#include <utility>

#include "detect/evaluate.h"
#include "simulate/random.h"
#include "train/checkpoint.h"
#include "train/durable_file.h"
#include "train/network.h"
#include "train/optimiser.h"

namespace torpor::train {
namespace {

using simulate::Random;

enum Purpose : std::uint64_t { kShuffle = 101, kDropout, kWeights };

constexpr double kLossMemory = 0.98;

struct Student {
  Student(Variant variant, const Workshop& w, std::uint64_t seed)
      : network(variant, w.recipe.network, w.corpus.shape.axes, seed),
        optimiser(w.recipe.step, network.parameters(), network.decays()) {}

  Network network;
  Optimiser optimiser;
  double loss = std::log(2.0);
};

using Students = std::vector<std::unique_ptr<Student>>;

Students Enrol(const Workshop& w, const std::vector<Variant>& variants) {
  Students students;
  for (const Variant variant : variants) {
    const std::uint64_t seed =
        Random({w.seed, kWeights, static_cast<std::uint64_t>(variant)}).Next();
    students.push_back(std::make_unique<Student>(variant, w, seed));
  }
  return students;
}

std::vector<float> Row(const at::Tensor& tensor) {
  const float* data = tensor.data_ptr<float>();
  return {data, data + tensor.numel()};
}

void Restore(const std::vector<float>& row, at::Tensor tensor) {
  std::memcpy(tensor.data_ptr<float>(), row.data(), row.size() * sizeof(float));
}

Checkpoint Remember(const Students& students, const Digest& run, std::uint32_t step) {
  Checkpoint checkpoint{run, step, {}};
  for (const auto& student : students) {
    const Memory& memory = student->optimiser.memory();
    checkpoint.networks.push_back({Row(memory.parameters), Row(memory.mean),
                                   Row(memory.square), Row(memory.average),
                                   student->loss});
  }
  return checkpoint;
}

bool Recall(const Checkpoint& checkpoint, const Students& students) {
  if (checkpoint.networks.size() != students.size()) return false;
  for (std::size_t i = 0; i < students.size(); ++i) {
    const Remembered& one = checkpoint.networks[i];
    const Memory& memory = students[i]->optimiser.memory();
    if (one.parameters.size() != static_cast<std::size_t>(memory.parameters.numel())) {
      return false;
    }
    Restore(one.parameters, memory.parameters);
    Restore(one.mean, memory.mean);
    Restore(one.square, memory.square);
    Restore(one.average, memory.average);
    students[i]->loss = one.loss;
  }
  return true;
}

// Pairs in the order in which they are taught.
std::vector<std::size_t> Shuffled(std::size_t pairs, std::uint64_t seed) {
  std::vector<std::size_t> order(pairs);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random({seed, kShuffle});
  for (std::size_t i = pairs; i > 1; --i) {
    std::swap(order[i - 1], order[random.Next() % i]);
  }
  return order;
}

// Healthy ones at even places.
struct Batch {
  at::Tensor inputs;         // [2 x pairs, tokens, inputs of a token]
  at::Tensor log_classical;  // [2 x pairs]
  at::Tensor labels;
};

Batch Stack(const Examples& examples, std::span<const std::size_t> pairs) {
  const auto size = static_cast<std::int64_t>(2 * pairs.size());
  Batch batch{at::empty({size, static_cast<std::int64_t>(examples.tokens),
                         static_cast<std::int64_t>(model::kTokenInputs)}),
              at::empty({size}), at::arange(size).remainder(2).to(at::kFloat)};
  const std::size_t each = 2 * examples.inputs_each();
  float* inputs = batch.inputs.data_ptr<float>();
  float* distances = batch.log_classical.data_ptr<float>();
  for (const std::size_t pair : pairs) {
    std::memcpy(inputs, &examples.inputs[pair * each], each * sizeof(float));
    std::memcpy(distances, &examples.log_classical[2 * pair], 2 * sizeof(float));
    inputs += each;
    distances += 2;
  }
  return batch;
}

double Teach(Student& student, const Batch& batch, const Recipe& recipe,
             std::uint32_t step, std::uint64_t dropout_seed) {
  at::manual_seed(dropout_seed);
  const at::Tensor logits =
      student.network.Fused(batch.inputs, batch.log_classical, recipe.network.dropout);
  const at::Tensor loss = at::binary_cross_entropy_with_logits(logits, batch.labels);
  loss.backward();
  student.optimiser.Step(step, student.network.gradient());
  return loss.item<double>();
}

Figures Examine(Student& student, const Examples& examples) {
  const at::NoGradGuard no_gradient;
  student.network.parameters().copy_(student.optimiser.Kept());
  Figures figures;
  figures.training_loss = student.loss;
  figures.validation_pairs = examples.size() / 2;
  std::vector<double> healthy, faulty;
  double loss = 0;
  constexpr std::size_t kAtOnce = 64;
  std::vector<std::size_t> pairs(figures.validation_pairs);
  std::iota(pairs.begin(), pairs.end(), std::size_t{0});
  for (std::size_t at = 0; at < pairs.size(); at += kAtOnce) {
    const auto some = std::span<const std::size_t>(pairs).subspan(
        at, std::min(kAtOnce, pairs.size() - at));
    const Batch batch = Stack(examples, some);
    const at::Tensor logits = student.network.Fused(batch.inputs, batch.log_classical, 0);
    loss += at::binary_cross_entropy_with_logits(logits, batch.labels, {}, {},
                                                 at::Reduction::Sum)
                .item<double>();
    const float* values = logits.data_ptr<float>();
    for (std::size_t i = 0; i < 2 * some.size(); ++i) {
      (i % 2 == 0 ? healthy : faulty).push_back(double{values[i]});
    }
  }
  figures.validation_loss = loss / static_cast<double>(2 * pairs.size());
  figures.validation_auroc = detect::Auroc(faulty, healthy);
  return figures;
}

std::string Said(const Students& students, std::uint32_t step, std::uint32_t steps) {
  std::ostringstream line;
  line.precision(3);
  line << "step " << step << " of " << steps << ", loss" << std::fixed;
  for (const auto& student : students) {
    line << "  " << NameOf(student->network.variant()) << " " << student->loss;
  }
  return line.str();
}

}  // namespace

Digest RunDigest(const Workshop& w, const std::vector<Variant>& variants) {
  std::ostringstream text;
  text.precision(17);
  text << "torpor-train 1\nseed " << w.seed << "\nscore_cycles " << w.corpus.score_cycles
       << "\nshape " << w.corpus.shape.sample_rate_millihertz << ' '
       << w.corpus.shape.axes << ' ' << w.corpus.shape.frames << ' '
       << w.corpus.shape.full_scale_milli_g << '\n';
  for (const Variant variant : variants) text << "variant " << NameOf(variant) << '\n';
  for (const auto& [name, value] : Choices(w.recipe))
    text << name << ' ' << value << '\n';
  for (const HealthyPart& part : w.corpus.parts) {
    text << "part " << part.id << ' ' << part.sha256 << ' ' << part.cycles_used << '\n';
  }
  return DigestOf(AsBytes(text.str()));
}

Result<std::vector<Trained>> Run(const Workshop& w, const CourseOptions& options,
                                 Progress& progress, std::string& problem) {
  const StepRecipe& recipe = w.recipe.step;
  const Digest run = RunDigest(w, options.variants);
  const Students students = Enrol(w, options.variants);
  std::uint32_t step = 0;
  if (options.resume) {
    const auto checkpoint = ReadCheckpoint(options.checkpoint, run);
    if (!checkpoint.ok() && checkpoint.status() != Status::kFileMissing) {
      problem = options.checkpoint.string();
      return checkpoint.status();
    }
    if (checkpoint.ok()) {
      if (!Recall(*checkpoint, students)) return Status::kCheckpointMismatch;
      step = checkpoint->step;
      progress.Skip(step);
    }
  }

  const std::size_t pairs = recipe.batch / 2;
  const Examples examples = MakeExamples(
      w, Block::kTraining, std::size_t{recipe.steps} * pairs, options.threads);
  const std::vector<std::size_t> order = Shuffled(examples.size() / 2, w.seed);
  bool told = false;
  auto saved = std::chrono::steady_clock::now();
  while (step < recipe.steps) {
    const Batch batch = Stack(examples, std::span(order).subspan(step * pairs, pairs));
    for (const auto& student : students) {
      const auto variant = static_cast<std::uint64_t>(student->network.variant());
      const double loss = Teach(*student, batch, w.recipe, step,
                                Random({w.seed, kDropout, variant, step}).Next());
      if (!std::isfinite(loss)) {
        problem = std::string(NameOf(student->network.variant())) + " at step " +
                  std::to_string(step);
        return Status::kTrainingDiverged;
      }
      student->loss = kLossMemory * student->loss + (1 - kLossMemory) * loss;
    }
    ++step;
    progress.Step([&] { return Said(students, step, recipe.steps); });
    const auto now = std::chrono::steady_clock::now();
    if (now - saved >= options.checkpoint_every && step < recipe.steps) {
      std::string trouble;
      if (WriteDurably(options.checkpoint, Encode(Remember(students, run, step)),
                       trouble) == Status::kOk) {
        told = false;
      } else if (!std::exchange(told, true)) {
        progress.Say(
            "torpor-train: no checkpoint could be written, an older one stays: " +
            trouble);
      }
      saved = now;
    }
  }

  const Examples validation =
      MakeExamples(w, Block::kValidation, w.recipe.validation_pairs, options.threads);
  std::vector<Trained> all;
  for (const auto& student : students) {
    Trained trained;
    trained.variant = student->network.variant();
    trained.figures = Examine(*student, validation);
    trained.weights = student->network.Export(student->optimiser.Kept());
    all.push_back(std::move(trained));
  }
  return all;
}

}  // namespace torpor::train
