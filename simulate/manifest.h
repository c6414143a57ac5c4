// The list of recordings in a data folder: what each one is, and what its numbers mean in
// g. The form is docs/recordings.md; what a manifest says is checked once, here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "simulate/refusal.h"

namespace torpor::simulate {

enum class Condition : std::uint8_t {
  kUnknown,  // the manifest does not say
  kHealthy,
  kInnerRace,
  kOuterRace,
  kBall,
  kRunToFailure,  // healthy at the start, failed at the end
};

struct Channel {
  std::string name;
  double full_scale = 0;   // value in the recording's unit of a sample of 1.0
  std::string variable{};  // of a MAT file, when channels are variables of their own
};

// A recording made of short looks with pauses in between, laid end to end.
struct Snapshots {
  std::uint32_t count = 0;
  std::uint32_t frames = 0;  // of each
  Microseconds interval{};   // from the start of one to the start of the next
};

struct Entry {
  std::string id;              // [A-Za-z0-9._-], unique in its manifest
  std::filesystem::path file;  // with the data folder in front
  std::string variable;        // of a MAT file, when one has all channels
  std::string dataset;
  std::string machine;
  std::string bearing;
  std::string terrain;  // that a robot drove on
  std::string licence;  // of the recording, for whoever derives something from it
  Condition condition = Condition::kUnknown;
  double sample_rate_hz = 0;
  std::optional<std::uint64_t> frames;  // a frame is one sample of every channel
  std::optional<std::uint64_t> bytes;   // of the file
  std::string unit;
  std::optional<double> g_per_unit;  // checked against the unit by Recording::Open
  std::optional<double> rpm;
  std::vector<Channel> channels;
  std::optional<Snapshots> snapshots;
  // A mark that the data's makers derived from the level; an aid, never ground truth.
  std::optional<std::uint32_t> derived_onset_snapshot;
};

struct Manifest {
  std::vector<Entry> entries;

  // The entry of that id, or null. Lives as long as the manifest.
  [[nodiscard]] const Entry* Find(std::string_view id) const;
  // Find, with a refusal (kRecordingMissing) that names the ids that come nearest.
  [[nodiscard]] Attempt<Entry> Take(std::string_view id) const;
};

inline constexpr std::uint64_t kMaxManifestBytes = 16U << 20U;

// Reads manifest.json of a data folder.
//   kFileMissing        there is no such file
//   kFileTooLarge       more than kMaxManifestBytes
//   kManifestMalformed  not JSON, or an entry lacks a field or has a wrong one; the
//                       refusal names entry and field
[[nodiscard]] Attempt<Manifest> ReadManifest(const std::filesystem::path& folder);

// The same from text; `folder` goes in front of every file name. A file name may not
// leave the folder.
[[nodiscard]] Attempt<Manifest> ParseManifest(std::string_view text,
                                              const std::filesystem::path& folder);

}  // namespace torpor::simulate
