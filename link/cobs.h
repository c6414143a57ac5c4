// Consistent Overhead Byte Stuffing: bytes without a zero, so that a zero can only be the
// border of a packet and a reader that lost its place finds it again at the next one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace torpor::link {

// Longest encoding of n bytes: one byte more for every 254 begun.
constexpr std::size_t CobsSize(std::size_t n) { return n + n / 254 + 1; }

// Writes the encoding of `raw` to `out` and returns its length; 0 when `out` is shorter
// than CobsSize(raw.size()).
// Source: Cheshire and Baker 1999, "Consistent Overhead Byte Stuffing".
std::size_t CobsEncode(std::span<const std::byte> raw, std::span<std::byte> out);

// Undoes it in place and returns how many bytes there were; nothing when `bytes` holds a
// zero or ends in the middle of a run.
std::optional<std::size_t> CobsDecode(std::span<std::byte> bytes);

}  // namespace torpor::link
