// A network and an input that are compiled into a program for another machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace torpor::model {

struct FixedNetwork {
  std::span<const std::uint32_t> file;  // the model file's bytes
  std::span<const float> z;
  std::size_t tokens = 0;
};

}  // namespace torpor::model
