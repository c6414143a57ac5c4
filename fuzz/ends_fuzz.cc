// Both ends of the link against a peer that says anything: well framed packets whose
// types and bodies the fuzzer chooses, and time that passes between them. No batch is
// ever handed over, as nobody without the pairing key can agree.
//
// Input: records of `to whom and when u8, type u8, sequence u16, length u16, body`.
#include <algorithm>
#include <array>
#include <vector>

#include "core/bytes.h"
#include "fuzz/target.h"
#include "link/ends_under_test.h"

namespace {

using namespace torpor;

struct Ends {
  link::Held held{contract::GoodTerms()};
  contract::Keyring keyring = link::TestKeyring();
  std::vector<std::byte> buffer = std::vector<std::byte>(96'000);
  link::ComputerEnd computer{{held.verified, keyring, held.verified.terms().version, {}},
                             link::TestPairing(1),
                             buffer};
  link::FirmwareEnd firmware;
  Instant now{};

  void Drain() {
    std::array<std::byte, 4 * link::kMaxWire> out{};
    for (int i = 0; i < 64 && computer.TakeOutput(out) > 0; ++i) {
    }
    for (int i = 0; i < 64 && firmware.TakeOutput(out, now) > 0; ++i) {
    }
    const auto event = computer.TakeEvent();
    fuzz::Expect(event != link::ComputerEvent::kAgreed, "a stranger does not agree");
    fuzz::Expect(event != link::ComputerEvent::kBatch, "a stranger hands nothing over");
    const auto theirs = firmware.TakeEvent();
    fuzz::Expect(theirs != link::FirmwareEvent::kAgreed, "a stranger does not agree");
    fuzz::Expect(theirs != link::FirmwareEvent::kFetch, "a stranger fetches nothing");
  }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Ends ends;
  ends.firmware.Boot(link::SelfOf(ends.held), link::TestPairing(2));
  ends.computer.Greet(ends.now, link::TestNonce(5));
  ByteReader reader(fuzz::Bytes(data, size));
  while (!reader.rest().empty()) {
    const auto when = reader.Read<std::uint8_t>();
    const auto type = reader.Read<std::uint8_t>();
    const auto sequence = reader.Read<std::uint16_t>();
    const std::size_t length = reader.Read<std::uint16_t>() % (link::kMaxBody + 1);
    if (!reader.ok()) break;
    const auto body = reader.Take(std::min(length, reader.rest().size()));

    std::array<std::byte, link::kMaxWire> wire{};
    const std::size_t on_wire =
        link::EncodePacket({static_cast<link::Type>(type), sequence, body}, wire);
    ends.now += Milliseconds((when >> 1) * 10);
    std::span<const std::byte> bytes = std::span(wire).first(on_wire);
    while (!bytes.empty()) {
      if ((when & 1) == 0)
        ends.computer.OnBytes(bytes, ends.now);
      else
        ends.firmware.OnBytes(bytes, ends.now);
      ends.Drain();
    }
    ends.computer.OnTime(ends.now);
    ends.firmware.OnTime(ends.now);
    ends.Drain();
  }
  return 0;
}
