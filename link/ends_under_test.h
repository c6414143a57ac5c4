// Both ends and a cable between them, for tests: packets cross at once unless `fault`
// bends, drops or repeats them, and time moves only to the next deadline.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "contract/sign/sign.h"
#include "contract/test_terms.h"
#include "contract/verify.h"
#include "link/computer_end.h"
#include "link/firmware_end.h"

namespace torpor::link {

using Bytes = std::vector<std::byte>;

inline const contract::sign::PrivateKey& TestKey() {
  static const auto key = contract::sign::PrivateKey::FromSeed({std::byte{7}});
  return key;
}

inline contract::Keyring TestKeyring() {
  contract::Keyring keyring;
  keyring.lineage.version = 3;  // contracts that ask for an older one are good
  if (keyring.Add(TestKey().public_key()) != Status::kOk) throw std::logic_error("key");
  return keyring;
}

inline Bytes TestBundle(const contract::Terms& terms) {
  auto bundle = contract::sign::Sign(terms, TestKey());
  if (!bundle.ok()) throw std::logic_error("test terms do not lint");
  return *bundle;
}

inline PairingKey TestPairing(int which = 1) {
  PairingKey key{};
  key.fill(static_cast<std::byte>(which));
  return key;
}

// One side's bundle, verified.
struct Held {
  explicit Held(const contract::Terms& terms)
      : bundle(TestBundle(terms)), verified(*contract::Verify(bundle, TestKeyring())) {}
  Bytes bundle;
  contract::VerifiedTerms verified;
};

inline FirmwareSelf SelfOf(const Held& held, std::uint32_t boot_count = 1) {
  const contract::Terms& terms = held.verified.terms();
  FirmwareSelf self;
  self.boot_count = boot_count;
  self.contract = held.verified.id();
  self.version = self.floor = terms.version;
  self.bundle = held.bundle;
  self.baud = terms.link_baud;
  self.answer_time = terms.hello_timeout;
  self.hand_over_time = terms.collect;
  return self;
}

inline Nonce TestNonce(int which) {
  Nonce nonce{};
  nonce.fill(static_cast<std::byte>(which));
  return nonce;
}

enum class Way { kToFirmware, kToComputer };

class TestLink {
 public:
  explicit TestLink(const contract::Terms& ours = contract::GoodTerms(),
                    const contract::Terms& theirs = contract::GoodTerms(),
                    int firmware_pairing = 1)
      : here(ours), there(theirs), keyring(TestKeyring()), buffer(96'000) {
    HoldHere(here);
    Restart(1, firmware_pairing);
  }

  // What the computer obeys, and could obey as well.
  void HoldHere(const Held& held, std::span<const Digest> also = {},
                const Pairing& pairing = {TestPairing(), std::nullopt}) {
    computer = std::make_unique<ComputerEnd>(
        ComputerSelf{held.verified, keyring, here.verified.terms().version, {}, also},
        pairing, buffer);
  }

  // The firmware's power was cut; `boots` is its new count.
  void Restart(std::uint32_t boots, int pairing = 1) {
    firmware = std::make_unique<FirmwareEnd>();
    self = SelfOf(there, boots);
    self.staging = staging;
    firmware->Boot(self, TestPairing(pairing));
    offered.reset();
  }

  // What the firmware answers to FETCH; none: nothing new.
  void Offer(std::uint64_t sequence, Microseconds capture_end_before_now) {
    const contract::Terms& terms = there.verified.terms();
    const contract::Sensor& sensor = terms.sensors().front();
    samples.resize(contract::BatchBytes(sensor, terms.sample));
    std::mt19937 random(static_cast<unsigned>(sequence));
    for (auto& byte : samples) byte = static_cast<std::byte>(random() % 5 ? random() : 0);
    BatchHeader header;
    header.sequence = sequence;
    header.capture_end_us = static_cast<std::uint64_t>(
        SinceBootMicroseconds(FirmwareNow() - capture_end_before_now));
    header.next_ready_in_us = 9'000'000;
    header.sensor = sensor.id;
    header.axes = sensor.axes;
    header.frames = contract::FramesPerBatch(sensor, terms.sample);
    offered = header;
  }

  // Bytes from one end, after `fault`, at the other. False when neither had any.
  bool Exchange() {
    bool moved = false;
    Bytes out(64 * kMaxWire);
    if (const std::size_t size = computer->TakeOutput(out); size > 0) {
      moved = true;
      ToFirmware(Cross(Way::kToFirmware, std::span(out).first(size)));
    }
    if (const std::size_t size = firmware->TakeOutput(out, FirmwareNow()); size > 0) {
      moved = true;
      from_firmware += size;
      ToComputer(Cross(Way::kToComputer, std::span(out).first(size)));
    }
    return moved;
  }

