// Each end against a peer that holds the pairing key and means harm: whatever it says is
// well sealed and carries the right nonces. It can make the two disagree; it cannot write
// where it should not, nor make an end hold more than it has room for.
//
// Input: records of `to whom and when u8, type u8, length u16, body`. Fields of a sealed
// message are filled from the body, except role and nonces.
#include <algorithm>
#include <array>
#include <concepts>
#include <memory>
#include <type_traits>
#include <vector>

#include "core/bytes.h"
#include "fuzz/target.h"
#include "link/codec.h"
#include "link/ends_under_test.h"
#include "link/seal.h"

namespace {

using namespace torpor;

constexpr std::size_t kRoom = 2048;

// Any bytes as a message; what is missing is zero, and reserved bytes are.
struct Filler {
  ByteReader& reader;

  template <std::unsigned_integral T>
  void operator()(const char*, T& value) {
    value = reader.Read<T>();
  }
  template <class T>
  requires std::is_enum_v<T>
  void operator()(const char*, T& value) {
    value = static_cast<T>(reader.Read<std::underlying_type_t<T>>());
  }
  template <std::size_t kSize>
  void operator()(const char*, std::array<std::byte, kSize>& bytes) {
    reader.ReadInto(bytes);
  }
  template <std::size_t kSize>
  void operator()(const char*, contract::Text<kSize>& text) {
    text.Assign("said by an insider");
  }
  template <std::size_t kSize>
  void operator()(const char*, link::Reserved<kSize>&) {}
};

struct Insider {
  link::Held held{contract::GoodTerms()};
  contract::Keyring keyring = link::TestKeyring();
  link::LinkKeys keys = link::DeriveKeys(link::TestPairing());
  std::vector<std::byte> buffer = std::vector<std::byte>(96'000);
  link::ComputerEnd computer{{held.verified, keyring, held.verified.terms().version, {}},
                             link::TestPairing(),
                             buffer};
  link::FirmwareEnd firmware;
  link::FirmwareSelf self = link::SelfOf(held);
  // By itself, so that a byte behind it is noticed.
  std::unique_ptr<std::byte[]> staging = std::make_unique<std::byte[]>(kRoom);
  link::Nonce of_firmware{};
  std::uint32_t wanted = 0;
  Instant now{};
  std::uint8_t mood = 0;

  Insider() {
    self.staging = std::span(staging.get(), kRoom);
    firmware.Boot(self, link::TestPairing());
    computer.Greet(now, link::TestNonce(5));
  }

  template <class Message>
  link::Packet Sealed(link::Type type, link::Role role, std::span<const std::byte> from,
                      std::span<std::byte> room) {
    Message message;
    ByteReader reader(from);
    Message::Fields(message, Filler{reader});
    message.role = role;
    const bool to_firmware = role == link::Role::kComputer;
    message.peer_nonce = to_firmware ? of_firmware : link::TestNonce(5);
    message.own_nonce = to_firmware ? link::TestNonce(5) : link::TestNonce(6);
    return {type, 0, link::EncodeSealed(type, message, keys, room)};
  }

  link::Packet Packet(link::Type type, bool to_firmware, std::span<const std::byte> body,
                      std::span<std::byte> room) {
    using link::Type;
    const auto role = to_firmware ? link::Role::kComputer : link::Role::kFirmware;
    switch (type) {
      case Type::kStatement:
      case Type::kConfirm:
        return Sealed<link::Statement>(type, role, body, room);
      case Type::kRefuse:
        return Sealed<link::Refuse>(type, role, body, room);
      case Type::kOffer:
        return Sealed<link::Offer>(type, role, body, room);
      case Type::kStaged:
        return Sealed<link::Staged>(type, role, body, room);
      case Type::kActivate:
      case Type::kKeep:
        return Sealed<link::Order>(type, role, body, room);
      case Type::kPiece:
        return Piece(body, room);
      default:
        return {type, 0, body};
    }
  }
  // Half of the times the one that the firmware waits for.
  link::Packet Piece(std::span<const std::byte> body, std::span<std::byte> room) {
    std::ranges::copy(body, room.begin());
    if ((mood & 2) != 0) ByteWriter(room).Write(wanted);
    return {link::Type::kPiece, 0, room.first(body.size())};
  }

  // What a firmware makes of its events, whatever the insider wants of it.
  void Heed(link::FirmwareEvent event) {
    switch (event) {
      case link::FirmwareEvent::kAgreed:
      case link::FirmwareEvent::kFetch:
        return firmware.SendNothingNew({});
      case link::FirmwareEvent::kOffered:
        fuzz::Expect(firmware.offered().size() <= kRoom,
                     "no more than there is room for");
        if (firmware.cargo() == link::Cargo::kPairing) (void)firmware.offered_pairing();
        if (mood % 3 == 0) self.staged = {std::byte{mood}};
        firmware.Change(self);
        firmware.AnswerOffer(mood % 2);
        if (mood == 255) firmware.PairAnew(link::TestPairing());
        return;
      case link::FirmwareEvent::kRefused:
        if (mood % 4 == 0) firmware.Unfit(link::Refused(Status::kLeaseOver));
        return;
      default:
        return;
    }
  }

  void Settle() {
    std::array<std::byte, 4 * link::kMaxWire> out{};
    for (int i = 0; i < 64; ++i) {
      const std::size_t size = firmware.TakeOutput(out, now);
      if (size == 0) break;
      Listen(std::span(out).first(size));
    }
    for (int i = 0; i < 64 && computer.TakeOutput(out) > 0; ++i) {
    }
    if (computer.TakeEvent() == link::ComputerEvent::kAgreed) {
      computer.Offer({link::Cargo::kContract, held.bundle, held.verified.id()}, now);
    }
    Heed(firmware.TakeEvent());
  }
  // The nonce that the firmware answers with, and what it waits for.
  void Listen(std::span<const std::byte> bytes) {
    link::PacketReader reader;
    while (const auto packet = reader.Next(bytes)) {
      if (packet->type == link::Type::kWant) {
        const auto want = link::DecodeBody<link::Want>(packet->body);
        if (want.ok()) wanted = want->offset;
      }
      if (packet->type != link::Type::kStatement) continue;
      const auto stated = link::DecodeLeader<link::Statement>(packet->body);
      if (stated.ok()) of_firmware = stated->message.own_nonce;
    }
  }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Insider insider;
  ByteReader reader(fuzz::Bytes(data, size));
  while (!reader.rest().empty()) {
    const auto when = reader.Read<std::uint8_t>();
    const auto type = static_cast<link::Type>(reader.Read<std::uint8_t>());
    const std::size_t length = reader.Read<std::uint16_t>() % (link::kMaxBody + 1);
    if (!reader.ok()) break;
    const auto body = reader.Take(std::min(length, reader.rest().size()));
    const bool to_firmware = (when & 1) != 0;
    insider.mood = when;
    insider.now += Milliseconds((when >> 4) * 10);

    std::array<std::byte, link::kMaxBody> room{};
    std::array<std::byte, link::kMaxWire> wire{};
    const std::size_t on_wire =
        link::EncodePacket(insider.Packet(type, to_firmware, body, room), wire);
    std::span<const std::byte> bytes = std::span(wire).first(on_wire);
    while (!bytes.empty()) {
      if (to_firmware) {
        insider.firmware.OnBytes(bytes, insider.now);
      } else {
        insider.computer.OnBytes(bytes, insider.now);
      }
      insider.Settle();
    }
    insider.computer.OnTime(insider.now);
    insider.firmware.OnTime(insider.now);
    insider.Settle();
  }
  return 0;
}
