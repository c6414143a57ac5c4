// The programs that failed, as small as they can be told. Nothing here is torpor's.
#include <algorithm>
#include <deque>

#include "simulate/random.h"
#include "simulate/replay_robot.h"
#include "simulate/wire.h"

namespace torpor::simulate {
namespace {

constexpr std::uint64_t kHiccupDraws = 0x6869'6363'7570;  // what the numbers are for

Microseconds HandOverTime(const ReplayScene& scene) {
  const std::int64_t bits =
      contract::BatchBytes(scene.terms.sensors()[0], scene.terms.sample) * kBitsPerByte;
  return SecondsToTime(static_cast<double>(bits) / scene.assumptions.old_link_baud +
                       scene.assumptions.old_link_acks_seconds);
}

// Samples once a period and keeps the newest batch. With the fault, it keeps them all,
// and from a hiccup on it samples without a pause until its buffer is empty again.
class OldFirmware {
 public:
  OldFirmware(const ReplayScene& scene, bool keeps_all)
      : scene_(scene),
        keeps_all_(keeps_all),
        frame_(SecondsToTime(scene.assumptions.buffered_frame_seconds)),
        next_(Instant(scene.phase) + scene.terms.sample) {}

  // Has sampled until `now`.
  void Until(Instant now) {
    for (;;) {
      const bool hiccup = keeps_all_ && hiccup_ < scene_.hiccups.size() &&
                          scene_.hiccups[hiccup_].from < next_;
      if (hiccup && scene_.hiccups[hiccup_].from <= now) {
        if (!buffering_) next_ = scene_.hiccups[hiccup_].from + frame_;
        buffering_ = true;
        ++hiccup_;
        continue;
      }
      if (next_ > now) return;
      if (!keeps_all_) waiting_.clear();
      waiting_.push_back(next_);
      next_ += buffering_ ? frame_ : Microseconds(scene_.terms.period);
    }
  }
  [[nodiscard]] const std::deque<Instant>& waiting() const { return waiting_; }
  // Hands over the oldest one, which takes until `arrived`; when it was the last, samples
  // as planned from then on.
  Instant HandOver(Instant arrived) {
    const Instant capture_end = waiting_.front();
    waiting_.pop_front();
    Until(arrived);
    if (waiting_.empty() && buffering_) {
      buffering_ = false;
      next_ = arrived + scene_.terms.period;
    }
    return capture_end;
  }

 private:
  const ReplayScene& scene_;
  bool keeps_all_;
  Microseconds frame_;
  Instant next_;  // a batch is complete
  bool buffering_ = false;
  std::size_t hiccup_ = 0;  // the next one to notice
  std::deque<Instant> waiting_;
};

// Asks for a batch, infers it, asks again while there are more, and sleeps.
class OldLoop {
 public:
  OldLoop(const ReplayScene& scene, const NightFaults& faults)
      : scene_(scene),
        faults_(faults),
        hand_over_(HandOverTime(scene)),
        link_(scene.hiccups),
        firmware_(scene, faults.unbounded_buffer),
        life_(scene.shift) {}

  RobotReplay Run() {
    Instant now = woke_ = Instant(scene_.phase);
    while (now < Instant(scene_.shift)) now = Turn(now);
    return std::move(life_);
  }

 private:
  // One question and what comes of it; returns when the next one is due.
  Instant Turn(Instant now) {
    const auto& a = scene_.assumptions;
    firmware_.Until(now);
    life_.most_waiting =
        std::max<std::uint64_t>(life_.most_waiting, firmware_.waiting().size());
    const Instant down_from = link_.DownFrom(now);
    if (down_from <= now || firmware_.waiting().empty()) {
      return SleepFrom(Awake(now, now + SecondsToTime(a.ask_seconds)));
    }
    const Instant arrived = now + hand_over_;
    if (down_from < arrived) return SleepFrom(Awake(now, down_from));  // it stays there
    const Instant capture_end = firmware_.HandOver(arrived);
    const Instant done = Infer(arrived, capture_end);
    Awake(now, done);
    firmware_.Until(done);
    return firmware_.waiting().empty() ? SleepFrom(done) : done;
  }

  // Returns when the loop may go on.
  Instant Infer(Instant begin, Instant capture_end) {
    const auto& a = scene_.assumptions;
    const Instant launch = begin + SecondsToTime(a.session_seconds);
    const Microseconds inference = SecondsToTime(a.inference_seconds);
    if (launch < Instant(scene_.shift)) {
      life_.inferred.push_back(launch);
      life_.oldest_inferred = std::max(life_.oldest_inferred, launch - capture_end);
    }
    if (!faults_.session_left_open) {
      const Instant done = launch + inference;
      life_.ledger.Spend(Draw::kGpuWork, launch, done);
      life_.ledger.Spend(Draw::kResident, begin,
                         done + SecondsToTime(a.gpu_tail_seconds));
      return done;
    }
    // Launches queue up on the GPU, and its session is never closed.
    const Instant starts = std::max(launch, gpu_free_);
    gpu_free_ = starts + inference + SecondsToTime(a.stray_work_seconds);
    life_.ledger.Spend(Draw::kGpuWork, starts, gpu_free_);
    life_.ledger.Spend(Draw::kResident, begin, Instant(scene_.shift));
    return launch;
  }

  // It waits for the wire in a loop of its own, so that a core is busy all the while.
  Instant Awake(Instant from, Instant to) {
    life_.ledger.Spend(Draw::kAwake, from, to);
    life_.ledger.Spend(Draw::kCore, from, to);
    return to;
  }

  // Until a period after the last waking; or for as long as the image's configuration
  // says.
  Instant SleepFrom(Instant now) {
    if (faults_.configurations_apart) {
      woke_ = now + scene_.terms.computer_sleep -
              SecondsToTime(scene_.assumptions.configurations_apart_seconds);
      woke_ = std::max(woke_, now + Microseconds(1));
      return woke_;
    }
    while (woke_ <= now) woke_ += scene_.terms.period;
    return woke_;
  }

  const ReplayScene& scene_;
  NightFaults faults_;
  Microseconds hand_over_;
  ReplayLink link_;
  OldFirmware firmware_;
  RobotReplay life_;
  Instant woke_{};
  Instant gpu_free_{};
};

}  // namespace

std::vector<Hiccup> Hiccups(std::uint64_t seed, std::uint64_t robot, Microseconds shift,
                            const ReplayAssumptions& a) {
  std::vector<Hiccup> hiccups;
  if (a.hiccups_per_hour <= 0) return hiccups;
  Random random{seed, robot, kHiccupDraws};
  const double between = 3600 / a.hiccups_per_hour;
  Instant now{};
  for (;;) {
    const Instant from = now + SecondsToTime(random.Exponential(between));
    if (from >= Instant(shift)) return hiccups;
    now = from +
          std::max(SecondsToTime(random.Exponential(a.hiccup_seconds)), Microseconds(1));
    hiccups.push_back({from, now});
    now += Microseconds(1);
  }
}

RobotReplay ReplayOldRobot(const ReplayScene& scene, const NightFaults& faults) {
  return OldLoop(scene, faults).Run();
}

}  // namespace torpor::simulate
