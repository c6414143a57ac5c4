// The bytes of a trace: a header, then blocks of one size, each of which holds one cycle,
// or nothing. Cycle number n of a trace (its sequence, from 1) stands in block
// (n - 1) mod blocks, so that a file never grows beyond its bound and a write that is cut
// harms one block: docs/trace-format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/result.h"
#include "telemetry/trace_cycle.h"

namespace torpor::telemetry {

inline constexpr std::string_view kTraceMagic = "torptrac";
inline constexpr std::uint32_t kTraceVersion = 1;
inline constexpr std::size_t kTraceBlockBytes = 1024;  // of the header, too
// What the kernel's cache holds, and so is written: as many blocks as fill it.
inline constexpr std::size_t kTracePageBytes = 4096;
inline constexpr std::uint32_t kTraceBlocksOfPage = kTracePageBytes / kTraceBlockBytes;
inline constexpr std::uint32_t kMostTraceBlocks = 1U << 16U;

// What a block may hold at most. Whatever finds no room is left out, the last kind first,
// and counted.
inline constexpr std::size_t kMostTraceSteps = 12;
inline constexpr std::size_t kMostTraceDeviations = 24;
inline constexpr std::size_t kMostTraceLeases = 8;
inline constexpr std::size_t kMostTraceRails = 16;
inline constexpr std::size_t kLongestTraceRobot = 200;  // bytes of text, and so below
inline constexpr std::size_t kLongestTraceBoot = 40;
inline constexpr std::size_t kLongestTraceName = 24;
inline constexpr std::size_t kLongestTraceCauses = 48;
inline constexpr std::size_t kLongestTraceBecause = 120;

using TraceBlock = std::array<std::byte, kTraceBlockBytes>;

// Whose trace it is, whatever contracts it works under.
struct TraceHeader {
  std::uint32_t blocks = 0;  // whole pages of them
  std::string robot;

  friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

TraceBlock EncodeTraceHeader(const TraceHeader& header);
// Nothing when the bytes are no such header, damaged or of another version.
std::optional<TraceHeader> DecodeTraceHeader(std::span<const std::byte> bytes);

// Texts are cut and numbers bounded where they do not fit. `cycle.steps` are without
// gaps.
TraceBlock EncodeTraceBlock(std::uint64_t sequence, const TracedCycle& cycle);

struct DecodedBlock {
  std::uint64_t sequence = 0;
  TracedCycle cycle;
};
// Nothing unless the bytes are exactly a block as EncodeTraceBlock writes it.
std::optional<DecodedBlock> DecodeTraceBlock(std::span<const std::byte> bytes);

// How many bytes of a block are not zeros for sure.
std::size_t LengthOfTraceBlock(const TraceBlock& block);

// The sequence that a block bears, its checksum not looked at; 0: there is no cycle.
std::uint64_t SequenceOfTraceBlock(std::span<const std::byte> bytes);

constexpr std::uint64_t OffsetOfTraceBlock(std::uint64_t block) {
  return kTracePageBytes + block * kTraceBlockBytes;
}

}  // namespace torpor::telemetry
