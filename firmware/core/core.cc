#include "firmware/core/core.h"

#include <algorithm>

#include "contract/accept.h"
#include "contract/fields.h"
#include "firmware/core/flash_layout.h"
#include "firmware/core/port.h"

namespace torpor::firmware {
namespace {

constexpr std::string_view kProgram = "torpor-firmware";

}  // namespace

// ---- Boot

void Core::Boot() {
  Provision provision;
  contract::Finding why;
  // The boot is counted first and whatever follows: nonces are made from it.
  const Status counted = CountBoot();
  Status status = LoadContract(provision, why);
  if (counted != Status::kOk) status = counted;

  link::FirmwareSelf self;
  self.boot_count = record_.boot_count;
  self.floor = record_.floor.version;
  self.running = port::ProgramDigest();
  if (status == Status::kOk) {
    const contract::Terms& terms = contract_->terms();
    self.contract = contract_->id();
    self.version = terms.version;
    self.bundle = provision.bundle;
    self.baud = terms.link_baud;
    self.answer_time = terms.hello_timeout;
    self.hand_over_time = terms.collect;
  }
  end_.Boot(self, provision.pairing.value_or(link::PairingKey{}));
  const link::Refusal refusal =
      status == Status::kOk
          ? port::ImuPrepare(contract_->terms())
          : link::Refused(status, why.field != 0 ? contract::FieldName(why.field) : "");
  if (refusal.reason == 0) return Take(Event::kVerified);
  end_.BootRefused(refusal);
  Take(Event::kRefused);
  Say(refusal);
}

Status Core::CountBoot() {
  const port::FlashGeometry flash = port::Flash();
  if (flash.sector_bytes == 0 || flash.sectors < LayoutOf(flash).sectors()) {
    return Status::kFlashIo;
  }
  store_.Open(LayoutOf(flash).record());
  const auto record = store_.Load();
  if (!record.ok()) return record.status();
  record_ = *record;
  ++record_.boot_count;
  return store_.Store(record_);
}

Status Core::LoadContract(Provision& provision, contract::Finding& why) {
  if (!port::FlashRead(0, image_)) return Status::kFlashIo;
  const auto read = ReadProvision(image_);
  if (!read.ok()) return read.status();
  provision = *read;
  if (!provision.pairing) return Status::kPairingMissing;

  contract::Keyring keyring;
  for (std::size_t i = 0; i < provision.key_count; ++i) {
    const Status added = keyring.Add(provision.keys[i]);
    if (added != Status::kOk) return added;
  }
  const Status good = contract::Verify(provision.bundle, keyring, contract_, &why);
  if (good != Status::kOk) return good;

  std::array<std::string_view, kMaxGroups> groups{};
  std::ranges::transform(provision.groups(), groups.begin(), &contract::Name::view);
  const contract::RobotIdentity robot{provision.robot.view(),
                                      std::span(groups).first(provision.group_count)};
  // No clock that knows the date: only that it is later than the signing.
  const contract::TimeKnowledge time{contract_->terms().issued_at_s, false};
  const Status accepted = contract::Accept(*contract_, robot, record_.floor, time);
  if (accepted != Status::kOk) contract_.reset();
  return accepted;
}

// ---- The main loop

void Core::Step() {
  const Instant now = port::Now();
  ReadLink(now);
  end_.OnTime(now);
  Heed(end_.TakeEvent(), now);
  Sample(now);
  WriteLink(now);
  port::WatchdogKick();
  port::SleepUntil(NextDeadline(),
                   end_.deadline() ? port::Wait::kLinkReply : port::Wait::kIdle);
}

Instant Core::NextDeadline() const {
  Instant next = end_.deadline().value_or(Instant::max());
  if (state_ == State::kResting) next = std::min(next, sampler_.opens());
  if (state_ == State::kSampling) next = std::min(next, sampler_.due(port::Now()));
  return next;
}

void Core::Take(Event event) { state_ = Next(state_, event); }

void Core::Sample(Instant now) {
  if (state_ == State::kResting && now >= sampler_.opens()) {
    const Event event = sampler_.Open(now);
    if (event != Event::kWindowCloses) Take(event);
  } else if (state_ == State::kSampling) {
    Take(sampler_.Continue(now));
  }
}

// ---- The link

void Core::ReadLink(Instant now) {
  std::array<std::byte, 256> bytes{};
  while (const std::size_t size = port::LinkRead(bytes)) {
    std::span<const std::byte> unread = std::span(bytes).first(size);
    while (!unread.empty()) {  // OnBytes stops at each event
      end_.OnBytes(unread, now);
      Heed(end_.TakeEvent(), now);
    }
  }
}

// What the line does not take now waits; nothing new is encoded before it is gone.
void Core::WriteLink(Instant now) {
  for (;;) {
    if (unsent_.empty()) {
      unsent_ = std::span(out_).first(end_.TakeOutput(out_, now));
      if (unsent_.empty()) return;
    }
    const std::size_t taken = port::LinkWrite(unsent_);
    unsent_ = unsent_.subspan(taken);
    if (!unsent_.empty()) return;
  }
}

void Core::Heed(link::FirmwareEvent event, Instant now) {
  switch (event) {
    case link::FirmwareEvent::kNone:
      return;
    case link::FirmwareEvent::kAgreed:
      return Agree(now);
    case link::FirmwareEvent::kFetch:
      return AnswerFetch(now);
    case link::FirmwareEvent::kDelivered:
      return slots_.Delivered();
    case link::FirmwareEvent::kGaveUp:
      return slots_.Unpin();
    case link::FirmwareEvent::kOffered:
    case link::FirmwareEvent::kActivate:
    case link::FirmwareEvent::kKeep:
      return;  // the end was given no room for another contract
    case link::FirmwareEvent::kDeclined:
      return Say(end_.refusal());
    case link::FirmwareEvent::kRefused:
      slots_.Unpin();
      if (Agreed(state_)) sampler_.Stop();
      Take(Event::kRefused);
      return Say(end_.refusal());
  }
}

void Core::Agree(Instant now) {
  slots_.Unpin();  // what an earlier computer had asked for
  if (state_ == State::kUnconfirmed) {
    // Obeyed from here on: nothing older will be.
    const contract::Floor raised = contract::Raised(record_.floor, *contract_);
    if (raised.version != record_.floor.version) {
      record_.floor = raised;
      if (store_.Store(record_) != Status::kOk) Say(link::Refused(Status::kFlashIo));
    }
    sampler_.Start(contract_->terms(), now);
    Take(Event::kAgreed);
  }
  end_.SendNothingNew(Nothing(now));
}

void Core::AnswerFetch(Instant now) {
  slots_.Unpin();
  if (!slots_.PinNewest(end_.newest_held())) return end_.SendNothingNew(Nothing(now));
  const auto pinned = slots_.pinned();
  const contract::Terms& terms = contract_->terms();
  const contract::Sensor& sensor = terms.sensors().front();
  link::BatchHeader header;
  header.sequence = pinned.info.sequence;
  header.capture_end_us =
      static_cast<std::uint64_t>(SinceBootMicroseconds(pinned.info.capture_end));
  header.next_ready_in_us =
      static_cast<std::uint64_t>(sampler_.NextReadyIn(now, state_).count());
  header.sensor = sensor.id;
  header.frames = contract::FramesPerBatch(sensor, terms.sample);
  header.axes = sensor.axes;
  header.speed_millirpm = pinned.info.speed_millirpm;
  header.dropped = pinned.dropped;
  header.sensor_faults = sampler_.faults();
  end_.SendBatch(header, pinned.samples, now);
}

link::NothingNew Core::Nothing(Instant now) const {
  link::NothingNew nothing;
  if (state_ == State::kEnded) {
    nothing.flags = link::kFlagEnded;
  } else {
    nothing.next_ready_in_us =
        static_cast<std::uint64_t>(sampler_.NextReadyIn(now, state_).count());
  }
  nothing.last_fault = static_cast<std::uint16_t>(sampler_.last_fault());
  nothing.sensor_faults = sampler_.faults();
  return nothing;
}

// Once per reason: a peer that repeats itself does not keep the console awake.
void Core::Say(const link::Refusal& refusal) {
  if (said_ == refusal) return;
  said_ = refusal;
  std::array<char, 1024> room{};
  port::Console(link::FormatRefusal(kProgram, refusal, room));
}

}  // namespace torpor::firmware
