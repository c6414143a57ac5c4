#include "link/packet.h"

#include <algorithm>
#include <cstring>

#include "core/bytes.h"
#include "core/crc32.h"

namespace torpor::link {

std::size_t EncodePacket(const Packet& packet, std::span<std::byte> out) {
  if (packet.body.size() > kMaxBody) return 0;
  const std::size_t raw_size = packet.body.size() + kPacketOverhead;
  if (out.size() < 2 + CobsSize(raw_size)) return 0;

  std::array<std::byte, kMaxBody + kPacketOverhead> raw{};
  ByteWriter writer(raw);
  writer.Write(static_cast<std::uint8_t>(packet.type));
  writer.Write(kFraming);
  writer.Write(packet.sequence);
  writer.Write(static_cast<std::uint16_t>(packet.body.size()));
  writer.Write(packet.body);
  writer.Write(Crc32(writer.written()));

  out[0] = std::byte{0};
  const std::size_t stuffed = CobsEncode(writer.written(), out.subspan(1));
  out[1 + stuffed] = std::byte{0};
  return stuffed + 2;
}

std::optional<Packet> PacketReader::Next(std::span<const std::byte>& bytes) {
  while (!bytes.empty()) {
    const void* const zero = std::memchr(bytes.data(), 0, bytes.size());
    const std::size_t run = zero == nullptr
                                ? bytes.size()
                                : static_cast<std::size_t>(
                                      static_cast<const std::byte*>(zero) - bytes.data());
    const std::size_t kept = std::min(run, buffer_.size() - size_);
    std::copy_n(bytes.begin(), kept,
                buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += kept;
    overrun_ = overrun_ || kept < run;
    if (zero == nullptr) break;
    bytes = bytes.subspan(run + 1);
    const auto packet = Finish();
    size_ = 0;
    overrun_ = false;
    if (packet) return packet;
  }
  bytes = {};
  return std::nullopt;
}

// What stands between two zeros. Nothing at all does between two packets.
std::optional<Packet> PacketReader::Finish() {
  if (overrun_) {
    ++counters_.too_long;
    return std::nullopt;
  }
  if (size_ == 0) return std::nullopt;

  const std::span<std::byte> stuffed = std::span(buffer_).first(size_);
  const auto raw_size = CobsDecode(stuffed);
  if (!raw_size || *raw_size < kPacketOverhead) {
    ++counters_.corrupt;
    return std::nullopt;
  }
  const std::span<const std::byte> raw = stuffed.first(*raw_size);
  ByteReader reader(raw);
  const auto type = reader.Read<std::uint8_t>();
  const auto framing = reader.Read<std::uint8_t>();
  const auto sequence = reader.Read<std::uint16_t>();
  const auto length = reader.Read<std::uint16_t>();
  const auto body = reader.Take(length);
  const auto crc = reader.Read<std::uint32_t>();
  if (!reader.done() || crc != Crc32(raw.first(raw.size() - sizeof crc))) {
    ++counters_.corrupt;
    return std::nullopt;
  }
  if (framing != kFraming || type < static_cast<std::uint8_t>(Type::kHello) ||
      type > static_cast<std::uint8_t>(Type::kKeep)) {
    ++counters_.foreign;
    return std::nullopt;
  }
  return Packet{static_cast<Type>(type), sequence, body};
}

}  // namespace torpor::link
