// A world for tests: time moves only when told or waited for, and behind the link is the
// firmware's own end, which hands over a batch each time it is asked.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "agent/world.h"
#include "link/ends_under_test.h"

namespace torpor::agent {

class FakeWorld final : public World {
 public:
  explicit FakeWorld(const link::Held& held)
      : terms_(&held.verified.terms()),
        samples_(contract::BatchBytes(terms_->sensors()[0], terms_->sample)) {
    self = link::SelfOf(held);
    self.staging = staging_;
    firmware_.Boot(self, link::TestPairing());
  }
  link::FirmwareEnd& firmware() { return firmware_; }
  link::FirmwareSelf self;                 // after a change: firmware().Change(self)
  std::vector<link::FirmwareEvent> heard;  // what the firmware was asked and told
  std::optional<std::uint16_t> taken = 0;  // what it says to an offer; none: nothing

  Instant now{std::chrono::seconds(1000)};
  std::int64_t wall_offset_us = 1'795'392'000'000'000;
  bool synchronised = true;
  bool cable = true;  // plugged in
  bool firmware_speaks = true;
  Microseconds batch_age{200'000};           // of what the firmware hands over
  std::uint32_t dropped = 0;                 // as the next header says
  std::optional<std::uint32_t> wakeups = 0;  // in each sleep
  Microseconds oversleep{};                  // by so much it wakes late
  std::function<Sleep(Instant)> sleeper;     // sleeps instead, and moves `now`
  std::function<void(Microseconds)> asleep;  // in each sleep, which is to last so long
  std::vector<Microseconds> watchdog;        // each arming; 0 is a disarming
  std::function<void()> on_sleep;            // called in each sleep

  Instant Now() override { return now; }
  std::int64_t WallMicroseconds() override {
    return wall_offset_us + SinceBootMicroseconds(now);
  }
  bool WallTrusted() override { return synchronised; }
  Woke WaitUntil(Instant deadline, Listen listen) override {
    if (listen == Listen::kYes && !inbox_.empty()) return Woke::kLink;
    now = std::max(now, deadline);
    return Woke::kDeadline;
  }
  Sleep SleepUntil(Instant deadline) override {
    if (sleeper) return sleeper(deadline);
    if (asleep) asleep(deadline - now);
    if (on_sleep) on_sleep();
    now = std::max(now, deadline) + oversleep;
    return {Woke::kDeadline, wakeups};
  }
  std::optional<std::uint32_t> WakeupsAwake() override { return 10; }
  bool OpenLink() override { return link_open_ = cable; }
  void CloseLink() override { link_open_ = false; }
  [[nodiscard]] bool link_open() const override { return link_open_ && cable; }
  std::size_t ReadLink(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), inbox_.size());
    std::copy_n(inbox_.begin(), count, into.begin());
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  std::size_t WriteLink(std::span<const std::byte> bytes) override {
    if (!firmware_speaks) return bytes.size();
    std::span<const std::byte> unread = bytes;
    do {
      firmware_.OnBytes(unread, now);
      Answer(firmware_.TakeEvent());
    } while (!unread.empty());
    Hear();
    return bytes.size();
  }
  void ArmWatchdog(Microseconds limit) override { watchdog.push_back(limit); }
  void DisarmWatchdog() override { watchdog.push_back(Microseconds{0}); }

 private:
  void Answer(link::FirmwareEvent event) {
    if (event != link::FirmwareEvent::kNone) heard.push_back(event);
    if (event == link::FirmwareEvent::kOffered && taken) firmware_.AnswerOffer(*taken);
    link::NothingNew nothing;
    nothing.next_ready_in_us =
        static_cast<std::uint64_t>(Microseconds(terms_->period).count());
    if (event == link::FirmwareEvent::kAgreed) firmware_.SendNothingNew(nothing);
    if (event != link::FirmwareEvent::kFetch) return;
    const contract::Sensor& sensor = terms_->sensors()[0];
    link::BatchHeader header;
    header.sequence = ++sequence_;
    header.capture_end_us =
        static_cast<std::uint64_t>(SinceBootMicroseconds(now - batch_age));
    header.next_ready_in_us = nothing.next_ready_in_us;
    header.sensor = sensor.id;
    header.frames = contract::FramesPerBatch(sensor, terms_->sample);
    header.axes = sensor.axes;
    header.dropped = std::exchange(dropped, 0);
    firmware_.SendBatch(header, samples_, now);
  }
  void Hear() {
    std::vector<std::byte> bytes(4096);
    while (const std::size_t count = firmware_.TakeOutput(bytes, now)) {
      inbox_.insert(inbox_.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(count));
    }
  }

  const contract::Terms* terms_;
  std::vector<std::byte> samples_;
  std::vector<std::byte> staging_ = std::vector<std::byte>(contract::kMaxEnvelopeBytes);
  link::FirmwareEnd firmware_;
  std::vector<std::byte> inbox_;
  std::uint64_t sequence_ = 0;
  bool link_open_ = false;
};

}  // namespace torpor::agent
