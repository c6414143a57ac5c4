// What packets say: one struct per message, its fields in wire order. Every number is
// little-endian, every layout fixed, reserved bytes are zero. `Fields` is the only
// description of a layout: encoder, decoder and the test that compares
// docs/link-protocol.md with it all walk it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "contract/terms.h"
#include "core/bytes.h"
#include "link/packet.h"

namespace torpor::link {

using Nonce = std::array<std::byte, 16>;

// The protocol versions this code speaks, oldest and newest.
inline constexpr std::uint8_t kOldestProtocol = 1;
inline constexpr std::uint8_t kNewestProtocol = 1;

// Who made a sealed message; a reflected one names the wrong side.
enum class Role : std::uint8_t { kFirmware = 1, kComputer = 2 };
enum class Standing : std::uint8_t { kRefused = 1, kReady = 2 };

// How far the firmware is with taking over another contract.
enum class Phase : std::uint8_t {
  kSteady = 1,      // none is on its way; one may be staged
  kActivating = 2,  // it obeys the staged one from its next period on
  kTrial = 3,       // it does, and goes back unless it is told to keep it
};

// What is offered to the firmware.
enum class Cargo : std::uint8_t {
  kContract = 1,  // a signed bundle; id: the contract's
  kKeyring = 2,   // a signed document; id: the digest of its bytes
  kPairing = 3,   // a new pairing key, wrapped (link/seal.h); id: the digest of the key
};

template <std::size_t kBytes>
struct Reserved {
  friend constexpr bool operator==(Reserved, Reserved) = default;
};

// Opens an agreement. Its layout, the statement's and the refusal's are the same in every
// protocol version, so that sides without a common one can say so.
struct Hello {
  static constexpr Type kType = Type::kHello;
  std::uint8_t oldest = kOldestProtocol;
  std::uint8_t newest = kNewestProtocol;
  Nonce nonce{};

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("oldest", self.oldest);
    visit("newest", self.newest);
    visit("nonce", self.nonce);
  }
  friend bool operator==(const Hello&, const Hello&) = default;
};

// What one side holds and runs; STATEMENT from the firmware, CONFIRM from the computer.
// Sealed, so a MAC follows. With both nonces an old one proves nothing, and with both
// version ranges nobody can talk the two down to an older protocol.
struct Statement {
  std::uint8_t protocol = 0;  // the newest that both speak; 0: there is none
  Role role{};
  Standing standing{};
  Phase phase = Phase::kSteady;
  std::uint8_t oldest = kOldestProtocol;
  std::uint8_t newest = kNewestProtocol;
  std::uint8_t peer_oldest = 0;  // as heard in HELLO, or in STATEMENT
  std::uint8_t peer_newest = 0;
  std::uint16_t reason = 0;      // why kRefused: a Status, or 1000 + a contract field
  std::uint16_t trial_left = 0;  // periods or boots until it goes back; 0: no trial
  std::uint32_t boot_count = 0;  // the firmware's; never the same twice
  Nonce peer_nonce{};
  Nonce own_nonce{};
  Digest contract{};  // zeros: it holds none that it trusts
  std::uint32_t contract_epoch = 0;
  std::uint64_t contract_version = 0;
  std::uint32_t floor_epoch = 0;  // versions below were superseded
  std::uint64_t floor_version = 0;
  Digest running{};                   // of the program that speaks
  Digest staged{};                    // in flash and verified, not obeyed; zeros: none
  Digest reverted{};                  // the last one that it went back from; zeros: none
  std::uint16_t reverted_reason = 0;  // why: a Status, or 1000 + a contract field
  std::uint16_t keyring_version = 0;
  std::uint32_t lease_left = 0;  // periods that it may still be obeyed

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("protocol", self.protocol);
    visit("role", self.role);
    visit("standing", self.standing);
    visit("phase", self.phase);
    visit("oldest", self.oldest);
    visit("newest", self.newest);
    visit("peer_oldest", self.peer_oldest);
    visit("peer_newest", self.peer_newest);
    visit("reason", self.reason);
    visit("trial_left", self.trial_left);
    visit("boot_count", self.boot_count);
    visit("peer_nonce", self.peer_nonce);
    visit("own_nonce", self.own_nonce);
    visit("contract", self.contract);
    visit("contract_epoch", self.contract_epoch);
    visit("contract_version", self.contract_version);
    visit("floor_epoch", self.floor_epoch);
    visit("floor_version", self.floor_version);
    visit("running", self.running);
    visit("staged", self.staged);
    visit("reverted", self.reverted);
    visit("reverted_reason", self.reverted_reason);
    visit("keyring_version", self.keyring_version);
    visit("lease_left", self.lease_left);
  }
  friend bool operator==(const Statement&, const Statement&) = default;
};

