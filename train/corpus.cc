#include "train/corpus.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <utility>

#include "core/hex.h"
#include "detect/contracted.h"
#include "signal/health.h"
#include "simulate/bearing.h"
#include "simulate/recording_player.h"

namespace torpor::train {
namespace {

using simulate::Attempt;
using simulate::Condition;
using simulate::Entry;
using simulate::Refusal;

// A machine below this share of its usual level stands still, as detect/intake.h has it.
constexpr double kStandstillShare = 0.3;
constexpr std::uint64_t kFirstSimulatedSeed = 2'000'000;

bool Fits(const Entry& entry, const contract::Terms& terms) {
  const contract::Sensor& sensor = terms.sensors().front();
  return std::abs(entry.sample_rate_hz * 1000.0 - sensor.sample_rate_millihertz) < 0.5 &&
         entry.channels.size() == sensor.axes;
}

Attempt<std::string> Sha256Of(const Entry& entry) {
  std::ifstream in(entry.file, std::ios::binary);
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  std::vector<char> part(1U << 20U);
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) ||
         in.gcount() > 0) {
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              static_cast<unsigned long long>(in.gcount()));
  }
  if (!in.eof()) return Refusal{Status::kIo, entry.id + ": cannot be read", "", ""};
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state, digest.data());
  std::string text(2 * digest.size(), '0');
  WriteHex(std::as_bytes(std::span(digest)), text);
  return text;
}

// Takes out the windows in which the machine stands still.
void DropStandstill(HealthyPart& part, const std::vector<double>& levels,
                    std::size_t samples_of_a_window) {
  std::vector<double> sorted = levels;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double least = kStandstillShare * *middle;
  std::vector<std::int16_t> kept;
  kept.reserve(part.samples.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] < least) {
      ++part.cycles_left_out;
      continue;
    }
    const auto window =
        std::span(part.samples).subspan(i * samples_of_a_window, samples_of_a_window);
    kept.insert(kept.end(), window.begin(), window.end());
  }
  part.samples = std::move(kept);
}

Attempt<HealthyPart> ReadPart(const Entry& entry, const Selection& selection,
                              const contract::Terms& terms) {
  auto player = simulate::RecordingPlayer::Open(
      entry, {terms.sensors().front(), terms.sample, terms.period});
  if (!player.ok()) return player.refusal();
  const auto life = static_cast<std::uint64_t>((*player)->life() / terms.period);
  const bool fails = entry.condition == Condition::kRunToFailure;
  const auto healthy = static_cast<std::uint64_t>(
      (fails ? selection.healthy_share : 1.0) * static_cast<double>(life));
  auto part = Listen(entry.id, **player, healthy, terms);
  if (!part.ok()) return part.refusal();
  part->cycles_of_life = life;
  part->licence = entry.licence;
  const auto digest = Sha256Of(entry);
  if (!digest.ok()) return digest.refusal();
  part->sha256 = *digest;
  return part;
}

// FNV-1a, 64 bits.
std::uint64_t KeyOf(const std::string& id) {
  std::uint64_t key = 0xCBF29CE484222325U;
  for (const char c : id) {
    key = (key ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  }
  return key;
}

Corpus Empty(const contract::Terms& terms) {
  Corpus corpus;
  corpus.shape = detect::ShapeOf(terms);
  corpus.score_cycles = terms.score_cycles;
  corpus.commissioning_cycles = terms.commissioning_cycles;
  return corpus;
}

}  // namespace

Attempt<HealthyPart> Listen(const std::string& id, simulate::Accelerometer& sensor,
                            std::uint64_t cycles, const contract::Terms& terms) {
  const signal::Shape shape = detect::ShapeOf(terms);
  HealthyPart part;
  part.id = id;
  std::vector<std::int16_t> window(shape.samples());
  std::vector<double> levels;
  std::uint64_t heard = 0, silent = 0;
  for (Microseconds at{}; at < sensor.life() && heard < cycles; at += terms.period) {
    const Status read = sensor.Read(at, window);
    if (read == Status::kNothingNew) break;
    const std::string where = id + ", cycle " + std::to_string(heard);
    if (read == Status::kNotANumber) {
      return Refusal{read, where + ": a value is not a finite number", "", ""};
    }
    if (read != Status::kOk) return Refusal{read, where + ": cannot be read", "", ""};
    ++heard;
    signal::Levels measured;
    const Status sound = signal::CheckSensor(window, shape, measured);
    if (sound == Status::kBatchShape) return Refusal{sound, where, "", ""};
    if (sound == Status::kSensorDead) ++silent;
    if (sound != Status::kOk) {
      ++part.cycles_left_out;
      continue;
    }
    levels.push_back(double{measured.total_rms_g()});
    part.samples.insert(part.samples.end(), window.begin(), window.end());
  }
  part.cycles_of_life = heard;
  if (heard > 0 && 2 * silent > heard) {
    return Refusal{Status::kSensorDead,
                   id + ": an axis is silent in " + std::to_string(silent) + " of " +
                       std::to_string(heard) + " healthy cycles",
                   "", ""};
  }
  if (!levels.empty()) DropStandstill(part, levels, shape.samples());
  part.cycles_used = part.samples.size() / shape.samples();
  if (part.cycles_used < kFewestWindows) {
    return Refusal{Status::kRecordingTooShort,
                   id + ": its healthy part gives " + std::to_string(part.cycles_used) +
                       " usable cycles, at least " + std::to_string(kFewestWindows) +
                       " are needed",
                   "", ""};
  }
  return part;
}

