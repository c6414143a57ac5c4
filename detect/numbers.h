// Floating-point numbers in files: their IEEE 754 bits, little-endian.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "core/bytes.h"

namespace torpor::detect {

inline void WriteFloat(ByteWriter& out, float value) {
  out.Write(std::bit_cast<std::uint32_t>(value));
}
inline void WriteDouble(ByteWriter& out, double value) {
  out.Write(std::bit_cast<std::uint64_t>(value));
}
inline float ReadFloat(ByteReader& in) {
  return std::bit_cast<float>(in.Read<std::uint32_t>());
}
inline double ReadDouble(ByteReader& in) {
  return std::bit_cast<double>(in.Read<std::uint64_t>());
}

}  // namespace torpor::detect