// Why the agreement is off, with the value of each side, so that both logs say the same.
// Sealed. Answered with the answerer's own, values swapped.
struct Refuse {
  static constexpr Type kType = Type::kRefuse;
  Role role{};
  Reserved<1> reserved{};
  std::uint16_t reason = 0;
  Nonce peer_nonce{};
  Nonce own_nonce{};
  contract::Address ours;  // of the side that speaks
  contract::Address theirs;

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("role", self.role);
    visit("reserved", self.reserved);
    visit("reason", self.reason);
    visit("peer_nonce", self.peer_nonce);
    visit("own_nonce", self.own_nonce);
    visit("ours", self.ours);
    visit("theirs", self.theirs);
  }
  friend bool operator==(const Refuse&, const Refuse&) = default;
};

struct Fetch {
  static constexpr Type kType = Type::kFetch;
  std::uint32_t request = 0;      // names the question; a repeat keeps it
  std::uint32_t boot_count = 0;   // of the firmware that was agreed with
  std::uint64_t newest_held = 0;  // last batch that arrived; older ones are not wanted

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("request", self.request);
    visit("boot_count", self.boot_count);
    visit("newest_held", self.newest_held);
  }
  friend bool operator==(const Fetch&, const Fetch&) = default;
};

inline constexpr std::uint32_t kSpeedUnknown = 0xFFFF'FFFF;
inline constexpr std::uint32_t kSpeedChanged = 0xFFFF'FFFE;  // within the window

// The first packet of a hand-over. All times are the firmware's own; nobody compares them
// with another clock.
struct BatchHeader {
  static constexpr Type kType = Type::kBatch;
  std::uint32_t request = 0;
  std::uint32_t boot_count = 0;
  std::uint64_t sequence = 0;
  std::uint64_t capture_end_us = 0;
  std::uint64_t now_us = 0;  // when this header was made, after FETCH had arrived
  std::uint64_t next_ready_in_us = 0;
  ShortDigest contract{};  // under which it was taken
  // Of the contract's first sensor; the samples of the others follow its own, each as the
  // contract says.
  std::uint32_t sensor = 0;
  std::uint32_t frames = 0;
  std::uint32_t axes = 0;
  std::uint32_t speed_millirpm = kSpeedUnknown;
  std::uint32_t dropped = 0;        // batches that gave way since the last that arrived
  std::uint32_t sensor_faults = 0;  // windows without a batch since boot
  std::uint32_t bytes = 0;          // of all sensors: frames x axes x int16
  std::uint32_t crc = 0;            // of all of them

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("request", self.request);
    visit("boot_count", self.boot_count);
    visit("sequence", self.sequence);
    visit("capture_end_us", self.capture_end_us);
    visit("now_us", self.now_us);
    visit("next_ready_in_us", self.next_ready_in_us);
    visit("contract", self.contract);
    visit("sensor", self.sensor);
    visit("frames", self.frames);
    visit("axes", self.axes);
    visit("speed_millirpm", self.speed_millirpm);
    visit("dropped", self.dropped);
    visit("sensor_faults", self.sensor_faults);
    visit("bytes", self.bytes);
    visit("crc", self.crc);
  }
  friend bool operator==(const BatchHeader&, const BatchHeader&) = default;
};

// What leads the samples in a DATA packet; the packet's sequence counts from the header's
// 0.
struct DataPrefix {
  static constexpr Type kType = Type::kData;
  std::uint32_t request = 0;
  std::uint32_t offset = 0;

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("request", self.request);
    visit("offset", self.offset);
  }
  friend bool operator==(const DataPrefix&, const DataPrefix&) = default;
};

// Pieces of a batch for which the computer sends one ack, unless one was lost or the
// batch ends: an ack costs it a write, and wakes the firmware.
inline constexpr std::uint16_t kAckEvery = 8;
// Packets on the wire that nobody has acked: while the computer acks one half, the other
// is on its way.
inline constexpr std::uint16_t kWindow = 2 * kAckEvery;

// The packet's sequence is the first one that has *not* arrived.
struct Ack {
  static constexpr Type kType = Type::kAck;
  std::uint32_t request = 0;

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("request", self.request);
  }
  friend bool operator==(const Ack&, const Ack&) = default;
};

