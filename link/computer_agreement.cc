// The computer's end of an agreement: it greets, compares what the firmware states with
// what it holds itself, and confirms or refuses.
#include <algorithm>
#include <utility>

#include "link/codec.h"
#include "link/computer_end.h"
#include "link/disagreement.h"

namespace torpor::link {

void ComputerEnd::Greet(Instant now, const Nonce& nonce) {
  if (refused_) return;
  agreed_ = lapsed_ = false;
  stale_ = false;
  unsealed_ = Status::kOk;
  nonce_ = nonce;
  // Numbers of questions begin somewhere else each time, so that no answer to a former
  // process is taken for one to this.
  fetch_.request = ByteReader(nonce).Read<std::uint32_t>();
  Await(Awaiting::kStatement, now);
}

// Made with the pairing key, or with the next one: then that is the key.
Result<Statement> ComputerEnd::Unseal(const Packet& statement) {
  const auto under = [&](const LinkKeys& keys) {
    return DecodeSealed<Statement>(Type::kStatement, Role::kFirmware, keys,
                                   statement.body);
  };
  const auto stated = under(keys_);
  if (stated.status() != Status::kBadMac || !next_keys_) return stated;
  const auto anew = under(*next_keys_);
  if (!anew.ok()) return stated;
  keys_ = *std::exchange(next_keys_, std::nullopt);
  paired_anew_ = true;
  return anew;
}

void ComputerEnd::OnStatement(const Packet& packet, Instant now) {
  if (awaiting_ != Awaiting::kStatement) return;
  const auto claimed = DecodeLeader<Statement>(packet.body);
  if (!claimed.ok()) return;
  if (claimed->message.peer_nonce != nonce_) {
    stale_ = true;  // an old answer, perhaps replayed; the right one may still come
    return;
  }
  const auto stated = Unseal(packet);
  if (!stated.ok()) {
    unsealed_ = stated.status();  // anybody's, perhaps; the right one may still come
    return;
  }
  unsealed_ = Status::kOk;
  firmware_ = *stated;
  if (firmware_.peer_oldest != kOldestProtocol ||
      firmware_.peer_newest != kNewestProtocol ||
      firmware_.protocol != NewestCommon(firmware_.oldest, firmware_.newest) ||
      firmware_.protocol == 0) {
    refused_ = true;
    refusal_ = NoCommonProtocol(firmware_.oldest, firmware_.newest);
    return End(ComputerEvent::kRefused);
  }
  if (firmware_.contract == Digest{}) return PeerRefused();
  if (firmware_.contract != self_.contract.id()) {
    if (firmware_.contract == offered_contract_ ||
        std::ranges::find(self_.also_held, firmware_.contract) != self_.also_held.end()) {
      return End(ComputerEvent::kOther);
    }
    bundle_size_ = 0;
    return Await(Awaiting::kBundle, now);
  }
  const bool lapsed = firmware_.reason == static_cast<std::uint16_t>(Status::kLeaseOver);
  if (firmware_.standing != Standing::kReady && !lapsed) return PeerRefused();
  const contract::Version their_floor{firmware_.floor_epoch, firmware_.floor_version};
  if (their_floor > terms_.version) {
    return Refuse(FloorsDiffer(terms_.version, their_floor), now);
  }
  if (firmware_.keyring_version > self_.keyring.lineage.version) {
    return Refuse(
        KeyringsDiffer(self_.keyring.lineage.version, firmware_.keyring_version), now);
  }
  if (firmware_.standing == Standing::kReady) return Await(Awaiting::kAgreement, now);
  lapsed_ = true;
  refusal_ = Refused(Status::kPeerRefused, "ready", NameOf(firmware_.reason));
  End(ComputerEvent::kLapsed);
}

void ComputerEnd::PeerRefused() {
  refused_ = true;
  refusal_ = Refused(Status::kPeerRefused, "ready", NameOf(firmware_.reason));
  End(ComputerEvent::kRefused);
}

void ComputerEnd::SendConfirm() {
  Statement confirm;
  confirm.protocol = firmware_.protocol;
  confirm.role = Role::kComputer;
  confirm.standing = Standing::kReady;
  confirm.peer_oldest = firmware_.oldest;
  confirm.peer_newest = firmware_.newest;
  confirm.boot_count = firmware_.boot_count;
  confirm.peer_nonce = firmware_.own_nonce;
  confirm.own_nonce = nonce_;
  confirm.contract = self_.contract.id();
  confirm.contract_epoch = terms_.version.epoch;
  confirm.contract_version = terms_.version.number;
  confirm.floor_epoch = self_.floor.epoch;
  confirm.floor_version = self_.floor.number;
  confirm.running = self_.running;
  confirm.keyring_version = static_cast<std::uint16_t>(self_.keyring.lineage.version);
  std::array<std::byte, kMaxBody> body{};
  outbox_.Add(Type::kConfirm, 0, EncodeSealed(Type::kConfirm, confirm, keys_, body));
}

void ComputerEnd::Refuse(const Refusal& refusal, Instant now) {
  refused_ = true;
  refusal_ = refusal;
  Await(Awaiting::kRefusal, now);
}

void ComputerEnd::SendRefuse() {
  link::Refuse refuse;
  refuse.role = Role::kComputer;
  refuse.reason = refusal_.reason;
  refuse.peer_nonce = firmware_.own_nonce;
  refuse.own_nonce = nonce_;
  refuse.ours = refusal_.ours;
  refuse.theirs = refusal_.theirs;
  std::array<std::byte, kMaxBody> body{};
  outbox_.Add(Type::kRefuse, 0, EncodeSealed(Type::kRefuse, refuse, keys_, body));
}

void ComputerEnd::OnRefuse(const Packet& packet) {
  if (awaiting_ != Awaiting::kAgreement && awaiting_ != Awaiting::kRefusal) return;
  const auto refuse =
      DecodeSealed<link::Refuse>(Type::kRefuse, Role::kFirmware, keys_, packet.body);
  if (!refuse.ok() || refuse->peer_nonce != nonce_ ||
      refuse->own_nonce != firmware_.own_nonce) {
    return;
  }
  if (awaiting_ == Awaiting::kAgreement) {
    refusal_ = {.reason = refuse->reason, .ours = refuse->theirs, .theirs = refuse->ours};
  }
  refused_ = true;
  End(ComputerEvent::kRefused);
}

void ComputerEnd::OnBundle(const Packet& packet, Instant now) {
  if (awaiting_ != Awaiting::kBundle) return;
  const auto piece = DecodeLeader<BundlePrefix>(packet.body);
  if (!piece.ok()) return;
  const auto [offset, total] = piece->message;
  if (offset != bundle_size_) return;  // a repeat of one that has arrived
  if (total > bundle_.size() || piece->rest.size() > total - std::min(total, offset)) {
    return Refuse(ContractsDiffer(self_.contract.id(), firmware_.contract), now);
  }
  std::ranges::copy(piece->rest,
                    bundle_.begin() + static_cast<std::ptrdiff_t>(bundle_size_));
  bundle_size_ += piece->rest.size();
  if (bundle_size_ < total && !piece->rest.empty()) {
    return Await(Awaiting::kBundle, now);
  }
  Refuse(CompareContracts(self_.contract, firmware_.contract,
                          std::span(bundle_).first(bundle_size_), self_.keyring),
         now);
}

}  // namespace torpor::link
