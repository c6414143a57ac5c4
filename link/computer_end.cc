#include "link/computer_end.h"

#include <algorithm>
#include <utility>

#include "contract/wire_size.h"
#include "core/crc32.h"
#include "link/codec.h"
#include "link/disagreement.h"

namespace torpor::link {

using contract::kMaxDataPerPacket;

ComputerEnd::ComputerEnd(const ComputerSelf& self, const Pairing& pairing,
                         std::span<std::byte> buffer)
    : self_(self),
      terms_(self.contract.terms()),
      keys_(DeriveKeys(pairing.now)),
      buffer_(buffer) {
  if (pairing.next) next_keys_ = DeriveKeys(*pairing.next);
}

ComputerEvent ComputerEnd::TakeEvent() {
  return std::exchange(event_, ComputerEvent::kNone);
}

void ComputerEnd::OnBytes(std::span<const std::byte>& bytes, Instant now) {
  while (event_ == ComputerEvent::kNone) {
    const auto packet = reader_.Next(bytes);
    if (!packet) break;
    OnPacket(*packet, now);
  }
  // One ack for all that came at once; its number speaks for every piece before it.
  if (std::exchange(owe_ack_, false)) {
    outbox_.Add(Ack{.request = fetch_.request}, expected_);
    unacked_ = 0;
  }
}

void ComputerEnd::OnPacket(const Packet& packet, Instant now) {
  switch (packet.type) {
    case Type::kStatement:
      return OnStatement(packet, now);
    case Type::kRefuse:
      return OnRefuse(packet);
    case Type::kBundle:
      return OnBundle(packet, now);
    case Type::kNothingNew:
      return OnNothingNew(packet, now);
    case Type::kBatch:
      return OnBatch(packet, now);
    case Type::kData:
      return OnData(packet, now);
    case Type::kWant:
      return OnWant(packet, now);
    case Type::kStaged:
      return OnStaged(packet, now);
    default:
      return;  // only a computer says these; an echo, perhaps
  }
}

// ---- Asking, and asking again

std::optional<Instant> ComputerEnd::deadline() const {
  if (awaiting_ == Awaiting::kNothing) return std::nullopt;
  return fetching() ? std::min(ask_again_, give_up_) : ask_again_;
}

void ComputerEnd::Await(Awaiting what, Instant now) {
  awaiting_ = what;
  asked_ = 0;
  Ask(now);
}

void ComputerEnd::Ask(Instant now) {
  ++asked_;
  ask_again_ = now + terms_.hello_timeout;
  switch (awaiting_) {
    case Awaiting::kNothing:
      return;
    case Awaiting::kStatement: {
      Hello hello;
      hello.nonce = nonce_;
      return outbox_.Add(hello, 0);
    }
    case Awaiting::kAgreement:
      return SendConfirm();
    case Awaiting::kBundle:
      return outbox_.Add(GetBundle{.offset = static_cast<std::uint32_t>(bundle_size_)},
                         0);
    case Awaiting::kRefusal:
      return SendRefuse();
    case Awaiting::kWant:
      return SendOfferOrPiece();
    case Awaiting::kAnswer:
    case Awaiting::kSamples:
      return outbox_.Add(fetch_, static_cast<std::uint16_t>(fetch_.request));
  }
}

void ComputerEnd::OnTime(Instant now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  if (fetching()) {
    if (now < give_up_) return Ask(now);
    return Fail(awaiting_ == Awaiting::kSamples ? Status::kBatchIncomplete
                                                : Status::kLinkTimeout);
  }
  // Asked twice, and twice nobody answered who holds the pairing key.
  const bool strangers = unsealed_ != Status::kOk && asked_ >= 2;
  if (asked_ < terms_.hello_retries && !strangers) return Ask(now);
  switch (awaiting_) {
    case Awaiting::kBundle:
      return Refuse(ContractsDiffer(self_.contract.id(), firmware_.contract), now);
    case Awaiting::kRefusal:
      return End(
          ComputerEvent::kRefused);  // it did not hear us; it is refused all the same
    case Awaiting::kWant:
      not_staged_ = static_cast<std::uint16_t>(Status::kLinkTimeout);
      return EndAnswered(ComputerEvent::kStaged, now);
    default:
      if (unsealed_ != Status::kOk) {
        refusal_ = Refused(unsealed_);
        SendRefuse();  // so that the firmware's log says it too
        return Fail(unsealed_);
      }
      return Fail(stale_ ? Status::kStaleNonce : Status::kLinkDown);
  }
}

void ComputerEnd::End(ComputerEvent event) {
  awaiting_ = Awaiting::kNothing;
  event_ = event;
}

void ComputerEnd::EndAnswered(ComputerEvent event, Instant now) {
  next_ready_in_ = std::max(ready_at_ - now, Microseconds(0));
  End(event);
}

void ComputerEnd::Fail(Status why) {
  if (awaiting_ == Awaiting::kSamples) ++incomplete_;
  failure_ = why;
  End(ComputerEvent::kFailed);
}

// ---- Hand-over

void ComputerEnd::Fetch(Instant now) {
  if (!agreed_) return Fail(Status::kUnexpectedMessage);
  ++fetch_.request;
  fetched_ = now;
  give_up_ = now + terms_.collect;
  received_ = 0;
  expected_ = 0;
  Await(Awaiting::kAnswer, now);
}

void ComputerEnd::OnNothingNew(const Packet& packet, Instant now) {
  const auto answer = DecodeBody<NothingNew>(packet.body);
  if (!answer.ok()) return;
  const bool not_agreed =
      (answer->flags & kFlagNotAgreed) != 0 || answer->boot_count != firmware_.boot_count;
  const bool to_confirm = awaiting_ == Awaiting::kAgreement;
  if (to_confirm && answer->request == 0 && (answer->flags & kFlagNotAgreed) != 0) {
    return End(ComputerEvent::kRestarted);  // what it stated holds no more
  }
  if (to_confirm ? not_agreed || answer->request != 0
                 : !fetching() || answer->request != fetch_.request) {
    return;
  }
  nothing_new_ = *answer;
  ready_at_ = ReadyAt(answer->next_ready_in_us, now);
  if (to_confirm) {
    agreed_ = true;
    if (fetch_.boot_count != firmware_.boot_count) fetch_.newest_held = 0;
    fetch_.boot_count = firmware_.boot_count;
    return EndAnswered(ComputerEvent::kAgreed, now);
  }
  if (not_agreed) {
    if (awaiting_ == Awaiting::kSamples) ++incomplete_;
    agreed_ = false;
    return End(ComputerEvent::kRestarted);
  }
  EndAnswered(ComputerEvent::kNothingNew, now);
}

void ComputerEnd::OnBatch(const Packet& packet, Instant now) {
  const auto header = DecodeBody<BatchHeader>(packet.body);
  if (!header.ok() || header->request != fetch_.request) return;
  if (awaiting_ != Awaiting::kAnswer) {  // a repeat: the ack was lost
    owe_ack_ = true;
    return;
  }
  const Status shape = ShapeOf(*header);
  if (shape != Status::kOk) return Fail(shape);
  unacked_ = 1;
  header_ = *header;
  nothing_new_.flags = 0;
  ready_at_ = ReadyAt(header->next_ready_in_us, now);
  expected_ = 1;
  awaiting_ = Awaiting::kSamples;
  ask_again_ = now + terms_.hello_timeout;
  if (header_.bytes == 0) FinishBatch(now);
}

Status ComputerEnd::ShapeOf(const BatchHeader& header) const {
  if (header.contract != self_.contract.short_id()) {
    return Status::kBatchOfAnotherContract;
  }
  const contract::Sensor& first = terms_.sensors().front();
  std::uint32_t bytes = 0;
  for (const auto& sensor : terms_.sensors()) {
    bytes += contract::BatchBytes(sensor, terms_.sample);
  }
  if (header.sensor != first.id || header.axes != first.axes ||
      header.frames != contract::FramesPerBatch(first, terms_.sample) ||
      header.bytes != bytes || header.bytes > buffer_.size() || header.sequence == 0 ||
      header.boot_count != firmware_.boot_count ||
      header.capture_end_us > header.now_us || header.now_us > kLatest) {
    return Status::kBatchShape;
  }
  return Status::kOk;
}

void ComputerEnd::OnData(const Packet& packet, Instant now) {
  const auto piece = DecodeLeader<DataPrefix>(packet.body);
  if (!piece.ok() || piece->message.request != fetch_.request) return;
  const std::size_t wanted =
      std::min<std::size_t>(header_.bytes - received_, kMaxDataPerPacket);
  if (awaiting_ != Awaiting::kSamples || piece->message.offset != received_ ||
      piece->rest.size() != wanted) {
    owe_ack_ = true;  // what came twice or too early shows that something was lost
    return;
  }
  std::ranges::copy(piece->rest,
                    buffer_.begin() + static_cast<std::ptrdiff_t>(received_));
  received_ += wanted;
  ++expected_;
  ask_again_ = now + terms_.hello_timeout;
  owe_ack_ = owe_ack_ || ++unacked_ >= kAckEvery;
  if (received_ == header_.bytes) FinishBatch(now);
}

void ComputerEnd::FinishBatch(Instant now) {
  owe_ack_ = true;
  fetch_.newest_held = header_.sequence;
  if (Crc32(batch()) != header_.crc) return Fail(Status::kPacketCorrupt);
  EndAnswered(ComputerEvent::kBatch, now);
}

Microseconds ComputerEnd::age(Instant now) const {
  return Microseconds(
             static_cast<std::int64_t>(header_.now_us - header_.capture_end_us)) +
         (now - fetched_);
}

// What a firmware claims, within reason: it has a batch every period.
Instant ComputerEnd::ReadyAt(std::uint64_t claimed_us, Instant now) const {
  const auto longest = static_cast<std::uint64_t>(Microseconds(terms_.period).count());
  return now + Microseconds(static_cast<std::int64_t>(std::min(claimed_us, longest)));
}

}  // namespace torpor::link