  void ToFirmware(std::span<const std::byte> bytes) {
    do {
      firmware->OnBytes(bytes, FirmwareNow());
      AnswerFirmware();
    } while (!bytes.empty());
  }
  void ToComputer(std::span<const std::byte> bytes) { computer->OnBytes(bytes, now); }

  // Until the computer has an event, or nothing more can happen.
  ComputerEvent Run() {
    for (;;) {
      while (Exchange()) {
      }
      if (const auto event = computer->TakeEvent(); event != ComputerEvent::kNone) {
        return event;
      }
      auto next = computer->deadline();
      if (const auto theirs = firmware->deadline()) {
        const Instant here_too = *theirs - kFirmwareAhead;
        next = next ? std::min(*next, here_too) : here_too;
      }
      if (!next) return ComputerEvent::kNone;
      now = std::max(now, *next);
      computer->OnTime(now);
      firmware->OnTime(FirmwareNow());
      AnswerFirmware();
    }
  }

  ComputerEvent Greet(int nonce = 5) {
    computer->Greet(now, TestNonce(nonce));
    return Run();
  }
  ComputerEvent Fetch() {
    computer->Fetch(now);
    return Run();
  }
  ComputerEvent Offer(const Held& held) {
    computer->Offer({Cargo::kContract, held.bundle, held.verified.id()}, now);
    return Run();
  }

  // Two clocks that have nothing in common.
  static constexpr Microseconds kFirmwareAhead{777'000'000};
  [[nodiscard]] Instant FirmwareNow() const { return now + kFirmwareAhead; }

  Held here, there;
  contract::Keyring keyring;
  Bytes buffer;
  std::unique_ptr<ComputerEnd> computer;
  std::unique_ptr<FirmwareEnd> firmware;
  FirmwareSelf self;  // of the firmware; after a change: firmware->Change(self)
  Bytes staging = Bytes(contract::kMaxEnvelopeBytes);
  std::uint16_t answer_to_offer = 0;
  std::optional<BatchHeader> offered;
  Bytes samples;
  Instant now = FromMicroseconds(1'000'000);
  std::size_t from_firmware = 0;
  std::vector<FirmwareEvent> firmware_events;
  // Sees every packet, may change it, and says how often it crosses.
  std::function<int(Way, Bytes&)> fault = [](Way, Bytes&) { return 1; };

 private:
  void AnswerFirmware() {
    const FirmwareEvent event = firmware->TakeEvent();
    if (event == FirmwareEvent::kNone) return;
    firmware_events.push_back(event);
    if (event == FirmwareEvent::kAgreed) firmware->SendNothingNew({});
    if (event == FirmwareEvent::kDelivered) offered.reset();
    if (event == FirmwareEvent::kOffered && firmware->cargo() != Cargo::kContract) {
      firmware->Change(self);
      firmware->AnswerOffer(answer_to_offer);
      if (firmware->cargo() == Cargo::kPairing && answer_to_offer == 0) {
        const auto pairing = firmware->offered_pairing();
        if (pairing.ok()) firmware->PairAnew(*pairing);
      }
    } else if (event == FirmwareEvent::kOffered) {
      const auto verified = contract::Verify(firmware->offered(), keyring);
      if (answer_to_offer == 0 && verified.ok()) self.staged = verified->id();
      firmware->Change(self);
      firmware->AnswerOffer(verified.ok()
                                ? answer_to_offer
                                : static_cast<std::uint16_t>(verified.status()));
    }
    if (event != FirmwareEvent::kFetch) return;
    if (offered && offered->sequence > firmware->newest_held()) {
      firmware->SendBatch(*offered, samples, FirmwareNow());
    } else {
      NothingNew nothing;
      nothing.next_ready_in_us = 3'000'000;
      firmware->SendNothingNew(nothing);
    }
  }

  // Cuts the stream into its packets (00 .. 00) and lets `fault` at each.
  Bytes Cross(Way way, std::span<const std::byte> stream) {
    Bytes crossed;
    std::size_t at = 0;
    while (at < stream.size()) {
      const auto end = std::find(stream.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                 stream.end(), std::byte{0});
      const auto size = static_cast<std::size_t>(end - stream.begin()) + 1 - at;
      Bytes packet(stream.begin() + static_cast<std::ptrdiff_t>(at),
                   stream.begin() + static_cast<std::ptrdiff_t>(at + size));
      at += size;
      for (int copies = fault(way, packet); copies > 0; --copies) {
        crossed.insert(crossed.end(), packet.begin(), packet.end());
      }
    }
    return crossed;
  }
};

// The type byte of an encoded packet.
inline Type TypeOf(std::span<const std::byte> wire) {
  PacketReader reader;
  const auto packet = reader.Next(wire);
  return packet ? packet->type : Type{};
}

}  // namespace torpor::link
