// The computer's end of the link: greets, compares, fetches. Bytes and the time go in,
// bytes and events come out; it reads no clock and moves nothing by itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "contract/envelope.h"
#include "contract/keyring.h"
#include "contract/verify.h"
#include "core/bytes.h"
#include "core/time.h"
#include "link/messages.h"
#include "link/outbox.h"
#include "link/packet.h"
#include "link/refusal.h"
#include "link/seal.h"

namespace torpor::link {

struct ComputerSelf {
  const contract::VerifiedTerms& contract;  // borrowed, as is the keyring
  const contract::Keyring& keyring;
  contract::Version floor{};
  Digest running{};
  // Other contracts that this side could obey as well; borrowed.
  std::span<const Digest> also_held{};
};

enum class ComputerEvent : std::uint8_t {
  kNone,
  kAgreed,   // both hold the same contract; next_ready_in() is known
  kRefused,  // the two disagree; refusal() says why; nothing else will happen
  kOther,    // the firmware obeys firmware().contract, which this side holds as well
  kLapsed,   // the firmware's lease of our contract is over; it takes offers, no FETCH.
             // Without one to make it is a refusal like others: refusal() says so
  kStaged,   // the firmware has taken the offer, or not: not_staged()
  kBatch,    // header(), batch() and age() describe it
  kNothingNew,  // ask again after next_ready_in()
  kFailed,      // no answer, or none that can be used: failure() says which
  kRestarted,   // the firmware has forgotten the agreement: greet it again
};

// Something for the firmware to take: a contract that it may be told to obey, or keys
// that it trusts from then on.
struct Offering {
  Cargo cargo = Cargo::kContract;
  std::span<const std::byte> bytes;  // of kPairing: the new key as it is, all 32 bytes
  Digest id{};                       // as Cargo says
};

// The pairing key, and another one that the firmware may have changed to.
struct Pairing {
  PairingKey now{};
  std::optional<PairingKey> next;
};

class ComputerEnd {
 public:
  // A batch is put into `buffer`, which the caller owns and which should hold the largest
  // batch of the contract.
  ComputerEnd(const ComputerSelf& self, const Pairing& pairing,
              std::span<std::byte> buffer);
  ComputerEnd(const ComputerSelf& self, const PairingKey& pairing,
              std::span<std::byte> buffer)
      : ComputerEnd(self, Pairing{pairing, std::nullopt}, buffer) {}

  // Begins an agreement: HELLO, repeated as the contract allows. `nonce` must be
  // unpredictable and new. Ends in kAgreed, kRefused or kFailed:
  //   kLinkDown    nothing answers
  //   kBadMac, kUnexpectedMessage  something answers that does not hold the pairing key
  //   kStaleNonce  something answers, but another question
  void Greet(Instant now, const Nonce& nonce);

  // Hands something to the firmware; a contract is held by this side from then on as
  // well. Only after kAgreed or kLapsed. The bytes must stay until kStaged, which comes
  // within hello_timeout x hello_retries of the last progress. A pairing key that was
  // taken ends the agreement: greet.
  void Offer(const Offering& offering, Instant now);
  [[nodiscard]] const Offering& offered() const { return offered_; }
  // Why it is not taken: 0 when it is, a Status, or 1000 + a field of the contract.
  //   kLinkTimeout    no answer; what has arrived stays there for the next attempt, which
  //                   a greeting should come before
  //   kPacketCorrupt  other bytes have arrived than were offered: offer it again
  [[nodiscard]] std::uint16_t not_staged() const { return not_staged_; }

  // Orders are not answered, so both end the agreement: greet, and the statement says
  // what came of it. The firmware is to obey what it has staged, from its next period on;
  // only while this side could obey it as well, whatever happens.
  void Activate(const Digest& id) { Command(Type::kActivate, id); }
  // The contract on trial, ours, works; the one before is not needed any more.
  void Keep() { Command(Type::kKeep, self_.contract.id()); }

  // Asks for the newest batch; only after kAgreed, else it fails at once with
  // kUnexpectedMessage. Ends within the contract's `collect` in kBatch, kNothingNew,
  // kRestarted or kFailed:
  //   kLinkTimeout             no answer
  //   kBatchIncomplete         the batch did not arrive whole in time
  //   kBatchOfAnotherContract  it was taken under other terms
  //   kBatchShape              not the contract's sensor, axes or number of frames
  //   kPacketCorrupt           all packets were good but the samples are not
  void Fetch(Instant now);

  // Consumes bytes up to the next event and leaves the rest; call it again.
  void OnBytes(std::span<const std::byte>& bytes, Instant now);
  void OnTime(Instant now);
  // When OnTime() has something to do; none while nothing is awaited.
  [[nodiscard]] std::optional<Instant> deadline() const;

  std::size_t TakeOutput(std::span<std::byte> out) { return outbox_.Take(out); }
  [[nodiscard]] bool HasOutput() const { return !outbox_.empty(); }

  // What happened, once.
  ComputerEvent TakeEvent();
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  [[nodiscard]] Status failure() const { return failure_; }

