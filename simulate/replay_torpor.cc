// The same night under torpor: what decides is the code that a robot runs.
#include <algorithm>
#include <optional>

#include "contract/difference.h"
#include "cycle/breaches.h"
#include "cycle/duty_cycle.h"
#include "simulate/replay_robot.h"
#include "simulate/sampling_firmware.h"

namespace torpor::simulate {
namespace {

using cycle::Event;

class Computer {
 public:
  Computer(const ReplayScene& scene, const TorporTrouble& trouble)
      : scene_(scene),
        terms_(scene.terms),
        trouble_(trouble),
        link_(scene.hiccups),
        firmware_(scene.terms, Instant(scene.phase)),
        duty_(scene.terms, Instant(scene.phase)),
        life_(scene.shift) {}

  RobotReplay Run() {
    Instant next(scene_.phase);
    while (next < Instant(scene_.shift)) next = Cycle(next);
    life_.breaches = breaches_.total();
    life_.dropped += firmware_.slots().dropped();  // and not told of
    return std::move(life_);
  }

 private:
  Instant Cycle(Instant woke) {
    now_ = woke;
    const bool held = held_;  // all through the sleep that is over
    duty_.Wake(now_, woke);
    cycle::Measured measured;
    const auto ready_in = Collect(measured);
    const Milliseconds rest = first_ ? Milliseconds{0} : terms_.computer_sleep;
    first_ = false;
    // Its robots begin at moments of their own already.
    constexpr Microseconds kNoShift{0};
    const Instant next =
        cycle::NextWaking(terms_, duty_.woke(), now_, ready_in, rest, kNoShift);
    if (measured.inferred) Infer(measured);
    Post(Event::kVerdict);
    now_ += terms_.judge;
    Judge(measured, held);
    Post(Event::kJournalled);
    now_ += terms_.report;
    life_.pushes.push_back({now_, InARow(), false});
    Post(Event::kReported);
    life_.ledger.Spend(Draw::kAwake, woke - terms_.wake, now_);
    return next;
  }

  // Fetches the newest batch and says when the next is ready, unless the link is down.
  std::optional<Microseconds> Collect(cycle::Measured& measured) {
    const Instant down_from = link_.DownFrom(now_);
    const Instant give_up = duty_.step_deadline();
    firmware_.Until(now_);
    life_.most_waiting = std::max(life_.most_waiting, Waiting());
    signal::BatchSlots& slots = firmware_.slots();
    std::optional<Microseconds> ready_in;
    if (down_from <= now_) {
      now_ = give_up;
    } else if (slots.PinNewest(newest_)) {
      const Instant arrived = now_ + firmware_.wire_time();
      if (down_from < arrived || arrived > give_up) {
        slots.Unpin();
        now_ = give_up;
      } else {
        now_ = arrived;
        Take(measured);
        ready_in = firmware_.ready_in(now_);
      }
    } else {
      ready_in = firmware_.ready_in(now_);
    }
    Post(measured.inferred ? Event::kBatch : Event::kNothingNew);
    return ready_in;
  }

  // Complete batches, as the slots hold them: those that gave way are no more.
  [[nodiscard]] std::uint64_t Waiting() {
    return firmware_.sequence() - gone_ - firmware_.slots().dropped();
  }

  // A batch has arrived: it is inferred, or it is too old or too soon.
  void Take(cycle::Measured& measured) {
    const signal::BatchSlots::Pinned pinned = firmware_.slots().pinned();
    const Microseconds age = now_ - pinned.info.capture_end;
    newest_ = pinned.info.sequence;
    life_.dropped += pinned.dropped;
    gone_ += 1 + pinned.dropped;
    firmware_.slots().Delivered();
    firmware_.Until(now_);
    if (last_) measured.since_last_inference = now_ - *last_;
    measured.batch_stale = age > terms_.max_batch_age;
    life_.stale += measured.batch_stale ? 1 : 0;
    measured.inferred = !measured.batch_stale && cycle::MayInfer(terms_, last_, now_);
    if (measured.inferred) life_.oldest_inferred = std::max(life_.oldest_inferred, age);
  }

  // In a process that ends: its session is opened, used once and closed.
  void Infer(cycle::Measured& measured) {
    const auto& a = scene_.assumptions;
    const Instant begin = now_;
    last_ = begin;
    if (begin < Instant(scene_.shift)) life_.inferred.push_back(begin);
    const Instant launch = begin + SecondsToTime(a.session_seconds);
    const Instant done = launch + SecondsToTime(a.inference_seconds);
    const bool late = done > duty_.step_deadline();
    life_.late += late ? 1 : 0;
    now_ = late ? duty_.step_deadline() : done;
    life_.ledger.Spend(Draw::kGpuWork, launch, now_);
    Post(late ? Event::kDeadline : Event::kScore);
    now_ += terms_.release;
    Post(Event::kReleased);
    const Instant gone = trouble_.session_held ? Instant(scene_.shift)
                                               : now_ + SecondsToTime(a.gpu_tail_seconds);
    life_.ledger.Spend(Draw::kResident, begin, gone);
    held_ = trouble_.session_held;
    measured.residency = contract::Residency::kChildExited;
  }

  void Judge(cycle::Measured& measured, bool held) {
    measured.times = duty_.TakeAccount(now_).times;
    measured.energy = cycle::ModelledEnergy(terms_, measured.times, true);
    measured.wakeups_asleep = 0;
    if (held) measured.residency = contract::Residency::kContextKept;
    life_.most_modelled = std::max(life_.most_modelled, measured.energy);
    breaches_.Judge(terms_, measured);
  }

  [[nodiscard]] std::array<std::uint32_t, cycle::kClauses> InARow() const {
    std::array<std::uint32_t, cycle::kClauses> breaches{};
    for (std::size_t i = 0; i < breaches.size(); ++i) {
      breaches[i] = breaches_.consecutive(static_cast<cycle::Clause>(i));
    }
    return breaches;
  }

  void Post(Event event) {
    if (!duty_.Post(event, now_)) ++life_.unlisted_steps;
  }

  const ReplayScene& scene_;
  const contract::Terms& terms_;
  TorporTrouble trouble_;
  ReplayLink link_;
  SamplingFirmware firmware_;
  cycle::DutyCycle duty_;
  cycle::Breaches breaches_;
  RobotReplay life_;
  Instant now_{};
  std::optional<Instant> last_;  // inference
  std::uint64_t newest_ = 0;     // batch that has arrived
  std::uint64_t gone_ = 0;       // arrived, or known to have given way
  bool first_ = true, held_ = false;
};

// Greets the firmware, finds another contract, tells the gateway so and stays down. A
// service manager does not start it again (exit code 78).
RobotReplay Refuses(const ReplayScene& scene) {
  RobotReplay life(scene.shift);
  const Instant woke(scene.phase);
  const Instant told = woke + scene.terms.wake + scene.terms.collect + scene.terms.report;
  life.ledger.Spend(Draw::kAwake, woke, told);
  life.pushes.push_back({told, {}, true});
  return life;
}

}  // namespace

RobotReplay ReplayTorporRobot(const ReplayScene& scene, const TorporTrouble& trouble) {
  if (trouble.configurations_apart) {
    contract::Terms other = scene.terms;  // the firmware's
    const auto apart = Milliseconds(
        static_cast<std::int64_t>(scene.assumptions.configurations_apart_seconds * 1000));
    other.period += apart;
    other.computer_sleep += apart;
    if (contract::FirstDifference(scene.terms, other)) return Refuses(scene);
  }
  return Computer(scene, trouble).Run();
}

}  // namespace torpor::simulate
