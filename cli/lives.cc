#include "cli/lives.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>
#include <utility>

#include "detect/contracted.h"
#include "model/spectral.h"
#include "simulate/bearing.h"
#include "simulate/recording_player.h"

namespace torpor::cli {

using simulate::Refusal;

detect::FitOptions FitOptionsOf(const contract::Terms& terms) {
  detect::FitOptions options;
  options.shape = detect::ShapeOf(terms);
  options.rule = detect::RuleOf(terms);
  return options;
}

simulate::Attempt<detect::Life> LifeOf(const std::string& id,
                                       simulate::Accelerometer& sensor,
                                       const contract::Terms& terms,
                                       double healthy_share) {
  const signal::Shape shape = detect::ShapeOf(terms);
  auto engine = model::MakeSpectralEngine(shape);
  if (!engine.ok()) {
    return Refusal{engine.status(), "no spectrum can be made of the contract's batches",
                   "", ""};
  }
  detect::Life life;
  life.id = id;
  std::vector<std::int16_t> window(shape.samples());
  for (Microseconds at{}; at < sensor.life(); at += terms.period) {
    detect::Look look;
    look.status = sensor.Read(at, window);
    if (look.status == Status::kNothingNew) break;
    if (look.status != Status::kOk && look.status != Status::kNotANumber) {
      return Refusal{look.status, id + ": cannot be read", "", ""};
    }
    if (look.status == Status::kOk)
      look.status = (*engine)->Infer(window, {}, look.output);
    life.looks.push_back(look);
  }
  life.healthy_cycles =
      static_cast<std::size_t>(healthy_share * static_cast<double>(life.looks.size()));
  return life;
}

namespace {

using Attempted = simulate::Attempt<detect::Life>;

Attempted Record(const simulate::Manifest& manifest, const std::string& id,
                 const contract::Terms& terms) {
  const auto entry = manifest.Take(id);
  if (!entry.ok()) return entry.refusal();
  auto player = simulate::RecordingPlayer::Open(
      *entry, {terms.sensors().front(), terms.sample, terms.period});
  if (!player.ok()) return player.refusal();
  const bool fails = entry->condition == simulate::Condition::kRunToFailure;
  return LifeOf(id, **player, terms, fails ? kHealthyShare : 1.0);
}

Attempted Simulate(std::uint64_t seed, std::uint32_t scores,
                   const contract::Terms& terms) {
  simulate::BearingOptions options;
  options.seed = seed;
  options.fault = simulate::Fault::kNone;
  // A tenth more than needed: a robot stands still now and then, and is not judged.
  options.life = terms.period * ((terms.commissioning_cycles + scores) * 11 / 10 + 1);
  auto bearing = simulate::Bearing::Make(options, terms.sensors().front());
  if (!bearing.ok()) return bearing.refusal();
  return LifeOf("simulated-" + std::to_string(seed), **bearing, terms, 1.0);
}

// Makes `count` lives on all cores; the first refusal in order wins.
simulate::Attempt<std::vector<detect::Life>> Gather(
    std::size_t count, const std::function<Attempted(std::size_t)>& make) {
  std::vector<std::optional<Attempted>> made(count);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) made[i].emplace(make(i));
  };
  {
    std::vector<std::thread> others;
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 1; i < std::min(count, cores); ++i) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
  }
  std::vector<detect::Life> lives;
  for (std::optional<Attempted>& life : made) {
    if (!life->ok()) return life->refusal();
    lives.push_back(**std::move(life));
  }
  return lives;
}

}  // namespace

simulate::Attempt<std::vector<detect::Life>> LivesOfRecordings(
    const simulate::Manifest& manifest, std::vector<std::string> ids,
    const std::vector<std::string>& exclude, const contract::Terms& terms,
    const Progress& progress) {
  if (ids.empty()) {
    for (const simulate::Entry& entry : manifest.entries) {
      if (entry.condition == simulate::Condition::kRunToFailure) ids.push_back(entry.id);
    }
  }
  std::erase_if(ids, [&exclude](const std::string& id) {
    return std::ranges::find(exclude, id) != exclude.end();
  });
  if (ids.empty()) {
    return Refusal{Status::kTooFewRecordings, "no recording is left to fit to", "", ""};
  }
  return Gather(ids.size(), [&](std::size_t i) {
    if (progress) progress(ids[i]);
    return Record(manifest, ids[i], terms);
  });
}

simulate::Attempt<std::vector<detect::Life>> LivesOfSimulator(
    std::uint32_t machines, std::uint64_t first_seed, std::uint32_t scores,
    const contract::Terms& terms, const Progress& progress) {
  return Gather(machines, [&](std::size_t i) {
    const std::uint64_t seed = first_seed + i;
    if (progress) progress("simulated-" + std::to_string(seed));
    return Simulate(seed, scores, terms);
  });
}

}  // namespace torpor::cli
