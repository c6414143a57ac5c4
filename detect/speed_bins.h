// A machine sounds otherwise at another speed, so each speed has a normal of its own. A
// batch of unknown speed belongs to one more, so that a robot without a tachometer has
// exactly one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "detect/baseline.h"
#include "detect/intake.h"
#include "signal/speed.h"

namespace torpor::detect {

// Each holds a whole commissioning; a machine of more speeds is not known at the others.
inline constexpr std::size_t kMaxSpeedBins = 4;

class SpeedBins {
 public:
  // Looks at the baseline for as long as it lives, as Intake does.
  explicit SpeedBins(const Baseline& baseline) : baseline_(&baseline) {}

  // The bin of this speed, known or unknown; null while there is none.
  [[nodiscard]] Intake* Find(std::uint32_t millirpm);
  [[nodiscard]] const Intake* Find(std::uint32_t millirpm) const;

  // Intake::Take of that bin, which begins with the first window that it takes.
  //   kSpeedUnfamiliar  it would be one more than kMaxSpeedBins
  [[nodiscard]] Status Take(const model::Output& output, std::uint32_t millirpm);

  [[nodiscard]] std::size_t SavedBytes() const;
  void Save(ByteWriter& out) const;
  [[nodiscard]] bool Load(ByteReader& in);

 private:
  struct Bin {
    std::uint32_t millirpm;  // of its first window
    Intake intake;
  };

  const Baseline* baseline_;
  std::vector<Bin> bins_;
};

}  // namespace torpor::detect
