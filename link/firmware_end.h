// The firmware's end of the link: answers, and never speaks unasked. Bytes and the time
// go in, bytes and events come out; it reads no clock and moves nothing by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "contract/terms.h"
#include "core/bytes.h"
#include "core/time.h"
#include "link/messages.h"
#include "link/outbox.h"
#include "link/packet.h"
#include "link/refusal.h"
#include "link/seal.h"

namespace torpor::link {

// What the firmware says of itself. Without a contract it trusts, `contract` stays zero
// and Unfit() says why.
struct FirmwareSelf {
  std::uint32_t boot_count = 0;
  Digest contract{};
  contract::Version version{};
  contract::Version floor{};
  Digest running{};
  std::span<const std::byte>
      bundle;                    // the signed contract, for a side that asks; borrowed
  std::span<std::byte> staging;  // room for one that is offered; borrowed
  Phase phase = Phase::kSteady;
  std::uint16_t trial_left = 0;
  std::uint32_t lease_left = 0;
  Digest staged{};
  Digest reverted{};
  std::uint16_t reverted_reason = 0;
  std::uint16_t keyring_version = 0;
  std::uint32_t baud = 0;
  Milliseconds answer_time{};     // the contract's hello_timeout
  Milliseconds hand_over_time{};  // the contract's collect
};

enum class FirmwareEvent : std::uint8_t {
  kNone,
  kAgreed,     // the computer holds the same contract; sample
  kFetch,      // answer with SendBatch() or SendNothingNew(); a hand-over that was under
               // way is over and did not arrive
  kDelivered,  // the batch has arrived whole
  kGaveUp,     // it has not, and its time is over
  kOffered,    // something has arrived: cargo(), offered(); answer with AnswerOffer()
  kActivate,   // obey the staged one from the next period on
  kKeep,       // the one on trial works
  kDeclined,   // a greeting was wrong; nothing changes, refusal() says why
  kRefused,    // the two disagree: refused until restart, refusal() says why
};

class FirmwareEnd {
 public:
  enum class State : std::uint8_t { kUnconfirmed, kAgreed, kRefused };

  // Once, before anything else. `salt` keeps nonces apart that are made of one pairing
  // key and boot counts that begin anew, as they do when a board is provisioned.
  void Boot(const FirmwareSelf& self, const PairingKey& pairing, const Salt& salt = {});
  // Its own contract is bad, or over: stays refused and says so when greeted. One whose
  // lease is over (kLeaseOver) still takes offers.
  void Unfit(const Refusal& refusal);

  // Something about it has changed. When that is the contract, nobody has agreed to it
  // yet: a FETCH is answered by *not agreed*, and nothing else is disturbed.
  void Change(const FirmwareSelf& self);

  void OnBytes(std::span<const std::byte>& bytes, Instant now);
  void OnTime(Instant now);
  // When OnTime() has something to do; none while nothing is under way.
  [[nodiscard]] std::optional<Instant> deadline() const { return deadline_; }

  // What happened, once. OnBytes() stops at an event and leaves the rest in `bytes`, so
  // none is lost; call it again.
  FirmwareEvent TakeEvent();
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  // While handling kFetch: the last batch that the computer holds.
  [[nodiscard]] std::uint64_t newest_held() const { return fetch_.newest_held; }

  // Answers kFetch. `samples` must stay until kDelivered, kGaveUp or the next kFetch. The
  // end fills in request, boot count, contract, now, bytes and crc.
  void SendBatch(BatchHeader header, std::span<const std::byte> samples, Instant now);
  // Answers kFetch, and kAgreed; the end fills in request and boot count.
  void SendNothingNew(NothingNew answer);

  // While handling kOffered: what has arrived, unverified, in FirmwareSelf's staging.
  [[nodiscard]] Cargo cargo() const { return offer_.cargo; }
  [[nodiscard]] std::span<const std::byte> offered() const {
    return self_.staging.first(offer_.size);
  }
  // The same for Cargo::kPairing, unwrapped.
  //   kBadMac  it is not the key that OFFER promised
  [[nodiscard]] Result<PairingKey> offered_pairing() const;
  // Answers kOffered: kOk once it is in flash, else why not (a Status, or 1000 + a field
  // of the contract).
  void AnswerOffer(std::uint16_t reason);
  // After the answer: from here on everything is sealed under this key, and the computer
  // has to greet anew.
  void PairAnew(const PairingKey& pairing);

  // Bytes for the wire, whole packets of samples; 0 when there is nothing to say now.
  std::size_t TakeOutput(std::span<std::byte> out, Instant now);
  [[nodiscard]] bool HasOutput() const;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const PacketReader::Counters& counters() const {
    return reader_.counters();
  }

 private:
  void OnPacket(const Packet& packet, Instant now);
  void OnHello(const Packet& packet);
  void OnConfirm(const Packet& packet);
  void OnRefuse(const Packet& packet);
  void OnFetch(const Packet& packet, Instant now);
  void OnAck(const Packet& packet, Instant now);
  void OnGetBundle(const Packet& packet);
  void OnOffer(const Packet& packet);
  void OnPiece(const Packet& packet);
  void OnOrder(const Packet& packet);
  void SendNotAgreed(std::uint32_t request);
  // Also when the lease is over: a new contract is the way out.
  [[nodiscard]] bool TakesOffers() const {
    return state_ == State::kAgreed || (state_ == State::kRefused && lapsed_);
  }
  void Forget();  // the agreement, and what was offered in it
  void SendWant();
  void SendStaged(std::uint16_t reason);
  // Of this agreement, and of no other.
  [[nodiscard]] bool Ours(const Nonce& peer, const Nonce& own) const {
    return nonce_ != Nonce{} && peer == nonce_ && own == hello_.nonce;
  }
  void Decline(const Refusal& refusal);
  void Refuse(const Refusal& refusal);
  void SendStatement();
  [[nodiscard]] std::size_t EncodePiece(std::span<std::byte> out) const;
  [[nodiscard]] bool sending() const { return pieces_ != 0; }
  void StopSending();
  [[nodiscard]] Microseconds PatienceForAcks() const;

  FirmwareSelf self_{};
  LinkKeys keys_{};
  Salt salt_{};
  State state_ = State::kUnconfirmed;
  bool lapsed_ = false;  // its own lease is over, whatever the computer says
  FirmwareEvent event_ = FirmwareEvent::kNone;
  Refusal refusal_{};
  PacketReader reader_;
  Outbox outbox_;

  Hello hello_{};  // the last one heard
  Nonce nonce_{};  // our answer to it; all zero before
  std::uint32_t nonces_made_ = 0;

  Offer offer_{};                          // the last one that was taken up
  std::uint32_t arrived_ = 0;              // bytes of it
  std::optional<std::uint16_t> answered_;  // what was made of it

  // The hand-over under way, as go-back-N: piece 0 is the header, the others samples.
  Fetch fetch_{};
  BatchHeader header_{};
  std::span<const std::byte> samples_;
  std::uint32_t pieces_ = 0;  // 0: none under way
  std::uint32_t acked_ = 0;   // pieces that have arrived
  std::uint32_t next_ = 0;    // piece to send next
  std::uint32_t sent_ = 0;    // pieces ever sent
  bool went_back_ = false;    // since the last progress, at the other side's request
  Instant give_up_{};
  std::optional<Instant> deadline_;
};

}  // namespace torpor::link
