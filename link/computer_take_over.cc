// The computer's end of a roll-out: it hands contracts and keys over, and gives two
// orders. When to is agent/'s business.
#include <algorithm>
#include <array>

#include "contract/digest.h"
#include "core/status.h"
#include "link/codec.h"
#include "link/computer_end.h"

namespace torpor::link {

void ComputerEnd::Offer(const Offering& offering, Instant now) {
  if (!agreed_ && !lapsed_) return Fail(Status::kUnexpectedMessage);
  offered_ = offering;
  if (offering.cargo == Cargo::kContract) offered_contract_ = offering.id;
  if (offering.cargo == Cargo::kPairing) {
    PairingKey key{};
    if (offering.bytes.size() != key.size()) return Fail(Status::kUnexpectedMessage);
    std::ranges::copy(offering.bytes, key.begin());
    wrapped_ = Wrap(key, keys_, nonce_, firmware_.own_nonce, offering.id);
    offered_.bytes = wrapped_;
  }
  wanted_.reset();
  not_staged_ = 0;
  Await(Awaiting::kWant, now);
}

void ComputerEnd::SendOfferOrPiece() {
  std::array<std::byte, kMaxBody> body{};
  if (!wanted_) {
    link::Offer offer;
    offer.role = Role::kComputer;
    offer.cargo = offered_.cargo;
    offer.size = static_cast<std::uint32_t>(offered_.bytes.size());
    offer.peer_nonce = firmware_.own_nonce;
    offer.own_nonce = nonce_;
    offer.id = offered_.id;
    offer.content = contract::DigestOf(offered_.bytes);
    return outbox_.Add(Type::kOffer, 0, EncodeSealed(Type::kOffer, offer, keys_, body));
  }
  const PiecePrefix prefix{.offset = *wanted_};
  ByteWriter writer(body);
  PiecePrefix::Fields(prefix, codec::Writer{writer});
  const auto rest = offered_.bytes.subspan(*wanted_);
  writer.Write(rest.first(std::min(rest.size(), kMaxBody - SizeOf<PiecePrefix>())));
  outbox_.Add(Type::kPiece, 0, writer.written());
}

void ComputerEnd::OnWant(const Packet& packet, Instant now) {
  if (awaiting_ != Awaiting::kWant) return;
  const auto want = DecodeBody<Want>(packet.body);
  if (!want.ok() || want->offset >= offered_.bytes.size()) return;
  if (wanted_ && want->offset <= *wanted_) return;  // the timer repeats what was lost
  wanted_ = want->offset;
  Await(Awaiting::kWant, now);
}

void ComputerEnd::OnStaged(const Packet& packet, Instant now) {
  if (awaiting_ != Awaiting::kWant) return;
  const auto staged =
      DecodeSealed<Staged>(Type::kStaged, Role::kFirmware, keys_, packet.body);
  if (!staged.ok() || staged->peer_nonce != nonce_ ||
      staged->own_nonce != firmware_.own_nonce || staged->cargo != offered_.cargo ||
      staged->id != offered_.id) {
    return;
  }
  not_staged_ = staged->reason;
  if (offered_.cargo == Cargo::kPairing && not_staged_ == 0) agreed_ = lapsed_ = false;
  EndAnswered(ComputerEvent::kStaged, now);
}

void ComputerEnd::Command(Type type, const Digest& id) {
  if (!agreed_ && !lapsed_) return;
  Order order;
  order.role = Role::kComputer;
  order.peer_nonce = firmware_.own_nonce;
  order.own_nonce = nonce_;
  order.contract = id;
  std::array<std::byte, kMaxBody> body{};
  outbox_.Add(type, 0, EncodeSealed(type, order, keys_, body));
  agreed_ = lapsed_ = false;
}

}  // namespace torpor::link