Attempt<Corpus> ReadCorpus(const simulate::Manifest& manifest, const Selection& selection,
                           const contract::Terms& terms, const Listening& listening) {
  Corpus corpus = Empty(terms);
  std::vector<const Entry*> chosen;
  for (const std::string& id : selection.exclude) {
    if (const auto known = manifest.Take(id); !known.ok()) return known.refusal();
  }
  const auto excluded = [&selection](const std::string& id) {
    return std::ranges::find(selection.exclude, id) != selection.exclude.end();
  };
  for (const std::string& id : selection.recordings) {
    if (const auto known = manifest.Take(id); !known.ok()) return known.refusal();
    if (!excluded(id)) chosen.push_back(manifest.Find(id));
  }
  for (const Entry& entry : manifest.entries) {
    const bool listed =
        std::ranges::find(selection.recordings, entry.id) != selection.recordings.end();
    const bool may = entry.condition == Condition::kRunToFailure ||
                     entry.condition == Condition::kHealthy;
    if (!may || !Fits(entry, terms) || listed) continue;
    if (selection.recordings.empty() && !excluded(entry.id)) {
      chosen.push_back(&entry);
    } else {
      corpus.not_seen.push_back(entry.id);
    }
  }
  for (const std::string& id : selection.exclude) {
    if (std::ranges::find(corpus.not_seen, id) == corpus.not_seen.end()) {
      corpus.not_seen.push_back(id);
    }
  }
  if (chosen.size() < kFewestParts) {
    return Refusal{Status::kTooFewRecordings,
                   std::to_string(chosen.size()) +
                       " healthy recordings of the contract's rate and axes, at least " +
                       std::to_string(kFewestParts) + " are needed",
                   "", ""};
  }
  for (const Entry* entry : chosen) {
    if (listening) listening(entry->id);
    auto part = ReadPart(*entry, selection, terms);
    if (!part.ok()) return part.refusal();
    corpus.parts.push_back(*std::move(part));
  }
  return corpus;
}

Attempt<Corpus> SimulateCorpus(std::uint32_t machines, std::uint32_t cycles,
                               const contract::Terms& terms, const Listening& listening) {
  Corpus corpus = Empty(terms);
  for (std::uint32_t i = 0; i < machines; ++i) {
    simulate::BearingOptions options;
    options.seed = kFirstSimulatedSeed + i;
    options.fault = simulate::Fault::kNone;
    options.life = terms.period * cycles;
    auto bearing = simulate::Bearing::Make(options, terms.sensors().front());
    if (!bearing.ok()) return bearing.refusal();
    const std::string id = "simulated-" + std::to_string(options.seed);
    if (listening) listening(id);
    auto part = Listen(id, **bearing, cycles, terms);
    if (!part.ok()) return part.refusal();
    part->licence = "made by torpor's simulator";
    corpus.parts.push_back(*std::move(part));
  }
  return corpus;
}

Status GiveVoices(Corpus& corpus, const Recipe& recipe, std::size_t threads,
                  const Listening& listening) {
  for (HealthyPart& part : corpus.parts) {
    if (listening) listening(part.id);
    VoiceOrder order{
        corpus.shape, corpus.score_cycles, part.samples, KeyOf(part.id), 0, &recipe,
        threads};
    for (; order.mounting < recipe.voice.mountings; ++order.mounting) {
      auto voice = MakeVoice(order);
      if (!voice.ok()) return voice.status();
      part.voices.push_back(*std::move(voice));
    }
    part.samples = {};
  }
  return Status::kOk;
}

Corpus Without(const Corpus& corpus, const std::vector<std::string>& ids) {
  Corpus less = corpus;
  less.parts.clear();
  for (const HealthyPart& part : corpus.parts) {
    if (std::ranges::find(ids, part.id) == ids.end()) {
      less.parts.push_back(part);
    } else {
      less.not_seen.push_back(part.id);
    }
  }
  return less;
}

}  // namespace torpor::train
