// The minutes of all teachers side by side.
#pragma once

#include <span>
#include <vector>

#include "detect/evaluation/row.h"

namespace torpor::detect::evaluation {

template <class Make>
Matrix Stack(std::span<const Teacher> teachers, const Make& make) {
  std::vector<Matrix> parts;
  Eigen::Index columns = 0;
  for (const Teacher& teacher : teachers) {
    parts.push_back(make(teacher));
    columns += parts.back().cols();
  }
  if (parts.empty()) return {};
  Matrix all(parts.front().rows(), columns);
  Eigen::Index at = 0;
  for (const Matrix& part : parts) {
    all.middleCols(at, part.cols()) = part;
    at += part.cols();
  }
  return all;
}

}  // namespace torpor::detect::evaluation
