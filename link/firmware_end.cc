#include "link/firmware_end.h"

#include <algorithm>
#include <array>
#include <utility>

#include "contract/digest.h"
#include "contract/wire_size.h"
#include "core/crc32.h"
#include "link/codec.h"
#include "link/disagreement.h"

namespace torpor::link {

using contract::kMaxDataPerPacket;

void FirmwareEnd::Boot(const FirmwareSelf& self, const PairingKey& pairing,
                       const Salt& salt) {
  self_ = self;
  salt_ = salt;
  keys_ = DeriveKeys(pairing, salt_);
}

void FirmwareEnd::Unfit(const Refusal& refusal) {
  refusal_ = refusal;
  lapsed_ = refusal.status() == Status::kLeaseOver;
  state_ = State::kRefused;
  StopSending();
}

void FirmwareEnd::Change(const FirmwareSelf& self) {
  if (self.contract != self_.contract) {
    state_ = State::kUnconfirmed;  // whatever it was under the one before
    lapsed_ = false;
    Forget();
  }
  // What was refused under other keys may be good now.
  if (self.keyring_version != self_.keyring_version) {
    answered_.reset();
    arrived_ = 0;
  }
  self_ = self;
}

void FirmwareEnd::PairAnew(const PairingKey& pairing) {
  keys_ = DeriveKeys(pairing, salt_);
  if (state_ == State::kAgreed) state_ = State::kUnconfirmed;
  Forget();
}

void FirmwareEnd::Forget() {
  StopSending();
  hello_ = {};  // what was stated before cannot be confirmed any more
  nonce_ = {};
  offer_ = {};
  arrived_ = 0;
  answered_.reset();
}

FirmwareEvent FirmwareEnd::TakeEvent() {
  return std::exchange(event_, FirmwareEvent::kNone);
}

void FirmwareEnd::OnBytes(std::span<const std::byte>& bytes, Instant now) {
  while (event_ == FirmwareEvent::kNone) {
    const auto packet = reader_.Next(bytes);
    if (!packet) return;
    OnPacket(*packet, now);
  }
}

void FirmwareEnd::OnPacket(const Packet& packet, Instant now) {
  switch (packet.type) {
    case Type::kHello:
      return OnHello(packet);
    case Type::kConfirm:
      return OnConfirm(packet);
    case Type::kRefuse:
      return OnRefuse(packet);
    case Type::kFetch:
      return OnFetch(packet, now);
    case Type::kAck:
      return OnAck(packet, now);
    case Type::kGetBundle:
      return OnGetBundle(packet);
    case Type::kOffer:
      return OnOffer(packet);
    case Type::kPiece:
      return OnPiece(packet);
    case Type::kActivate:
    case Type::kKeep:
      return OnOrder(packet);
    default:
      return;  // only a firmware says these; an echo, perhaps
  }
}

// ---- Agreement

void FirmwareEnd::OnHello(const Packet& packet) {
  const auto hello = DecodeBody<Hello>(packet.body);
  if (!hello.ok()) return;
  // A repeat gets the same answer, so that whichever copy arrives can be confirmed.
  if (nonce_ == Nonce{} || hello->nonce != hello_.nonce) {
    nonce_ = MakeNonce(keys_, self_.boot_count, ++nonces_made_);
  }
  hello_ = *hello;
  SendStatement();
  if (NewestCommon(hello_.oldest, hello_.newest) == 0 && state_ != State::kRefused) {
    // HELLO is not sealed: anybody may send a wrong one, so it changes nothing.
    Decline(NoCommonProtocol(hello_.oldest, hello_.newest));
  }
}

void FirmwareEnd::SendStatement() {
  const std::uint8_t protocol = NewestCommon(hello_.oldest, hello_.newest);
  Statement statement;
  statement.protocol = protocol;
  statement.role = Role::kFirmware;
  statement.standing = Standing::kReady;
  if (state_ == State::kRefused) {
    statement.standing = Standing::kRefused;
    statement.reason = refusal_.reason;
  } else if (protocol == 0) {
    statement.standing = Standing::kRefused;
    statement.reason = static_cast<std::uint16_t>(Status::kProtocolVersion);
  }
  statement.peer_oldest = hello_.oldest;
  statement.peer_newest = hello_.newest;
  statement.boot_count = self_.boot_count;
  statement.peer_nonce = hello_.nonce;
  statement.own_nonce = nonce_;
  statement.contract = self_.contract;
  statement.contract_epoch = self_.version.epoch;
  statement.contract_version = self_.version.number;
  statement.floor_epoch = self_.floor.epoch;
  statement.floor_version = self_.floor.number;
  statement.running = self_.running;
  statement.phase = self_.phase;
  statement.trial_left = self_.trial_left;
  statement.lease_left = self_.lease_left;
  statement.staged = self_.staged;
  statement.reverted = self_.reverted;
  statement.reverted_reason = self_.reverted_reason;
  statement.keyring_version = self_.keyring_version;
  std::array<std::byte, kMaxBody> body{};
  outbox_.Add(Type::kStatement, 0,
              EncodeSealed(Type::kStatement, statement, keys_, body));
}

void FirmwareEnd::OnConfirm(const Packet& packet) {
  if (state_ == State::kRefused || nonces_made_ == 0) return;
  const auto confirm =
      DecodeSealed<Statement>(Type::kConfirm, Role::kComputer, keys_, packet.body);
  if (!confirm.ok()) return Decline(Refused(confirm.status()));
  if (!Ours(confirm->peer_nonce, confirm->own_nonce)) {
    // Of a statement that another contract has overtaken, perhaps: greet again.
    SendNotAgreed(0);
    return Decline(Refused(Status::kStaleNonce));
  }
  // The HELLO that was answered must be the one that was sent: nobody between the two
  // may have narrowed the range of versions.
  if (confirm->oldest != hello_.oldest || confirm->newest != hello_.newest ||
      confirm->protocol != NewestCommon(hello_.oldest, hello_.newest) ||
      confirm->protocol == 0) {
    return Decline(NoCommonProtocol(confirm->oldest, confirm->newest));
  }
  if (confirm->contract != self_.contract) {
    return Refuse(ContractsDiffer(self_.contract, confirm->contract));
  }
  const contract::Version their_floor{confirm->floor_epoch, confirm->floor_version};
  if (their_floor > self_.version) {
    return Refuse(FloorsDiffer(self_.version, their_floor));
  }
  if (confirm->keyring_version < self_.keyring_version) {
    return Refuse(KeyringsDiffer(self_.keyring_version, confirm->keyring_version));
  }
  StopSending();
  fetch_ = {};  // whatever was asked before, another process asked
  state_ = State::kAgreed;
  event_ = FirmwareEvent::kAgreed;
}

void FirmwareEnd::OnRefuse(const Packet& packet) {
  if (nonces_made_ == 0) return;
  const auto refuse =
      DecodeSealed<link::Refuse>(Type::kRefuse, Role::kComputer, keys_, packet.body);
  if (!refuse.ok()) return Decline(Refused(refuse.status()));
  if (!Ours(refuse->peer_nonce, refuse->own_nonce)) {
    return Decline(Refused(Status::kStaleNonce));
  }
  Refuse({.reason = refuse->reason, .ours = refuse->theirs, .theirs = refuse->ours});
}

// Something unauthenticated or outdated: said, but without effect.
void FirmwareEnd::Decline(const Refusal& refusal) {
  if (state_ == State::kRefused) return;
  refusal_ = refusal;
  event_ = FirmwareEvent::kDeclined;
}

// The first reason stays; it is what the log says.
void FirmwareEnd::Refuse(const Refusal& refusal) {
  if (state_ != State::kRefused) {
    refusal_ = refusal;
    state_ = State::kRefused;
    event_ = FirmwareEvent::kRefused;
    StopSending();
  }
  link::Refuse answer;
  answer.role = Role::kFirmware;
  answer.reason = refusal_.reason;
  answer.peer_nonce = hello_.nonce;
  answer.own_nonce = nonce_;
  answer.ours = refusal_.ours;
  answer.theirs = refusal_.theirs;
  std::array<std::byte, kMaxBody> body{};
  outbox_.Add(Type::kRefuse, 0, EncodeSealed(Type::kRefuse, answer, keys_, body));
}

void FirmwareEnd::OnGetBundle(const Packet& packet) {
  const auto ask = DecodeBody<GetBundle>(packet.body);
  if (!ask.ok() || ask->offset > self_.bundle.size()) return;
  const BundlePrefix prefix{.offset = ask->offset,
                            .total = static_cast<std::uint32_t>(self_.bundle.size())};
  const auto rest = self_.bundle.subspan(ask->offset);
  std::array<std::byte, kMaxBody> body{};
  ByteWriter writer(body);
  BundlePrefix::Fields(prefix, codec::Writer{writer});
  writer.Write(rest.first(std::min(rest.size(), kMaxBody - SizeOf<BundlePrefix>())));
  outbox_.Add(Type::kBundle, packet.sequence, writer.written());
}

// ---- Hand-over

void FirmwareEnd::OnFetch(const Packet& packet, Instant now) {
  const auto fetch = DecodeBody<Fetch>(packet.body);
  if (!fetch.ok()) return;
  if (sending() && fetch->request == fetch_.request) return;  // the timer repeats it
  StopSending();
  fetch_ = *fetch;
  if (state_ != State::kAgreed || fetch_.boot_count != self_.boot_count) {
    return SendNotAgreed(fetch_.request);
  }
  give_up_ = now + self_.hand_over_time;
  event_ = FirmwareEvent::kFetch;
}

void FirmwareEnd::SendNotAgreed(std::uint32_t request) {
  NothingNew answer;
  answer.request = request;
  answer.boot_count = self_.boot_count;
  answer.flags = kFlagNotAgreed;
  outbox_.Add(answer, static_cast<std::uint16_t>(request));
}

void FirmwareEnd::SendNothingNew(NothingNew answer) {
  answer.request = fetch_.request;
  answer.boot_count = self_.boot_count;
  outbox_.Add(answer, static_cast<std::uint16_t>(fetch_.request));
}

void FirmwareEnd::SendBatch(BatchHeader header, std::span<const std::byte> samples,
                            Instant now) {
  header.request = fetch_.request;
  header.boot_count = self_.boot_count;
  header.now_us = static_cast<std::uint64_t>(SinceBootMicroseconds(now));
  header.contract = contract::ShortOf(self_.contract);
  header.bytes = static_cast<std::uint32_t>(samples.size());
  header.crc = Crc32(samples);
  header_ = header;
  samples_ = samples;
  pieces_ = 1 + static_cast<std::uint32_t>((samples.size() + kMaxDataPerPacket - 1) /
                                           kMaxDataPerPacket);
  acked_ = next_ = sent_ = 0;
  went_back_ = false;
  deadline_ = now + PatienceForAcks();
}

void FirmwareEnd::OnAck(const Packet& packet, Instant now) {
  const auto ack = DecodeBody<Ack>(packet.body);
  if (!ack.ok() || !sending() || ack->request != fetch_.request) return;
  const std::uint32_t arrived = packet.sequence;
  if (arrived > sent_) return;  // of nothing we sent
  if (arrived > acked_) {
    acked_ = arrived;
    next_ = std::max(next_, acked_);  // going back may have been premature
    went_back_ = false;
    deadline_ = std::min(now + PatienceForAcks(), give_up_);
    if (acked_ == pieces_) {
      StopSending();
      event_ = FirmwareEvent::kDelivered;
    }
  } else if (arrived == acked_ && next_ > acked_ && !went_back_) {
    // The same number again: a piece was lost. Once per loss; the pieces on the wire
    // behind it bring more of the same acks.
    next_ = acked_;
    went_back_ = true;
  }
}

void FirmwareEnd::OnTime(Instant now) {
  if (!deadline_ || now < *deadline_) return;
  if (now >= give_up_) {
    StopSending();
    event_ = FirmwareEvent::kGaveUp;
    return;
  }
  next_ = acked_;
  went_back_ = false;
  deadline_ = std::min(now + PatienceForAcks(), give_up_);
}

// A window on the wire, and as long as any answer may take.
Microseconds FirmwareEnd::PatienceForAcks() const {
  const std::uint32_t baud = std::max<std::uint32_t>(self_.baud, 1);
  return self_.answer_time +
         Milliseconds(contract::WireMilliseconds(kWindow * kMaxWire, baud));
}

void FirmwareEnd::StopSending() {
  pieces_ = acked_ = next_ = sent_ = 0;
  samples_ = {};
  deadline_.reset();
}

bool FirmwareEnd::HasOutput() const {
  return !outbox_.empty() || (sending() && next_ < std::min(acked_ + kWindow, pieces_));
}

std::size_t FirmwareEnd::TakeOutput(std::span<std::byte> out, Instant now) {
  std::size_t used = outbox_.Take(out);
  if (!outbox_.empty()) return used;
  while (HasOutput() && out.size() - used >= kMaxWire) {
    used += EncodePiece(out.subspan(used));
    sent_ = std::max(sent_, ++next_);
    deadline_ = std::min(now + PatienceForAcks(), give_up_);
  }
  return used;
}

std::size_t FirmwareEnd::EncodePiece(std::span<std::byte> out) const {
  const auto sequence = static_cast<std::uint16_t>(next_);
  std::array<std::byte, kMaxBody> body{};
  if (next_ == 0) {
    return EncodePacket({Type::kBatch, sequence, EncodeBody(header_, body)}, out);
  }
  const std::size_t offset = std::size_t{next_ - 1} * kMaxDataPerPacket;
  const auto rest = samples_.subspan(offset);
  const DataPrefix prefix{.request = fetch_.request,
                          .offset = static_cast<std::uint32_t>(offset)};
  ByteWriter writer(body);
  DataPrefix::Fields(prefix, codec::Writer{writer});
  writer.Write(rest.first(std::min(rest.size(), kMaxDataPerPacket)));
  return EncodePacket({Type::kData, sequence, writer.written()}, out);
}

}  // namespace torpor::link
