// A machine whose end is known, as an evaluation needs it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "detect/evaluation/minutes.h"
#include "detect/evaluation/row.h"
#include "detect/evaluation/spans.h"

namespace torpor::detect::evaluation {

struct Machine {
  std::string id;
  std::size_t fold = 0;  // networks of this number were trained without it
  Minutes life;
  std::vector<Minutes> injected;  // one for each level of injection; may be empty

  // Set by Commission.
  Spans spans;
  Minutes own, taught;

  // False when the life is too short for the spans.
  [[nodiscard]] bool Commission(const Commissioned& how) {
    spans = Spans::Of(life.count(), how);
    if (!spans.Usable()) return false;
    own = life.Part(spans.own.first, spans.own.count());
    taught = life.Part(spans.taught.first, spans.taught.count());
    return true;
  }
  [[nodiscard]] Teacher AsTeacher() const { return {&own, &taught}; }
};

}  // namespace torpor::detect::evaluation
