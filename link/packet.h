// One unit on the wire: a typed, numbered, checksummed body between two zero bytes.
//
//   00 COBS( type u8, framing u8, sequence u16, length u16, body, crc32 u32 ) 00
//
// The checksum is against noise; who sent something is the business of the messages'
// MACs. The byte tables are docs/link-protocol.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "link/cobs.h"

namespace torpor::link {

enum class Type : std::uint8_t {
  kHello = 1,       // computer: who are you?
  kStatement = 2,   // firmware: this is what I hold
  kConfirm = 3,     // computer: I hold the same
  kRefuse = 4,      // either: we disagree, about this
  kFetch = 5,       // computer: the newest batch, please
  kBatch = 6,       // firmware: this is it
  kData = 7,        // firmware: a piece of it
  kAck = 8,         // computer: all pieces before this number have arrived
  kNothingNew = 9,  // firmware: there is none, ask again then
  kGetBundle = 10,  // computer: a piece of your signed contract, please
  kBundle = 11,     // firmware: that piece
  kOffer = 12,      // computer: there is a new contract
  kWant = 13,       // firmware: the rest of it, from here on
  kPiece = 14,      // computer: a piece of it
  kStaged = 15,     // firmware: it is in flash, or why not
  kActivate = 16,   // computer: obey it from your next period on
  kKeep = 17,       // computer: it works, never go back
};

inline constexpr std::uint8_t kFraming = 1;  // of this page; other framings are not read
inline constexpr std::size_t kMaxBody = 512;
inline constexpr std::size_t kPacketOverhead = 6 + 4;  // header and checksum
inline constexpr std::size_t kMaxWire = 2 + CobsSize(kMaxBody + kPacketOverhead);

struct Packet {
  Type type{};
  std::uint16_t sequence = 0;
  std::span<const std::byte> body;
};

// Writes a packet, zero bytes included, and returns its length; 0 when it does not fit or
// the body is longer than kMaxBody.
std::size_t EncodePacket(const Packet& packet, std::span<std::byte> out);

// Finds packets in a stream of bytes, whatever their grouping. Never waits: rubbish is
// counted and skipped up to the next zero.
class PacketReader {
 public:
  // The next good packet, or nothing once `bytes` are used up; takes what it reads from
  // the front of `bytes`. The packet's body lives until the next call.
  std::optional<Packet> Next(std::span<const std::byte>& bytes);

  struct Counters {
    std::uint32_t corrupt = 0;   // checksum, length or stuffing wrong
    std::uint32_t too_long = 0;  // no zero for longer than any packet
    std::uint32_t foreign = 0;   // of another framing, or of a type nobody knows
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  std::optional<Packet> Finish();

  std::array<std::byte, CobsSize(kMaxBody + kPacketOverhead)> buffer_{};
  std::size_t size_ = 0;
  bool overrun_ = false;
  Counters counters_{};
};

}  // namespace torpor::link
