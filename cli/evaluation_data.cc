#include "cli/evaluation_data.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/lives.h"
#include "detect/contracted.h"
#include "detect/evaluation/limit.h"
#include "detect/evaluation/parallel.h"
#include "simulate/recording.h"
#include "simulate/recording_player.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;
using simulate::Attempt;
using simulate::Condition;
using simulate::Refusal;

constexpr std::size_t kFewestMachines = 5;  // two left out leave three to learn from

struct Fold {
  std::string_view id;
  std::size_t fold;
};
constexpr std::array kFemto = {
    Fold{"femto-b1_1", 0}, Fold{"femto-b2_1", 0}, Fold{"femto-b3_1", 0},
    Fold{"femto-b1_2", 1}, Fold{"femto-b1_6", 1}, Fold{"femto-b2_2", 1},
    Fold{"femto-b1_5", 2}, Fold{"femto-b2_5", 2}, Fold{"femto-b3_2", 2}};

// A recording of windows end to end, as steps of the contract's sensor.
struct Windows {
  std::vector<std::int16_t> samples;
  std::size_t each = 0;

  [[nodiscard]] std::size_t count() const { return samples.size() / each; }
  [[nodiscard]] std::span<const std::int16_t> Some(std::size_t first,
                                                   std::size_t n) const {
    return std::span(samples).subspan(first * each, n * each);
  }
};

Attempt<Windows> ReadWindows(const simulate::Entry& entry, const contract::Terms& terms) {
  auto player = simulate::RecordingPlayer::Open(
      entry, {terms.sensors().front(), terms.sample, terms.period});
  if (!player.ok()) return player.refusal();
  Windows windows{{}, detect::ShapeOf(terms).samples()};
  std::vector<std::int16_t> window(windows.each);
  for (Microseconds at{}; at < (*player)->life(); at += terms.period) {
    const Status read = (*player)->Read(at, window);
    if (read != Status::kOk) {
      return Refusal{read,
                     "recording " + entry.id + " cannot be read whole: window " +
                         std::to_string(windows.count()),
                     "", ""};
    }
    windows.samples.insert(windows.samples.end(), window.begin(), window.end());
  }
  return windows;
}

Status Hear(std::span<const std::int16_t> windows, const signal::Shape& shape,
            std::size_t each, evaluation::Minutes& minutes) {
  evaluation::MinuteMaker maker;
  Status status = maker.Prepare(shape, each);
  const std::size_t samples = shape.samples();
  for (std::size_t at = 0; at < windows.size() && status == Status::kOk; at += samples) {
    status = maker.Add(windows.subspan(at, samples));
  }
  minutes = maker.Take();
  return status;
}

// Each fault kVariants times, each time into the next of the healthy minutes in an order
// that visits all of them.
Status HearFaults(const Windows& windows, const contract::Terms& terms,
                  const std::vector<evaluation::FaultSignal>& faults,
                  evaluation::Machine& machine) {
  constexpr std::size_t kStride = 7919;  // a prime that no life here is a multiple of
  const signal::Shape shape = detect::ShapeOf(terms);
  const evaluation::Span test = machine.spans.healthy;
  const std::size_t each = terms.score_cycles;
  for (const double level : evaluation::kLevelsDb) {
    std::vector<std::int16_t> all;
    for (std::size_t p = 0; p < faults.size() * kVariants; ++p) {
      const std::size_t minute = test.first + p * kStride % test.count();
      const auto mixed =
          evaluation::Inject(windows.Some(minute * each, each), shape,
                             faults[p / kVariants], {level, p % kVariants, kVariants});
      all.insert(all.end(), mixed.begin(), mixed.end());
    }
    evaluation::Minutes minutes;
    if (const Status status = Hear(all, shape, each, minutes); status != Status::kOk) {
      return status;
    }
    machine.injected.push_back(std::move(minutes));
  }
  return Status::kOk;
}

using LoadedMachine = Attempt<evaluation::Machine>;

LoadedMachine LoadMachine(const simulate::Entry& entry, std::size_t order,
                          const MachineOptions& options, const contract::Terms& terms) {
  const auto windows = ReadWindows(entry, terms);
  if (!windows.ok()) return windows.refusal();
  evaluation::Machine machine;
  machine.id = entry.id;
  machine.fold = FoldOf(entry.id, order);
  Status status =
      Hear(windows->samples, detect::ShapeOf(terms), terms.score_cycles, machine.life);
  if (status != Status::kOk) {
    return Refusal{status, "recording " + entry.id + " cannot be heard", "", ""};
  }
  if (!machine.Commission({})) {
    return Refusal{Status::kRecordingTooShort,
                   "recording " + entry.id + " has " +
                       std::to_string(machine.life.count()) +
                       " minutes, too few for commissioning and tests",
                   "", std::to_string(machine.life.count())};
  }
  if (!options.faults.empty()) {
    status = HearFaults(*windows, terms, options.faults, machine);
    if (status != Status::kOk) {
      return Refusal{status, "no fault can be mixed into " + entry.id, "", ""};
    }
  }
  return machine;
}

