// What a robot tells its gateway at the end of each cycle.
#include <algorithm>
#include <utility>

#include "agent/robot.h"
#include "core/version.h"
#include "power/words.h"

namespace torpor::agent {
namespace {

using cycle::Event;

// One part in so many of the step's time.
constexpr int kShareAfterThePush = 50;

}  // namespace

telemetry::MetricSet Robot::Metrics() {
  telemetry::MetricSet metrics = tally_.Metrics();
  metrics.version = std::string(kVersion);
  metrics.contract_version = std::to_string(terms().version.epoch) + "." +
                             std::to_string(terms().version.number);
  metrics.contract_id = record_.contract;
  metrics.model_digest = settings_.model_digest;
  metrics.contract_agreed = parts_.collector.agreed();
  if (time_.synchronised) {
    metrics.contract_remaining = static_cast<double>(terms().not_after_s) -
                                 static_cast<double>(time_.lower_bound_s);
  }
  metrics.commissioning = static_cast<double>(parts_.detector.commissioned_cycles()) /
                          static_cast<double>(terms().commissioning_cycles);
  metrics.robot_time_us = parts_.world.WallMicroseconds();
  // The next push comes at the latest at the end of the next awake phase.
  metrics.push_interval = next_waking_ - Now() + terms().awake();
  metrics.contract_duty_cycle =
      Seconds(terms().awake()) / Seconds(Microseconds(terms().period));
  for (std::size_t i = 0; i < cycle::kClauses; ++i) {
    metrics.breach_cycles[i] = breaches_.consecutive(static_cast<cycle::Clause>(i));
  }
  metrics.power_budget = {terms().cycle_budget.value * 1000 / terms().period.count()};
  metrics.store_records = parts_.journal.UndeliveredCount();
  metrics.store_held = parts_.journal.held();
  metrics.store_dropped = {parts_.journal.DroppedCycles(), parts_.journal.LostCycles()};
  metrics.push_duration = push_took_;
  return metrics;
}

Milliseconds Robot::LeftToReport() {
  // What follows the push (leases, a line, a look at the machine) is of this step, too.
  const Microseconds step = duty_.step_deadline() - Now();
  return std::chrono::duration_cast<Milliseconds>(step - step / kShareAfterThePush);
}

// Alarms go before the page: an alarm that waits a cycle is late, a page that is lost is
// replaced by the next one, and the page then says what is still undelivered. In half of
// the time at most: sinks that are dead must not make the robot look silent as well.
void Robot::SendAlarms() {
  if (parts_.alarms == nullptr || !parts_.alarms->due()) return;
  for (auto& [what, detail] : parts_.alarms->Deliver(LeftToReport() / 2)) {
    if (what == Status::kAlarmSinkDown) tally_.SinkFailed();
    carried_.push_back({what, std::move(detail)});
  }
}

cycle::Event Robot::Report() {
  // Both are back at their deadlines and have closed all that they opened: nothing is
  // left to take back.
  const power::Lease lease =
      parts_.leases.Take(power::Consumer::kNetwork, Now(), duty_.step_deadline(), [] {});
  SendAlarms();
  const telemetry::PushResult result =
      SendPage(settings_.sink, terms().gateway.view(), settings_.robot_id, Metrics(),
               std::max(LeftToReport(), Milliseconds{1}));
  push_took_ = result.took;
  if (result.status != Status::kOk) {
    tally_.PushFailed(result.status);
    carried_.push_back({result.status, result.detail});
  }
  return result.status == Status::kGatewayTimeout ? Event::kDeadline : Event::kReported;
}

}  // namespace torpor::agent
