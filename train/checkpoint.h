// A training run in the middle, as bytes: with it, the run continues to the same last
// bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

namespace torpor::train {

// Of one network: rows of equal length.
struct Remembered {
  std::vector<float> parameters, mean, square, average;
  double loss = 0;  // running average
};

struct Checkpoint {
  Digest run{};            // of everything that determines the run
  std::uint32_t step = 0;  // steps that are done
  std::vector<Remembered> networks;
};

// Magic, version, digest of the run, step, networks, and a digest of all before it.
[[nodiscard]] std::vector<std::byte> Encode(const Checkpoint& checkpoint);

//   kCheckpointMalformed  cut, flipped, or of another version
[[nodiscard]] Result<Checkpoint> Decode(std::span<const std::byte> bytes);

//   kFileMissing           there is none
//   kCheckpointMalformed   as Decode
//   kCheckpointMismatch    of a run with other data, choices, seed or variants
[[nodiscard]] Result<Checkpoint> ReadCheckpoint(const std::filesystem::path& path,
                                                const Digest& run);

}  // namespace torpor::train
