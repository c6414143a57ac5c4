// What there is to train on: the healthy part of each recording (or of each simulated
// machine), window by window, as the sensor of the contract would have given it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "signal/shape.h"
#include "simulate/accelerometer.h"
#include "simulate/manifest.h"
#include "simulate/refusal.h"
#include "train/recipe.h"
#include "train/voice.h"

namespace torpor::train {

struct HealthyPart {
  std::string id;
  std::string sha256;   // of the file, as sha256sum prints it; empty: simulated
  std::string licence;  // as the manifest states it
  std::uint64_t cycles_of_life = 0;
  std::uint64_t cycles_left_out = 0;  // of the healthy ones: silent, clipped, at rest
  std::uint64_t cycles_used = 0;      // healthy ones that were heard
  std::vector<std::int16_t> samples;  // windows end to end, interleaved; until GiveVoices
  std::vector<Voice> voices;          // since then: as recorded, and in other mountings
};

struct Corpus {
  signal::Shape shape;
  std::uint32_t score_cycles = 0;  // whose features are averaged
  std::uint32_t commissioning_cycles = 0;
  std::vector<HealthyPart> parts;
  std::vector<std::string> not_seen;  // ids of the manifest that were left out on purpose
};

// Fewer healthy windows than this make no commissioning and nothing to compare with it.
inline constexpr std::size_t kFewestWindows = 60;
inline constexpr std::size_t kFewestParts = 2;

struct Selection {
  std::vector<std::string> recordings;  // empty: all that fit
  std::vector<std::string> exclude;
  double healthy_share = 0.35;  // of a life that ends in failure; of others all
};

// Called with each id before it is read; may be empty.
using Listening = std::function<void(const std::string& id)>;

// Without a list of recordings, all that run to failure and all that are healthy, if rate
// and axes are the contract's.
//   kTooFewRecordings   fewer than kFewestParts are left
//   kRecordingMissing   an id that the manifest does not have, also of `exclude`
//   kRecordingTooShort  fewer than kFewestWindows healthy windows
//   kNotANumber         a window holds a value that is not finite
//   kSensorDead         more than half of the windows are silent
// and whatever simulate/ refuses; the refusal names the recording.
[[nodiscard]] simulate::Attempt<Corpus> ReadCorpus(const simulate::Manifest& manifest,
                                                   const Selection& selection,
                                                   const contract::Terms& terms,
                                                   const Listening& listening);

// Healthy machines of the bearing simulator. Their seeds are none that a test or a
// demonstration uses.
[[nodiscard]] simulate::Attempt<Corpus> SimulateCorpus(std::uint32_t machines,
                                                       std::uint32_t cycles,
                                                       const contract::Terms& terms,
                                                       const Listening& listening);

// Turns the samples of every part into voices. Key and so faults are those of the part's
// id, whatever the seed.
//   kBatchShape  no features can be made of the contract's batches
[[nodiscard]] Status GiveVoices(Corpus& corpus, const Recipe& recipe, std::size_t threads,
                                const Listening& listening);

// Without the parts of these ids, which count as not seen.
[[nodiscard]] Corpus Without(const Corpus& corpus, const std::vector<std::string>& ids);

// One part from any sensor, up to `cycles`. Refuses as ReadCorpus does.
[[nodiscard]] simulate::Attempt<HealthyPart> Listen(const std::string& id,
                                                    simulate::Accelerometer& sensor,
                                                    std::uint64_t cycles,
                                                    const contract::Terms& terms);

}  // namespace torpor::train
