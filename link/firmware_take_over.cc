// The firmware's end of a roll-out: it takes in what is offered, and obeys two orders.
// What they do to the robot is firmware/core's business.
#include <algorithm>
#include <array>

#include "contract/digest.h"
#include "core/status.h"
#include "link/firmware_end.h"

namespace torpor::link {

void FirmwareEnd::OnOffer(const Packet& packet) {
  if (!TakesOffers()) return;
  const auto offer =
      DecodeSealed<Offer>(Type::kOffer, Role::kComputer, keys_, packet.body);
  if (!offer.ok()) return Decline(Refused(offer.status()));
  if (!Ours(offer->peer_nonce, offer->own_nonce)) {
    return Decline(Refused(Status::kStaleNonce));
  }
  // The same one again, perhaps in another agreement: what is known of it stays.
  const bool same = offer->content == offer_.content && offer->size == offer_.size &&
                    offer->cargo == offer_.cargo;
  if (same && answered_.value_or(0) != 0 &&
      !Passes(*answered_)) {  // judging takes seconds
    offer_ = *offer;
    return SendStaged(*answered_);
  }
  const bool goes_on = same && arrived_ > 0 && !answered_;
  offer_ = *offer;
  if (!goes_on) arrived_ = 0;
  answered_.reset();
  if (offer_.size == 0 || offer_.size > self_.staging.size()) {
    offer_.size = 0;
    return SendStaged(static_cast<std::uint16_t>(Status::kBundleTooLarge));
  }
  if (offer_.cargo == Cargo::kContract && offer_.id == self_.staged &&
      offer_.id != Digest{}) {
    return AnswerOffer(0);
  }
  SendWant();
}

void FirmwareEnd::OnPiece(const Packet& packet) {
  if (!TakesOffers() || offer_.size == 0) return;
  const auto piece = DecodeLeader<PiecePrefix>(packet.body);
  if (!piece.ok()) return;
  if (answered_) return SendStaged(*answered_);  // the answer was lost
  const auto rest = piece->rest;
  if (piece->message.offset == arrived_ && rest.size() <= offer_.size - arrived_) {
    std::ranges::copy(rest, self_.staging.subspan(arrived_).begin());
    arrived_ += static_cast<std::uint32_t>(rest.size());
  }
  if (arrived_ < offer_.size) return SendWant();
  if (contract::DigestOf(offered()) != offer_.content) {
    // Somebody else's piece was among them; what was offered may be good all the same.
    arrived_ = 0;
    return SendStaged(static_cast<std::uint16_t>(Status::kPacketCorrupt));
  }
  event_ = FirmwareEvent::kOffered;
}

Result<PairingKey> FirmwareEnd::offered_pairing() const {
  PairingKey wrapped{};
  if (offer_.size != wrapped.size()) return Status::kBadMac;
  std::ranges::copy(offered(), wrapped.begin());
  const PairingKey key =
      Wrap(wrapped, keys_, offer_.own_nonce, offer_.peer_nonce, offer_.id);
  if (contract::DigestOf(key) != offer_.id) return Status::kBadMac;
  return key;
}

void FirmwareEnd::AnswerOffer(std::uint16_t reason) {
  answered_ = reason;
  SendStaged(reason);
}

void FirmwareEnd::OnOrder(const Packet& packet) {
  if (!TakesOffers()) return;
  const auto order =
      DecodeSealed<Order>(packet.type, Role::kComputer, keys_, packet.body);
  if (!order.ok()) return Decline(Refused(order.status()));
  if (!Ours(order->peer_nonce, order->own_nonce)) {
    return Decline(Refused(Status::kStaleNonce));
  }
  // An order that came twice finds its work done and says nothing.
  if (packet.type == Type::kActivate) {
    if (self_.phase == Phase::kSteady && order->contract == self_.staged &&
        order->contract != Digest{}) {
      event_ = FirmwareEvent::kActivate;
    }
  } else if (self_.phase == Phase::kTrial && order->contract == self_.contract) {
    event_ = FirmwareEvent::kKeep;
  }
}

void FirmwareEnd::SendWant() { outbox_.Add(Want{.offset = arrived_}, 0); }

void FirmwareEnd::SendStaged(std::uint16_t reason) {
  Staged staged;
  staged.role = Role::kFirmware;
  staged.cargo = offer_.cargo;
  staged.reason = reason;
  staged.peer_nonce = offer_.own_nonce;
  staged.own_nonce = offer_.peer_nonce;
  staged.id = offer_.id;
  std::array<std::byte, kMaxBody> body{};
  outbox_.Add(Type::kStaged, 0, EncodeSealed(Type::kStaged, staged, keys_, body));
}

}  // namespace torpor::link
