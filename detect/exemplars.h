// Minutes of a machine's own commissioning, kept as they were: a network compares each
// new one with the nearest of them, not only with their mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "model/context.h"

namespace torpor::detect {

// Up to model::kMaxExemplars means of `length` windows in a row, spread evenly over
// `learned` windows, first and last included; fewer where they would overlap.
class Exemplars {
 public:
  Exemplars(std::size_t features, std::uint32_t learned, std::uint32_t length);

  // The window of this number, from 1, in order.
  void Add(std::uint32_t number, std::span<const float> features);
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] std::span<const float> raw(std::uint32_t i) const {
    return std::span(means_).subspan(i * features_, features_);
  }

  [[nodiscard]] std::size_t SavedBytes() const { return 4 * means_.size(); }
  void Save(ByteWriter& out) const;
  // False when the bytes are not of this size, or not finite.
  [[nodiscard]] bool Load(ByteReader& in);

 private:
  [[nodiscard]] std::uint32_t LastWindow(std::uint32_t exemplar) const;

  std::size_t features_;
  std::uint32_t learned_;
  std::uint32_t length_;
  std::uint32_t count_;
  std::vector<float> means_;
};

}  // namespace torpor::detect
