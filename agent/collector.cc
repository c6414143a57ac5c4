#include "agent/collector.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "link/messages.h"
#include "link/packet.h"

namespace torpor::agent {
namespace {

static_assert(std::endian::native == std::endian::little,
              "samples are used as they arrive");

constexpr int kStrangersMax = 3;
// Read from the line at once: all that a firmware sends before it waits for an ack.
constexpr std::size_t kLineBytes = 16'384;
static_assert(kLineBytes >= link::kWindow * link::kMaxWire);

// A batch holds the windows of all sensors, one after the other.
std::size_t SamplesPerBatch(const contract::Terms& terms) {
  std::size_t bytes = 0;
  for (const contract::Sensor& sensor : terms.sensors()) {
    bytes += contract::BatchBytes(sensor, terms.sample);
  }
  return bytes / sizeof(std::int16_t);
}

}  // namespace

Collector::Collector(World& world, const link::ComputerSelf& self,
                     const link::Pairing& pairing, MakeNonce make_nonce,
                     HandOvers hand_overs)
    : world_(&world),
      samples_(SamplesPerBatch(self.contract.terms())),
      end_(self, pairing, std::as_writable_bytes(std::span(samples_))),
      make_nonce_(std::move(make_nonce)),
      hand_overs_(hand_overs),
      obeyed_(self.contract.id()) {}

std::span<const std::int16_t> Collector::window() const {
  const link::BatchHeader& header = end_.header();
  return std::span(samples_).first(
      std::min<std::size_t>(std::size_t{header.frames} * header.axes, samples_.size()));
}

Collected Collector::Fetched(link::ComputerEvent event) {
  Collected fetched = Nothing(Status::kNothingNew);
  fetched.ready_in = end_.next_ready_in();
  if (event == link::ComputerEvent::kBatch) {
    fetched.kind = Collected::Kind::kBatch;
    fetched.why = Status::kOk;
    return fetched;
  }
  fetched.ended = end_.ended();
  if (end_.nothing_new().last_fault != 0) {
    fetched.why = static_cast<Status>(end_.nothing_new().last_fault);
  }
  return fetched;
}

bool Collector::Offer() {
  std::optional<link::Offering> offering;
  if (hand_overs_.keys != nullptr) offering = hand_overs_.keys->ToOffer();
  if (!offering && hand_overs_.contracts != nullptr) {
    if (const Kept* const kept = hand_overs_.contracts->ToOffer()) {
      offering = {link::Cargo::kContract, kept->bundle, kept->id};
    }
  }
  if (offering) end_.Offer(*offering, world_->Now());
  return offering.has_value();
}

bool Collector::MoreToOffer() const {
  return (hand_overs_.keys != nullptr && hand_overs_.keys->ToOffer()) ||
         (hand_overs_.contracts != nullptr && hand_overs_.contracts->NewerAtHand());
}

void Collector::OnStaged() {
  const std::uint16_t why_not = end_.not_staged();
  if (end_.offered().cargo != link::Cargo::kContract) {
    greet_next_ = hand_overs_.keys->OnStaged(end_.offered(), why_not);
  } else if (hand_overs_.contracts->OnStaged(why_not)) {
    end_.Activate(end_.offered().id);
    greet_next_ = true;
    MoveBytes();
  } else if (why_not == static_cast<std::uint16_t>(Status::kLinkTimeout)) {
    greet_next_ = true;  // under other nonces: these may be what is not heard
  }
}

Collected Collector::GoOnUnder(const Digest& contract, bool on_trial) {
  Collected other = Nothing(Status::kNothingNew);
  other.kind = Collected::Kind::kOther;
  other.go_on_under = contract;
  other.on_trial = on_trial;
  return other;
}

void Collector::Greet() {
  agreed_ = greet_next_ = false;
  end_.Greet(world_->Now(), make_nonce_());
}

Collected Collector::Nothing(Status why) {
  Collected nothing;
  nothing.why = why;
  nothing.restarted = restarted_;
  if (why != Status::kNothingNew) ++failures_;
  return nothing;
}

void Collector::OnStated() {
  if (hand_overs_.contracts != nullptr) hand_overs_.contracts->OnAgreed(end_.firmware());
  if (hand_overs_.keys != nullptr) {
    hand_overs_.keys->OnAgreed(end_.firmware(), end_.paired_anew());
  }
}

Collected Collector::Refused() {
  Collected refused = Nothing(end_.refusal().status());
  refused.kind = Collected::Kind::kRefused;
  refused.refusal = end_.refusal();
  return refused;
}

// Anybody on the line can answer wrongly now and then; who has never agreed, or hears
// nothing else, has another pairing key.
Collected Collector::FromAStranger() {
  Collected strange = Nothing(end_.unsealed());
  if (ever_agreed_ && ++strangers_ < kStrangersMax) return strange;
  strange.kind = Collected::Kind::kRefused;
  strange.refusal = link::Refused(end_.unsealed());
  return strange;
}

void Collector::MoveBytes() {
  std::array<std::byte, 4096> bytes{};
  while (end_.HasOutput()) {
    const std::size_t count = end_.TakeOutput(bytes);
    std::size_t sent = 0;
    // A line that takes no more now loses the rest; the protocol asks again.
    while (sent < count) {
      const std::size_t taken =
          world_->WriteLink(std::span(bytes).subspan(sent, count - sent));
      if (taken == 0) break;
      sent += taken;
    }
    if (count == 0 || sent < count) break;
  }
}

Collected Collector::Collect(const power::Lease& link, Instant deadline) {
  restarted_ = false;
  if (!link.open() || !world_->OpenLink()) return Nothing(Status::kLinkDown);
  if (hand_overs_.keys != nullptr && hand_overs_.keys->ReloadDue()) {
    return GoOnUnder(obeyed_, false);
  }
  if (agreed_ && hand_overs_.contracts != nullptr && hand_overs_.contracts->KeepDue()) {
    end_.Keep();
    greet_next_ = true;
  }
  if (agreed_ && !greet_next_) {
    end_.Fetch(world_->Now());
  } else {
    Greet();
  }
  // What the cycle came for, while a new contract is handed over.
  std::optional<Collected> collected;
  Instant collected_at{};
  bool lapsed = false;
  const auto handed_over = [&] {
    *collected->ready_in =
        std::max(*collected->ready_in - (world_->Now() - collected_at), Microseconds{0});
    return *collected;
  };
  std::array<std::byte, kLineBytes> bytes{};
  std::span<const std::byte> unread;
  for (;;) {
    MoveBytes();
    const link::ComputerEvent event = end_.TakeEvent();
    switch (event) {
      case link::ComputerEvent::kNone:
        break;
      case link::ComputerEvent::kAgreed:
        agreed_ = ever_agreed_ = true;
        strangers_ = 0;
        OnStated();
        end_.Fetch(world_->Now());
        continue;
      case link::ComputerEvent::kOther: {
        const link::Statement& firmware = end_.firmware();
        const bool on_trial = firmware.phase == link::Phase::kTrial;
        if (on_trial && firmware.contract == hand_overs_.unfit) {
          return Nothing(Status::kContractDiffers);
        }
        return GoOnUnder(firmware.contract, on_trial);
      }
      case link::ComputerEvent::kStaged:
        OnStaged();
        if (lapsed && !greet_next_ && !MoreToOffer()) return Refused();
        return handed_over();
      case link::ComputerEvent::kLapsed:
        // A newer contract is the way out of a lease that is over.
        lapsed = true;
        OnStated();
        if (!Offer()) return Refused();
        collected = Nothing(Status::kLeaseOver);
        collected->ready_in = Microseconds{0};
        collected_at = world_->Now();
        continue;
      case link::ComputerEvent::kRestarted:
        restarted_ = true;
        Greet();
        continue;
      case link::ComputerEvent::kRefused:
        return Refused();
      case link::ComputerEvent::kBatch:
      case link::ComputerEvent::kNothingNew:
        collected = Fetched(event);
        if (!Offer()) return *collected;
        collected_at = world_->Now();
        continue;
      case link::ComputerEvent::kFailed: {
        if (end_.unsealed() != Status::kOk) return FromAStranger();
        Collected failed = Nothing(end_.failure());
        failed.corrupt = end_.failure() == Status::kPacketCorrupt ||
                         end_.failure() == Status::kBatchShape ||
                         end_.failure() == Status::kBatchOfAnotherContract;
        return failed;
      }
    }
    if (!unread.empty()) {  // OnBytes stopped at an event; the rest is still there
      end_.OnBytes(unread, world_->Now());
      continue;
    }
    if (world_->Now() >= deadline) {
      if (collected) {
        greet_next_ = true;  // what is offered again is offered under other nonces
        return handed_over();
      }
      if (!agreed_ && end_.unsealed() != Status::kOk) return FromAStranger();
      return Nothing(agreed_ ? Status::kLinkTimeout : Status::kLinkDown);
    }
    const Instant until = std::min(end_.deadline().value_or(deadline), deadline);
    const Woke woke = world_->WaitUntil(until, Listen::kYes);
    if (woke == Woke::kStop) {
      Collected stop;
      stop.kind = Collected::Kind::kStop;
      return stop;
    }
    const std::size_t count = world_->ReadLink(bytes);
    if (!world_->link_open()) {
      return collected ? handed_over() : Nothing(Status::kLinkVanished);
    }
    unread = std::span(bytes).first(count);
    if (!unread.empty()) end_.OnBytes(unread, world_->Now());
    end_.OnTime(world_->Now());
  }
}

std::uint64_t Collector::link_errors() const {
  const link::PacketReader::Counters& counters = end_.counters();
  return failures_ + counters.corrupt + counters.too_long;
}

}  // namespace torpor::agent
