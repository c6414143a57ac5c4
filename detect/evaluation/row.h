// A row of the table: one detector or control. Adding one is one file with a class and a
// line in catalogue.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "detect/evaluation/minutes.h"

namespace torpor::detect::evaluation {

// What a row may learn from a machine that it is not to judge.
struct Teacher {
  const Minutes* own = nullptr;     // its commissioning
  const Minutes* taught = nullptr;  // all of it that counts as healthy
};

// What was learned from others; judges any machine by its own commissioning.
class Judge {
 public:
  virtual ~Judge() = default;
  // One number a minute, larger for stranger; each minute by itself. Threads may share.
  [[nodiscard]] virtual Vector Score(const Minutes& own, const Minutes& what) const = 0;
};

class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  // Threads may share. `teachers` outlive what comes back.
  [[nodiscard]] virtual std::unique_ptr<const Judge> Fit(
      std::span<const Teacher> teachers) const = 0;
};

}  // namespace torpor::detect::evaluation
