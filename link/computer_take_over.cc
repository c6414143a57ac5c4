// The computer's end of a contract's roll-out: it hands a bundle over and gives two
// orders. When to is agent/'s business.
#include <algorithm>
#include <array>

#include "core/status.h"
#include "link/codec.h"
#include "link/computer_end.h"

namespace torpor::link {

void ComputerEnd::Offer(std::span<const std::byte> bundle, const Digest& id,
                        Instant now) {
  if (!agreed_) return Fail(Status::kUnexpectedMessage);
  offered_ = bundle;
  offered_id_ = id;
  wanted_.reset();
  not_staged_ = 0;
  Await(Awaiting::kWant, now);
}

void ComputerEnd::SendOfferOrPiece() {
  std::array<std::byte, kMaxBody> body{};
  if (!wanted_) {
    link::Offer offer;
    offer.role = Role::kComputer;
    offer.size = static_cast<std::uint32_t>(offered_.size());
    offer.peer_nonce = firmware_.own_nonce;
    offer.own_nonce = nonce_;
    offer.contract = offered_id_;
    return outbox_.Add(Type::kOffer, 0, EncodeSealed(Type::kOffer, offer, keys_, body));
  }
  const PiecePrefix prefix{.offset = *wanted_};
  ByteWriter writer(body);
  PiecePrefix::Fields(prefix, codec::Writer{writer});
  const auto rest = offered_.subspan(*wanted_);
  writer.Write(rest.first(std::min(rest.size(), kMaxBody - SizeOf<PiecePrefix>())));
  outbox_.Add(Type::kPiece, 0, writer.written());
}

void ComputerEnd::OnWant(const Packet& packet, Instant now) {
  if (awaiting_ != Awaiting::kWant) return;
  const auto want = DecodeBody<Want>(packet.body);
  if (!want.ok() || want->offset >= offered_.size()) return;
  if (wanted_ && want->offset <= *wanted_) return;  // the timer repeats what was lost
  wanted_ = want->offset;
  Await(Awaiting::kWant, now);
}

void ComputerEnd::OnStaged(const Packet& packet, Instant now) {
  if (awaiting_ != Awaiting::kWant) return;
  const auto staged =
      DecodeSealed<Staged>(Type::kStaged, Role::kFirmware, keys_, packet.body);
  if (!staged.ok() || staged->peer_nonce != nonce_ ||
      staged->own_nonce != firmware_.own_nonce || staged->contract != offered_id_) {
    return;
  }
  not_staged_ = staged->reason;
  EndAnswered(ComputerEvent::kStaged, now);
}

void ComputerEnd::Command(Type type, const Digest& id) {
  if (!agreed_) return;
  Order order;
  order.role = Role::kComputer;
  order.peer_nonce = firmware_.own_nonce;
  order.own_nonce = nonce_;
  order.contract = id;
  std::array<std::byte, kMaxBody> body{};
  outbox_.Add(type, 0, EncodeSealed(type, order, keys_, body));
  agreed_ = false;
}

}  // namespace torpor::link
