// What other machines of the same kind teach about normal: a small file, fitted once on a
// workstation, that every robot carries. Byte by byte: docs/baseline-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "detect/portrait.h"
#include "detect/rule.h"
#include "signal/shape.h"

namespace torpor::detect {

struct Baseline {
  signal::Shape shape;
  Rule rule;  // the threshold holds for these numbers and no others
  std::uint32_t run_in_cycles = 0;
  std::uint32_t fleet_weight_cycles = 0;  // see Commissioning::Standardise
  std::uint32_t machines = 0;
  std::uint64_t healthy_scores = 0;  // that the thresholds stand on
  double threshold = 0;              // the distance that becomes a score of 1
  double logit_threshold = 0;        // the logit that becomes a score of 1
  Digest network{};                  // the model file of that logit; zeros: none
  float typical_level_g = 0;
  Portrait limits{1e30, 1e30, 1e30, 1e30};  // of a commissioning that may be believed
  std::vector<float> deviation;  // of each feature, the fleet's, within one machine
  std::vector<float> typical;    // mean over machines of each one's own mean
  std::vector<float> between;    // deviation of those means, and of a window within
  // Lower triangle of the Cholesky factor of the covariance of z of the log-mel features,
  // row after row.
  std::vector<float> factor;
  Digest digest{};  // of the file; Encode and Decode set it

  [[nodiscard]] std::size_t features() const { return deviation.size(); }
  [[nodiscard]] bool has_network() const { return network != Digest{}; }
};

inline constexpr std::size_t kMaxBaselineBytes = 512U * 1024U;

// The file's bytes. Sets the baseline's digest.
[[nodiscard]] std::vector<std::byte> EncodeBaseline(Baseline& baseline);

// kBaselineMalformed unless these are exactly the bytes of one baseline of this version
// whose every number can be used.
[[nodiscard]] Result<Baseline> DecodeBaseline(std::span<const std::byte> bytes);

// What of a baseline gives meaning to what a machine has learned under it: everything but
// thresholds, k and n, the network and what they were found with. A baseline that was
// fitted anew on the same machines for another rule of alarm teaches the same.
[[nodiscard]] Digest TeachingOf(Baseline baseline);

//   kBaselineMissing    there is no such file
//   kFileTooLarge       more than kMaxBaselineBytes
//   kIo                 it cannot be read
//   kBaselineMalformed  as DecodeBaseline
[[nodiscard]] Result<Baseline> ReadBaseline(const std::filesystem::path& path);

// What keeps a baseline and a contract apart: the parameter, and both its values.
struct Mismatch {
  std::string parameter;
  std::uint64_t baseline = 0;
  std::uint64_t contract = 0;
};

// The first difference, if any; a baseline with one is refused (kBaselineMismatch).
[[nodiscard]] std::optional<Mismatch> Compare(const Baseline& baseline,
                                              const signal::Shape& shape,
                                              const Rule& rule);

}  // namespace torpor::detect
