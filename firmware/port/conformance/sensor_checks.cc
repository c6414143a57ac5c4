#include <algorithm>
#include <array>

#include "core/crc32.h"
#include "firmware/core/port.h"
#include "firmware/port/conformance/checks.h"
#include "link/messages.h"

namespace torpor::firmware::conformance {
namespace {

using port::Wait;
using std::chrono_literals::operator""ms;  // NOLINT(misc-unused-using-decls)

constexpr std::int16_t kUntouched = 0x5A5A;
constexpr std::size_t kMost = 6'000;
constinit std::array<std::int16_t, kMost + 1> samples{};

const contract::Sensor& Sensor() { return TermsUnderTest().sensors().front(); }
std::size_t Values() {
  return contract::BatchBytes(Sensor(), TermsUnderTest().sample) / 2;
}

const char* Takes() {
  return port::ImuPrepare(TermsUnderTest()).reason == 0 ? nullptr : "it refuses them";
}

const char* Refuses() {
  contract::Terms slow = TermsUnderTest();
  slow.sensor_slots[0].sample_rate_millihertz = 1;
  const bool refused = port::ImuPrepare(slow).reason != 0;
  if (port::ImuPrepare(TermsUnderTest()).reason != 0) {
    return "it takes no terms after refused ones";
  }
  return refused ? nullptr : "it takes a rate of one sample in 1000 s";
}

// One window, as the firmware's sampler takes it.
const char* Window() {
  const std::size_t all = Values();
  if (all > kMost) return "the window has more samples than the suite has room";
  samples.fill(kUntouched);
  const Instant begin = port::Now();
  const Instant end = begin + TermsUnderTest().sample;
  if (port::ImuStart(Sensor(), TermsUnderTest().sample) != Status::kOk) {
    return "no window begins";
  }
  std::size_t taken = 0;
  while (taken < all) {
    const auto read =
        port::ImuRead(Sensor(), std::span(samples).subspan(taken, all - taken));
    if (!read.ok()) return "an error ended the window";
    if (*read > all - taken) return "it says more than it was asked for";
    if (*read % Sensor().axes != 0) return "half a frame";
    taken += *read;
    if (samples[all] != kUntouched) return "it wrote behind the room it was given";
    const Instant now = port::Now();
    if (taken == all && now < end - 50ms) return "the window was over before its time";
    // A second more than any contract's guard, for machines that run other things.
    if (now > end + 1000ms) return "the window is over and samples are missing";
    if (taken < all) port::SleepUntil(now < end ? end : now + 10ms, Wait::kIdle);
  }
  for (std::size_t axis = 0; axis < Sensor().axes; ++axis) {
    bool dead = true;
    for (std::size_t i = axis; i < all; i += Sensor().axes) {
      dead = dead && samples[i] == samples[axis];
    }
    if (dead) return "all samples of an axis are equal";
  }
  return nullptr;
}

const char* Begins() {
  const char* const wrong = Window();
  port::ImuStop();
  return wrong;
}

// What lay in a buffer is of an earlier one. No sensor is so quiet that two are equal.
const char* Renews() {
  std::array<std::uint32_t, 2> sums{};
  for (std::uint32_t& sum : sums) {
    if (const char* const wrong = Begins()) return wrong;
    sum = Crc32(std::as_bytes(std::span(samples).first(Values())));
  }
  return sums[0] != sums[1] ? nullptr : "two windows have the same samples";
}

const char* Stops() {
  if (port::ImuStart(Sensor(), TermsUnderTest().sample) != Status::kOk) {
    return "no window begins";
  }
  port::ImuStop();
  port::ImuStop();  // as after a refusal, when nothing is open
  const Instant over = port::Now() + TermsUnderTest().sample + 100ms;
  while (port::Now() < over) port::SleepUntil(over, Wait::kIdle);
  const auto read = port::ImuRead(Sensor(), std::span(samples).first(Values()));
  if (read.ok() && *read > 0) return "it goes on sampling";
  return Begins() == nullptr ? nullptr : "no window follows one that was given up";
}

const char* Speed() {
  if (port::ImuStart(Sensor(), TermsUnderTest().sample) != Status::kOk) {
    return "no window begins";
  }
  std::uint32_t speed = 0;
  Microseconds best = 1000ms;
  for (int i = 0; i < 10; ++i) {
    const Instant before = port::Now();
    speed = port::ShaftSpeedMillirpm();
    best = std::min(best, port::Now() - before);
  }
  port::ImuStop();
  if (best > 2ms) return "it takes longer than 1 ms: it may not wait for a pulse";
  constexpr std::uint32_t kFastest = 500'000'000;
  return speed == link::kSpeedUnknown || speed <= kFastest
             ? nullptr
             : "more than 500000 rpm: not known is 0xFFFFFFFF";
}

constexpr std::array kChecks = {
    Check{"ImuPrepare.TakesWhatTheBoardHas", Takes},
    Check{"ImuPrepare.RefusesWhatItHasNot", Refuses},
    Check{"ImuStart.BeginsAWindow", Begins},
    Check{"ImuRead.HasTheWholeWindowAtItsEndAndNotBefore", Begins},
    Check{"ImuRead.HasOtherSamplesInEachWindow", Renews},
    Check{"ImuStop.GivesAWindowUp", Stops},
    Check{"ShaftSpeedMillirpm.IsASpeedOrUnknown", Speed},
};

}  // namespace

std::span<const Check> SensorChecks() { return kChecks; }

}  // namespace torpor::firmware::conformance
