#include "firmware/core/core.h"

#include <algorithm>

#include "firmware/core/port.h"

namespace torpor::firmware {
namespace {

constexpr std::string_view kProgram = "torpor-firmware";

}  // namespace

// ---- Boot

void Core::Boot() {
  link::Refusal refusal = keeper_.Boot();
  end_.Boot(Self(), keeper_.pairing(), keeper_.salt());
  const bool fit = refusal.reason == 0;  // else the keeper has gone back itself
  if (fit) refusal = port::ImuPrepare(keeper_.contract().terms());
  if (refusal.reason == 0) {
    next_period_ = port::Now() + keeper_.contract().terms().period;
    return Take(Event::kVerified);
  }
  if (fit && keeper_.record().phase == link::Phase::kTrial) {
    return Obey(keeper_.GoBack(refusal.reason), port::Now());
  }
  Refuse(refusal);
}

link::FirmwareSelf Core::Self() {
  const Record& record = keeper_.record();
  link::FirmwareSelf self;
  self.boot_count = record.boot_count;
  self.floor = record.floor.version;
  self.running = port::ProgramDigest();
  self.staging = keeper_.staging();
  self.phase = record.phase;
  self.trial_left = static_cast<std::uint16_t>(
      record.phase == link::Phase::kTrial ? record.trial_left : 0);
  self.lease_left = record.active.lease_left;
  self.staged = record.staged.id;
  self.reverted = record.reverted;
  self.reverted_reason = record.reverted_reason;
  self.keyring_version = static_cast<std::uint16_t>(keeper_.keyring().lineage.version);
  if (keeper_.has_contract()) {
    const contract::Terms& terms = keeper_.contract().terms();
    self.contract = keeper_.contract().id();
    self.version = terms.version;
    self.bundle = keeper_.bundle();
    self.baud = terms.link_baud;
    self.answer_time = terms.hello_timeout;
    self.hand_over_time = terms.collect;
  }
  return self;
}

void Core::Refuse(const link::Refusal& refusal) {
  slots_.Unpin();
  if (Agreed(state_)) sampler_.Stop();
  end_.Unfit(refusal);
  Take(Event::kRefused);
  Say(refusal);
}

// ---- The main loop

void Core::Step() {
  const Instant now = port::Now();
  ReadLink(now);
  end_.OnTime(now);
  Heed(end_.TakeEvent(), now);
  if (PeriodsGoOnUnheard() && now >= next_period_) BeginPeriod(now);
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
  if (PeriodsGoOnUnheard()) next = std::min(next, next_period_);
  return next;
}

void Core::Take(Event event) { state_ = Next(state_, event); }

void Core::Sample(Instant now) {
  if (state_ == State::kResting && now >= sampler_.opens()) {
    BeginPeriod(now);
    if (state_ != State::kResting) return;
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
      return TakeOffered();
    case link::FirmwareEvent::kActivate:
      (void)keeper_.Activate(keeper_.record().staged.id);
      return end_.Change(Self());
    case link::FirmwareEvent::kKeep:
      (void)keeper_.Keep(keeper_.contract().id());
      return end_.Change(Self());
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
    if (keeper_.RaiseFloor() != Status::kOk) Say(link::Refused(Status::kFlashIo));
    end_.Change(Self());
    sampler_.Start(keeper_.contract().terms(), now);
    Take(Event::kAgreed);
  }
  end_.SendNothingNew(Nothing(now));
}

void Core::AnswerFetch(Instant now) {
  slots_.Unpin();
  if (!slots_.PinNewest(end_.newest_held())) return end_.SendNothingNew(Nothing(now));
  const auto pinned = slots_.pinned();
  const contract::Terms& terms = keeper_.contract().terms();
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
