// Bytes on the line, in whatever groups they arrive: the same packets come out, and each
// is written again to a frame that reads as itself.
#include <algorithm>
#include <array>
#include <vector>

#include "fuzz/target.h"
#include "link/packet.h"

namespace {

using namespace torpor;

struct Heard {
  link::Type type{};
  std::uint16_t sequence = 0;
  std::vector<std::byte> body;
  friend bool operator==(const Heard&, const Heard&) = default;
};

std::vector<Heard> Listen(std::span<const std::byte> bytes, std::size_t group) {
  link::PacketReader reader;
  std::vector<Heard> heard;
  while (!bytes.empty()) {
    auto part = bytes.first(std::min(group, bytes.size()));
    bytes = bytes.subspan(part.size());
    while (const auto packet = reader.Next(part))
      heard.push_back(
          {packet->type, packet->sequence, {packet->body.begin(), packet->body.end()}});
  }
  return heard;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::Bytes(data, size);
  const auto heard = Listen(bytes, bytes.size() + 1);
  fuzz::Expect(heard == Listen(bytes, 1), "grouping does not matter");
  fuzz::Expect(heard == Listen(bytes, 7), "grouping does not matter");
  for (const Heard& packet : heard) {
    std::array<std::byte, link::kMaxWire> wire{};
    const std::size_t length =
        link::EncodePacket({packet.type, packet.sequence, packet.body}, wire);
    fuzz::Expect(length > 0, "what was read can be written");
    const auto again = Listen(std::span(wire).first(length), wire.size());
    fuzz::Expect(again.size() == 1 && again[0] == packet, "a frame reads as itself");
  }
  return 0;
}