  // Of the last batch.
  [[nodiscard]] const BatchHeader& header() const { return header_; }
  [[nodiscard]] std::span<const std::byte> batch() const {
    return buffer_.first(received_);
  }
  // From the end of capture to `now`, at most: what the firmware counted until it
  // answered, and all the time since we asked. No two clocks are compared.
  [[nodiscard]] Microseconds age(Instant now) const;

  // From the last event until the firmware has a new batch, at most.
  [[nodiscard]] Microseconds next_ready_in() const { return next_ready_in_; }
  [[nodiscard]] const NothingNew& nothing_new() const { return nothing_new_; }
  [[nodiscard]] bool ended() const { return (nothing_new_.flags & kFlagEnded) != 0; }

  // Of the firmware, once it has stated it.
  [[nodiscard]] const Statement& firmware() const { return firmware_; }
  // It has stated it under the next pairing key, which is the only one from then on.
  [[nodiscard]] bool paired_anew() const { return paired_anew_; }
  // Somebody has answered the greeting who does not hold the pairing key; kOk: nobody.
  [[nodiscard]] Status unsealed() const { return unsealed_; }
  // Batches that began to arrive and did not arrive whole.
  [[nodiscard]] std::uint32_t incomplete() const { return incomplete_; }
  [[nodiscard]] const PacketReader::Counters& counters() const {
    return reader_.counters();
  }

 private:
  enum class Awaiting : std::uint8_t {
    kNothing,
    kStatement,  // HELLO was sent
    kAgreement,  // CONFIRM
    kBundle,     // GET_BUNDLE
    kRefusal,    // REFUSE, and its answer
    kWant,       // OFFER, or a piece
    kAnswer,     // FETCH
    kSamples,    // and its header has come
  };

  void OnPacket(const Packet& packet, Instant now);
  void OnStatement(const Packet& packet, Instant now);
  [[nodiscard]] Result<Statement> Unseal(const Packet& statement);
  void OnRefuse(const Packet& packet);
  void OnBundle(const Packet& packet, Instant now);
  void OnNothingNew(const Packet& packet, Instant now);
  void OnBatch(const Packet& packet, Instant now);
  void OnData(const Packet& packet, Instant now);
  void FinishBatch(Instant now);
  void OnWant(const Packet& packet, Instant now);
  void OnStaged(const Packet& packet, Instant now);
  void SendOfferOrPiece();
  void Command(Type order, const Digest& id);

  void Await(Awaiting what, Instant now);
  void Ask(Instant now);  // sends the question of awaiting_, first time or again
  void Refuse(const Refusal& refusal, Instant now);
  void End(ComputerEvent event);
  void EndAnswered(ComputerEvent event, Instant now);
  void Fail(Status why);
  void PeerRefused();
  void SendConfirm();
  void SendRefuse();
  [[nodiscard]] Instant ReadyAt(std::uint64_t claimed_us, Instant now) const;
  [[nodiscard]] bool fetching() const {
    return awaiting_ == Awaiting::kAnswer || awaiting_ == Awaiting::kSamples;
  }
  [[nodiscard]] Status ShapeOf(const BatchHeader& header) const;

  // Later than any firmware's clock, earlier than any overflow.
  static constexpr std::uint64_t kLatest = std::uint64_t{1} << 62;

  const ComputerSelf self_;
  const contract::Terms& terms_;
  LinkKeys keys_;
  std::optional<LinkKeys> next_keys_;
  bool paired_anew_ = false;
  std::span<std::byte> buffer_;

  PacketReader reader_;
  Outbox outbox_;
  Awaiting awaiting_ = Awaiting::kNothing;
  Instant ask_again_{};
  Instant give_up_{};
  std::uint32_t asked_ = 0;

  ComputerEvent event_ = ComputerEvent::kNone;
  Refusal refusal_{};
  Status failure_ = Status::kOk;

  Nonce nonce_{};
  Statement firmware_{};
  bool stale_ = false;             // an answer to another question came
  Status unsealed_ = Status::kOk;  // one to ours came that the firmware did not make
  bool agreed_ = false;
  bool lapsed_ = false;
  bool refused_ = false;
  std::array<std::byte, contract::kMaxEnvelopeBytes> bundle_{};
  std::size_t bundle_size_ = 0;

  Offering offered_;
  Digest offered_contract_{};  // the last one: the firmware may come to obey it
  PairingKey wrapped_{};
  std::optional<std::uint32_t> wanted_;  // the firmware has so many bytes of it
  std::uint16_t not_staged_ = 0;

  link::Fetch fetch_{};
  Instant fetched_{};
  BatchHeader header_{};
  NothingNew nothing_new_{};
  Instant ready_at_{};
  Microseconds next_ready_in_{};
  std::size_t received_ = 0;
  std::uint16_t expected_ = 0;  // the first piece that has not arrived
  std::uint16_t unacked_ = 0;   // pieces since the last ack
  bool owe_ack_ = false;
  std::uint32_t incomplete_ = 0;
};

}  // namespace torpor::link
