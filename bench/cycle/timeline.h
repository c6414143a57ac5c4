// warehouse-60s with another period: the lines that a contract's source needs, and the
// times that follow from it.
#pragma once

#include <string>
#include <vector>

#include "core/time.h"

namespace torpor::bench {

struct Timeline {
  Milliseconds period{12'000};
  // As warehouse-60s has them: its shortest period is 10.5 s.
  Milliseconds sample{5'000}, guard{500};
  Milliseconds wake{500}, collect{1'500}, infer{400}, release{300}, judge{300},
      report{2'000};
  Milliseconds hello{500};
  int wire_kilobytes = 110;

  [[nodiscard]] Milliseconds awake() const {
    return wake + collect + infer + release + judge + report;
  }
};

// A second of vibration every two: windows pile up thirty times as fast.
[[nodiscard]] Timeline TwoSeconds();

// Lines of the contract's source, above its tables and in them.
[[nodiscard]] std::vector<std::string> KeysOf(const Timeline& timeline);
[[nodiscard]] std::vector<std::string> TablesOf(const Timeline& timeline);

}  // namespace torpor::bench
