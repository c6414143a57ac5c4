#include "view/fleet_board.h"

#include <algorithm>
#include <tuple>

#include "view/cycle_words.h"

namespace torpor::view {
namespace {

using simulate::FleetEvent;
using telemetry::Phase;
using telemetry::Verdict;

RobotStep StepOf(const telemetry::CycleRecord& record, Instant now) {
  Instant until = record.woke + PhaseOf(record, Phase::kCollect);
  if (now < until) return RobotStep::kCollecting;
  until += PhaseOf(record, Phase::kInfer) + PhaseOf(record, Phase::kRelease);
  return now < until ? RobotStep::kInferring : RobotStep::kJudging;
}

}  // namespace

FleetBoard::FleetBoard(const contract::Terms& terms, std::uint32_t robots)
    : terms_(&terms) {
  // Robots in the middle of their lives: each wakes within a period and its shift of the
  // next, and then reports.
  const Instant first(2 * terms.period + terms.awake());
  for (std::uint32_t number = 1; number <= robots; ++number) {
    Robot& robot = robots_.emplace_back();
    robot.name = simulate::FleetRobotName(number);
    robot.promised = first;
  }
}

void FleetBoard::Take(const simulate::FleetCycle& cycle) {
  if (cycle.number == 0 || cycle.number > robots_.size()) return;
  Robot& robot = robots_[cycle.number - 1];
  robot.name = Safe(cycle.robot);
  robot.last = cycle.record;
  robot.woke = cycle.at;
  robot.reports = cycle.reports;
  robot.wakes_again = cycle.wakes_again;
  robot.in_breach = cycle.in_breach;
  robot.refuses = false;
  ++cycles_;
}

void FleetBoard::Take(const FleetEvent& event) {
  std::string words = Safe(simulate::InWords(event));
  if (!words.empty()) words.pop_back();  // its line ended
  const bool bad =
      event.what != FleetEvent::What::kBegins && event.what != FleetEvent::What::kEnds;
  events_.push_back({std::move(words), bad});
  if (events_.size() > kMostEvents) events_.pop_front();
  if (event.what != FleetEvent::What::kRefuses) return;
  const auto robot = std::ranges::find(robots_, event.robot, &Robot::name);
  if (robot != robots_.end()) robot->refuses = true;
}

void FleetBoard::Reported(std::uint32_t number, Instant at, Status became) {
  if (number == 0 || number > robots_.size()) return;
  Robot& robot = robots_[number - 1];
  robot.reported = at;
  if (became != Status::kOk) return;
  robot.heard = at;
  robot.promised = std::max(robot.wakes_again, at) + terms_->awake();
}

FleetRow FleetBoard::RowOf(const Robot& robot, Instant now) const {
  FleetRow row;
  row.robot = robot.name;
  row.last = robot.last;
  if (robot.heard) row.heard = now - *robot.heard;
  if (robot.last) {
    const bool reported = robot.reported && *robot.reported >= robot.reports;
    row.step = now < robot.reports ? StepOf(*robot.last, now)
               : reported          ? RobotStep::kAsleep
                                   : RobotStep::kReporting;
  }
  if (robot.refuses) {
    row.plight = Plight::kRefuses;
    row.step = RobotStep::kUnknown;
  } else if (now > robot.promised + kSilentAfter) {
    row.plight = Plight::kSilent;
    row.step = RobotStep::kUnknown;
  } else if (!robot.last) {
    row.plight = Plight::kNotYet;
  } else if (robot.last->verdict == Verdict::kAnomaly) {
    row.plight = Plight::kAlarm;
  } else if (robot.in_breach) {
    row.plight = Plight::kInBreach;
  } else {
    row.plight = robot.last->deviations.empty() ? Plight::kWell : Plight::kDeviates;
  }
  return row;
}

FleetPicture FleetBoard::At(Instant now) const {
  FleetPicture picture;
  picture.at = now;
  FleetCounts& counts = picture.counts;
  counts.robots = robots_.size();
  counts.cycles = cycles_;
  for (const Robot& robot : robots_) {
    const FleetRow& row = picture.rows.emplace_back(RowOf(robot, now));
    ++counts.of[static_cast<std::size_t>(row.plight)];
    const bool known = row.step != RobotStep::kUnknown;
    counts.asleep += row.step == RobotStep::kAsleep ? 1U : 0U;
    counts.awake += known && row.step != RobotStep::kAsleep ? 1U : 0U;
    counts.inferring += row.step == RobotStep::kInferring ? 1U : 0U;
    counts.in_breach += robot.in_breach ? 1U : 0U;
    counts.alarms += robot.last && robot.last->verdict == Verdict::kAnomaly ? 1U : 0U;
  }
  std::ranges::sort(picture.rows, {}, [](const FleetRow& row) {
    return std::tuple(row.plight, std::string_view(row.robot));
  });
  return picture;
}

}  // namespace torpor::view
