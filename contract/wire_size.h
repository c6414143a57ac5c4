// How many bytes a batch takes on the link, all framing included: what the lint checks
// baud rate and time against. link/ asserts that its packets are of these sizes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace torpor::contract {

// packet = 00  COBS(type u8, version u8, sequence u16, length u16, body, crc32 u32)  00
inline constexpr std::size_t kPacketHeadBytes = 6;
inline constexpr std::size_t kPacketTailBytes = 4;
inline constexpr std::size_t kPacketDelimiters = 2;
inline constexpr std::size_t kMaxPacketBody = 512;
// COBS spends a byte at the start and one more per this many bytes.
inline constexpr std::size_t kCobsRun = 254;

// batch = one header packet, then data packets, each body led by 8 bytes (offset and
// contract tag). Requests and acknowledgements are short.
inline constexpr std::size_t kMaxBatchHeaderBody = 96;
inline constexpr std::size_t kDataPrefixBytes = 8;
inline constexpr std::size_t kMaxDataPerPacket = kMaxPacketBody - kDataPrefixBytes;
inline constexpr std::size_t kMaxRequestBody = 32;

// The firmware's arena: one slot being filled, the newest complete one, one being sent.
inline constexpr std::size_t kSlots = 3;
inline constexpr std::size_t kSlotBytes = 96'000;

// Longest that COBS makes of n bytes.
constexpr std::size_t CobsBytes(std::size_t n) { return n + 1 + n / kCobsRun; }

// On the wire, delimiters included.
constexpr std::size_t PacketWireBytes(std::size_t body) {
  return kPacketDelimiters + CobsBytes(kPacketHeadBytes + body + kPacketTailBytes);
}
inline constexpr std::size_t kMaxPacketWireBytes = PacketWireBytes(kMaxPacketBody);
static_assert(kMaxPacketWireBytes == 527);

// One hand-over in the direction of the samples, without repeats.
constexpr std::uint64_t BatchWireBytes(std::uint64_t batch_bytes) {
  const std::uint64_t whole = batch_bytes / kMaxDataPerPacket;
  const auto rest = static_cast<std::size_t>(batch_bytes % kMaxDataPerPacket);
  return PacketWireBytes(kMaxBatchHeaderBody) + whole * kMaxPacketWireBytes +
         (rest == 0 ? 0 : PacketWireBytes(kDataPrefixBytes + rest));
}

// 8 data bits, a start and a stop bit; rounded up to whole milliseconds.
constexpr std::uint64_t WireMilliseconds(std::uint64_t bytes, std::uint32_t baud) {
  return (bytes * 10 * 1000 + baud - 1) / baud;
}

// How long a hand-over may take: the request and the last acknowledgement in the other
// direction, and between them as many bytes as the contract allows (its allowance above
// BatchWireBytes() is the room for repeats).
constexpr std::uint64_t HandOverMilliseconds(std::uint64_t wire_bytes,
                                             std::uint32_t baud) {
  return WireMilliseconds(wire_bytes + 2 * PacketWireBytes(kMaxRequestBody), baud);
}

}  // namespace torpor::contract
