#include "train/voice.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <thread>

#include "signal/tokens.h"
#include "train/fault.h"
#include "train/mounting.h"

namespace torpor::train {
namespace {

using simulate::Random;

enum Purpose : std::uint64_t { kMounting = 1, kLook, kFault };

std::span<const std::int16_t> Window(const VoiceOrder& order, std::size_t index) {
  return order.samples.subspan(index * order.shape.samples(), order.shape.samples());
}

// RMS of each axis around its mean, over all windows, in steps.
std::vector<float> Levels(const VoiceOrder& order) {
  const signal::Shape& shape = order.shape;
  const std::size_t windows = order.samples.size() / shape.samples();
  std::vector<float> levels;
  for (std::size_t a = 0; a < shape.axes; ++a) {
    double power = 0;
    for (std::size_t w = 0; w < windows; ++w) {
      const auto window = Window(order, w);
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < shape.frames; ++i) {
        const double x = window[i * shape.axes + a];
        sum += x;
        squares += x * x;
      }
      const double n = shape.frames;
      power += squares / n - sum / n * (sum / n);
    }
    levels.push_back(static_cast<float>(std::sqrt(power / static_cast<double>(windows))));
  }
  return levels;
}

Mounting Mount(const VoiceOrder& order) {
  if (order.mounting == 0) return Mounting(order.shape);
  Random random({order.key, kMounting, order.mounting});
  return {order.recipe->voice, order.shape, Levels(order), random};
}

// The ear of one thread.
class Ear {
 public:
  Ear(const VoiceOrder& order, const Mounting& mounting)
      : order_(order),
        mounting_(mounting),
        tokens_(std::make_unique<signal::Tokens>()),
        minute_(order.shape.samples() * order.score_cycles),
        samples_(order.shape.samples()) {
    ready_ = tokens_->Prepare(order.shape);
  }

  [[nodiscard]] Status ready() const { return ready_; }
  [[nodiscard]] std::size_t features() const { return tokens_->features(); }

  void Look(std::size_t index, std::span<float> features) {
    Random random({order_.key, kLook, order_.mounting, index});
    const auto window = std::span(minute_).first(order_.shape.samples());
    mounting_.Hear(Window(order_, index), random, window);
    Compute(window, features);
  }

  // The mean over a minute that begins at window `first`, with fault number `index`.
  void Faulty(std::size_t index, std::size_t first, std::span<float> mean) {
    Random random({order_.key, kFault, order_.mounting, index, 1});
    const std::size_t samples = order_.shape.samples();
    for (std::size_t w = 0; w < order_.score_cycles; ++w) {
      mounting_.Hear(Window(order_, first + w), random,
                     std::span(minute_).subspan(w * samples, samples));
    }
    const Fault fault = DrawFault(order_.recipe->fault, order_.shape.rate_hz(),
                                  order_.shape.axes, random);
    AddFault(fault, order_.shape, minute_, random);
    std::vector<float> one(features());
    std::ranges::fill(mean, 0.0F);
    for (std::size_t w = 0; w < order_.score_cycles; ++w) {
      Compute(std::span(minute_).subspan(w * samples, samples), one);
      for (std::size_t f = 0; f < one.size(); ++f) {
        mean[f] += one[f] / static_cast<float>(order_.score_cycles);
      }
    }
  }

 private:
  void Compute(std::span<const float> window, std::span<float> features) {
    mounting_.Digitise(window, samples_);
    static_cast<void>(tokens_->Compute(samples_, features));  // the sizes are ours
  }

  const VoiceOrder& order_;
  Mounting mounting_;
  std::unique_ptr<signal::Tokens> tokens_;
  Status ready_ = Status::kBatchShape;
  std::vector<float> minute_;
  std::vector<std::int16_t> samples_;
};

}  // namespace

Result<Voice> MakeVoice(const VoiceOrder& order) {
  const Mounting mounting = Mount(order);
  Ear first_ear(order, mounting);
  if (first_ear.ready() != Status::kOk) return first_ear.ready();
  Voice voice;
  voice.features = first_ear.features();
  const std::size_t windows = order.samples.size() / order.shape.samples();
  const std::size_t faults = order.recipe->voice.faulty_minutes;
  voice.looks.resize(windows * voice.features);
  voice.faulty.resize(faults * voice.features);
  Random random({order.key, kFault, order.mounting});
  for (std::size_t i = 0; i < faults; ++i) {
    const auto room = static_cast<double>(windows - order.score_cycles + 1);
    voice.faulty_first.push_back(static_cast<std::uint32_t>(random.Uniform(0, room)));
  }

  std::atomic<std::size_t> next = 0;
  const auto work = [&](Ear& ear) {
    for (std::size_t i = next++; i < windows + faults; i = next++) {
      if (i < windows) {
        ear.Look(i, std::span(voice.looks).subspan(i * voice.features, voice.features));
      } else {
        const std::size_t f = i - windows;
        ear.Faulty(f, voice.faulty_first[f],
                   std::span(voice.faulty).subspan(f * voice.features, voice.features));
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < order.threads; ++t) {
      others.emplace_back([&] {
        Ear ear(order, mounting);
        work(ear);
      });
    }
    work(first_ear);
  }
  return voice;
}

}  // namespace torpor::train