// Makes many on all cores; the first refusal in order wins.
template <class T, class Make>
Attempt<std::vector<T>> MakeAll(std::size_t count, const Make& make) {
  std::vector<std::optional<Attempt<T>>> made(count);
  evaluation::ForEach(count, [&](std::size_t i) { made[i].emplace(make(i)); });
  std::vector<T> all;
  for (std::optional<Attempt<T>>& one : made) {
    if (!one->ok()) return one->refusal();
    all.push_back(**std::move(one));
  }
  return all;
}

bool IsFault(Condition condition) {
  return condition == Condition::kInnerRace || condition == Condition::kOuterRace ||
         condition == Condition::kBall;
}

Attempt<evaluation::FaultSignal> LoadFault(const simulate::Entry& entry,
                                           const contract::Terms& terms) {
  auto recording = simulate::Recording::Open(entry);
  if (!recording.ok()) return recording.refusal();
  const std::size_t axes = recording->axes();
  std::vector<float> all(recording->frames() * axes);
  Status status = recording->Read(0, all);
  if (status == Status::kOk) {
    const signal::Shape shape = detect::ShapeOf(terms);
    std::vector<std::vector<float>> channels(std::min<std::size_t>(axes, shape.axes));
    for (std::size_t i = 0; i < all.size(); i += axes) {
      for (std::size_t c = 0; c < channels.size(); ++c) channels[c].push_back(all[i + c]);
    }
    auto fault = evaluation::MakeFaultSignal(entry.id, channels, entry.sample_rate_hz,
                                             shape.rate_hz(), shape.frames);
    if (fault.ok()) return *std::move(fault);
    status = fault.status();
  }
  return Refusal{status, "recording " + entry.id + " is no fault that can be injected",
                 "", ""};
}

}  // namespace

std::size_t FoldOf(const std::string& id, std::size_t order) {
  const auto* const known = std::ranges::find(kFemto, std::string_view(id), &Fold::id);
  return known == kFemto.end() ? order % kFolds : known->fold;
}

Attempt<std::vector<evaluation::FaultSignal>> LoadFaults(
    const simulate::Manifest& manifest, const contract::Terms& terms) {
  std::vector<simulate::Entry> entries;
  for (const simulate::Entry& entry : manifest.entries) {
    if (IsFault(entry.condition)) entries.push_back(entry);
  }
  std::ranges::sort(entries, {}, &simulate::Entry::id);
  return MakeAll<evaluation::FaultSignal>(
      entries.size(), [&](std::size_t i) { return LoadFault(entries[i], terms); });
}

Attempt<std::vector<evaluation::Machine>> LoadMachines(const simulate::Manifest& manifest,
                                                       const MachineOptions& options,
                                                       const contract::Terms& terms) {
  std::vector<simulate::Entry> entries;
  for (const std::string& id : options.recordings) {
    auto entry = manifest.Take(id);
    if (!entry.ok()) return entry.refusal();
    entries.push_back(*std::move(entry));
  }
  for (const simulate::Entry& entry : manifest.entries) {
    if (options.recordings.empty() && entry.condition == Condition::kRunToFailure) {
      entries.push_back(entry);
    }
  }
  if (entries.size() < kFewestMachines) {
    return Refusal{Status::kTooFewRecordings,
                   std::to_string(entries.size()) +
                       " recordings that run to failure, at least " +
                       std::to_string(kFewestMachines) + " are needed",
                   "", ""};
  }
  return MakeAll<evaluation::Machine>(entries.size(), [&](std::size_t i) {
    return LoadMachine(entries[i], i, options, terms);
  });
}

Attempt<std::vector<Run>> LoadRuns(const simulate::Manifest& manifest,
                                   const contract::Terms& terms) {
  std::vector<simulate::Entry> entries;
  for (const simulate::Entry& entry : manifest.entries) {
    if (!entry.terrain.empty() && entry.condition == Condition::kHealthy) {
      entries.push_back(entry);
    }
  }
  return MakeAll<Run>(entries.size(), [&](std::size_t i) -> Attempt<Run> {
    const auto windows = ReadWindows(entries[i], terms);
    if (!windows.ok()) return windows.refusal();
    Run run{entries[i].id, entries[i].terrain, {}};
    const Status status = Hear(windows->samples, detect::ShapeOf(terms), 1, run.minutes);
    if (status != Status::kOk) {
      return Refusal{status, "recording " + run.id + " cannot be heard", "", ""};
    }
    return run;
  });
}

}  // namespace torpor::cli