inline constexpr std::uint8_t kFlagEnded = 1;      // no batch will ever come
inline constexpr std::uint8_t kFlagNotAgreed = 2;  // HELLO first

// Answers FETCH when there is no batch, and CONFIRM (request 0).
struct NothingNew {
  static constexpr Type kType = Type::kNothingNew;
  std::uint32_t request = 0;
  std::uint32_t boot_count = 0;
  std::uint64_t next_ready_in_us = 0;
  std::uint8_t flags = 0;
  Reserved<1> reserved{};
  std::uint16_t last_fault = 0;  // Status of the last window without a batch; 0: none
  std::uint32_t sensor_faults = 0;

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("request", self.request);
    visit("boot_count", self.boot_count);
    visit("next_ready_in_us", self.next_ready_in_us);
    visit("flags", self.flags);
    visit("reserved", self.reserved);
    visit("last_fault", self.last_fault);
    visit("sensor_faults", self.sensor_faults);
  }
  friend bool operator==(const NothingNew&, const NothingNew&) = default;
};

struct GetBundle {
  static constexpr Type kType = Type::kGetBundle;
  std::uint32_t offset = 0;

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("offset", self.offset);
  }
  friend bool operator==(const GetBundle&, const GetBundle&) = default;
};

// What leads a piece of the firmware's signed bundle.
struct BundlePrefix {
  static constexpr Type kType = Type::kBundle;
  std::uint32_t offset = 0;
  std::uint32_t total = 0;

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("offset", self.offset);
    visit("total", self.total);
  }
  friend bool operator==(const BundlePrefix&, const BundlePrefix&) = default;
};

// ---- A new contract takes over, or new keys; how: docs/link-protocol.md

// Sealed, and bound to the agreement by its nonces, so that what was recorded in another
// one starts nothing.
struct Offer {
  static constexpr Type kType = Type::kOffer;
  Role role{};
  Cargo cargo = Cargo::kContract;
  Reserved<2> reserved{};
  std::uint32_t size = 0;  // in bytes
  Nonce peer_nonce{};
  Nonce own_nonce{};
  Digest id{};
  Digest content{};  // of the bytes that PIECE carries

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("role", self.role);
    visit("cargo", self.cargo);
    visit("reserved", self.reserved);
    visit("size", self.size);
    visit("peer_nonce", self.peer_nonce);
    visit("own_nonce", self.own_nonce);
    visit("id", self.id);
    visit("content", self.content);
  }
  friend bool operator==(const Offer&, const Offer&) = default;
};

// Answers OFFER and PIECE.
struct Want {
  static constexpr Type kType = Type::kWant;
  std::uint32_t offset = 0;  // bytes that have arrived

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("offset", self.offset);
  }
  friend bool operator==(const Want&, const Want&) = default;
};

// What leads a piece of what is offered. Not sealed: OFFER gave the digest of all of it.
struct PiecePrefix {
  static constexpr Type kType = Type::kPiece;
  std::uint32_t offset = 0;

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("offset", self.offset);
  }
  friend bool operator==(const PiecePrefix&, const PiecePrefix&) = default;
};

// Answers OFFER, or its last piece. Sealed.
struct Staged {
  static constexpr Type kType = Type::kStaged;
  Role role{};
  Cargo cargo = Cargo::kContract;
  std::uint16_t reason = 0;  // why it is not: a Status, or 1000 + a contract field
  Nonce peer_nonce{};
  Nonce own_nonce{};
  Digest id{};

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("role", self.role);
    visit("cargo", self.cargo);
    visit("reason", self.reason);
    visit("peer_nonce", self.peer_nonce);
    visit("own_nonce", self.own_nonce);
    visit("id", self.id);
  }
  friend bool operator==(const Staged&, const Staged&) = default;
};

// ACTIVATE and KEEP. Sealed; not answered: the next STATEMENT says what came of it.
struct Order {
  Role role{};
  Reserved<3> reserved{};
  Nonce peer_nonce{};
  Nonce own_nonce{};
  Digest contract{};

  template <class Self, class Visit>
  static constexpr void Fields(Self& self, Visit&& visit) {
    visit("role", self.role);
    visit("reserved", self.reserved);
    visit("peer_nonce", self.peer_nonce);
    visit("own_nonce", self.own_nonce);
    visit("contract", self.contract);
  }
  friend bool operator==(const Order&, const Order&) = default;
};

}  // namespace torpor::link
