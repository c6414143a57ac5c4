#include "simulate/fleet.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <queue>
#include <utility>

#include "simulate/fleet_senders.h"

namespace torpor::simulate {
namespace {

using Clock = FleetPush::Clock;

constexpr Status kLost = Status::kGatewayUnreachable;
constexpr int kTries = 2;  // of one push: telemetry/push.cc tries again once
// Unix time at which a fleet begins that lives as fast as it can.
constexpr std::int64_t kBeganUs = 1'796'000'000'000'000;
constexpr auto kBetweenProgress = std::chrono::milliseconds(200);

std::int64_t WallMicroseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

Quantiles QuantilesOf(std::vector<double>& values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto at = [&values](double share) {
    return values[static_cast<std::size_t>(share *
                                           static_cast<double>(values.size() - 1))];
  };
  return {at(0.5), at(0.95), at(0.99), values.back()};
}

class Fleet {
 public:
  Fleet(const contract::Terms& terms, const FleetOptions& options,
        const SendFleetPage& send, const FleetWatcher& watcher)
      : options_(options),
        scene_{terms,
               options.script,
               options.seed,
               options.contract_id,
               options.tells_push_time,
               options.pace > 0 ? 1 / options.pace : 1},
        watcher_(watcher),
        began_(Clock::now()) {
    if (send) senders_ = std::make_unique<FleetSenders>(send, options.senders);
    for (std::uint32_t i = 0; i < options.robots; ++i) {
      const Instant begins((options.spread * i) / options.robots);
      robots_.push_back(std::make_unique<FleetRobot>(scene_, i + 1, begins));
      Queue(i);
    }
    for (const Scripted& line : options.script) {
      news_.push({line.from, &line, false});
      if (line.to != Instant::max()) news_.push({line.to, &line, true});
    }
  }

  FleetFigures Run() {
    const Instant end(options_.duration);
    while (!queue_.empty() || under_way_ > 0) {
      if (!ended_) TellNews();
      if (ended_ || queue_.empty() || queue_.top().at >= end) {
        if (under_way_ == 0) break;
        TakeEnded(Clock::time_point::max());
        continue;
      }
      const Due due = queue_.top();
      if (!WaitUntil(due.at)) continue;  // something has ended, and may be due before
      queue_.pop();
      Act(due);
    }
    return Sum();
  }

 private:
  struct Due {
    Instant at;
    std::uint32_t robot;
    // The earliest is on top of the queue, of several the first robot.
    friend bool operator<(const Due& a, const Due& b) {
      return std::pair(a.at, a.robot) > std::pair(b.at, b.robot);
    }
  };
  struct News {
    Instant at;
    const Scripted* line;
    bool ends;
    friend bool operator<(const News& a, const News& b) { return a.at > b.at; }
  };

  [[nodiscard]] Clock::time_point RealTimeOf(Instant at) const {
    if (options_.pace <= 0) return began_;  // there is nothing to wait for
    const double us = static_cast<double>(SinceBootMicroseconds(at)) / options_.pace;
    return began_ + std::chrono::microseconds(static_cast<std::int64_t>(us));
  }

  // False when something has ended meanwhile and was taken, or the watcher ends it all.
  bool WaitUntil(Instant at) {
    if (watcher_.pause && !watcher_.pause(at, RealTimeOf(at))) {
      ended_ = true;
      return false;
    }
    if (options_.pace > 0) return !TakeEnded(RealTimeOf(at));
    if (!senders_) return true;
    // As fast as it can: no faster than what is pushed.
    if (under_way_ < options_.senders) return !TakeEnded(Clock::now());
    TakeEnded(Clock::time_point::max());
    return false;
  }

  bool TakeEnded(Clock::time_point until) {
    if (under_way_ == 0) {
      if (options_.pace > 0) std::this_thread::sleep_until(until);
      return false;
    }
    // The far future is more than some systems' waits can hold.
    const auto most = Clock::now() + std::chrono::hours(1);
    const auto ended = senders_->TakeEnded(std::min(until, most));
    if (!ended) return false;
    --under_way_;
    Ended(*ended);
    return true;
  }

  void TellNews() {
    const Instant now = queue_.empty() ? Instant(options_.duration) : queue_.top().at;
    while (!ended_ && !news_.empty() && news_.top().at <= now &&
           news_.top().at < Instant(options_.duration)) {
      const News news = news_.top();
      if (!WaitUntil(news.at)) continue;
      news_.pop();
      Tell({news.ends ? FleetEvent::What::kEnds : FleetEvent::What::kBegins,
            news.at,
            news.line,
            {}});
    }
    const auto real = Clock::now();
    if (watcher_.on_progress && real - told_ > kBetweenProgress) {
      told_ = real;
      watcher_.on_progress(std::min(now, Instant(options_.duration)).time_since_epoch());
    }
  }
  void Tell(const FleetEvent& event) {
    if (watcher_.on_event) watcher_.on_event(event);
  }

  // Unless the robot does nothing any more.
  void Queue(std::uint32_t robot) {
    const Instant next = robots_[robot]->next();
    if (next != Instant::max()) queue_.push({next, robot});
  }

  void Act(const Due& due) {
    FleetRobot& robot = *robots_[due.robot];
    const std::uint64_t alarms = robot.life().alarms, refusals = robot.life().refusals,
                        cycles = robot.life().cycles;
    const bool reports = robot.Act();
    if (robot.life().alarms > alarms) {
      Tell({FleetEvent::What::kAlarm, due.at, nullptr, robot.name()});
    }
    if (robot.life().refusals > refusals) {
      Tell({FleetEvent::What::kRefuses, due.at, nullptr, robot.name()});
    }
    if (!reports) {
      if (watcher_.on_cycle && robot.life().cycles > cycles) {
        watcher_.on_cycle({due.robot + 1, robot.name(), due.at, robot.next(),
                           robot.wakes_again(), robot.record(), robot.in_breach()});
      }
      Queue(due.robot);
      return;
    }
    Push(robot, due);
  }

  void Push(FleetRobot& robot, const Due& due) {
    const bool real = options_.pace > 0;
    const std::int64_t wall =
        real ? WallMicroseconds() : kBeganUs + SinceBootMicroseconds(due.at);
    FleetPush push;
    push.robot = due.robot;
    push.name = robot.name();
    push.page = robot.Page(wall);
    push.deadline = robot.push_deadline();
    push.due = real ? RealTimeOf(due.at) : Clock::now();
    push.at = due.at;
    push.counted = due.at >= Instant(options_.warm_up);
    if (push.counted) {
      ++figures_.pushes;
      figures_.bytes += push.page.size();
    }
    push.cut_off = robot.Struck(Trouble::kPartition) != nullptr ||
                   robot.Struck(Trouble::kGatewayDown) != nullptr;
    push.lost = push.cut_off || LosesEachTry(robot);
    if (push.lost) push.result.status = kLost;
    if (push.lost || !senders_) {
      push.ended = push.due;
      Ended(push);
    } else {
      ++under_way_;
      senders_->Send(std::move(push));
    }
  }

  static bool LosesEachTry(FleetRobot& robot) {
    const Scripted* loss = robot.Struck(Trouble::kPushLoss);
    if (loss == nullptr) return false;
    for (int i = 0; i < kTries; ++i) {
      if (!robot.LosesATry(loss->share)) return false;
    }
    return true;
  }

  void Ended(const FleetPush& push) {
    std::uint64_t& in_a_row = not_taken_[push.robot];
    in_a_row = push.result.status == Status::kOk ? 0 : in_a_row + 1;
    if (in_a_row == kUnheardAfter && !push.cut_off) {
      Tell({FleetEvent::What::kUnheard, push.at, nullptr, push.name});
    }
    if (watcher_.on_report) {
      watcher_.on_report(push.robot + 1, push.at, push.result.status);
    }
    if (push.counted) {
      figures_.most_in_a_row = std::max(figures_.most_in_a_row, in_a_row);
      ++figures_.pushed[push.result.status];
      if (push.result.status == Status::kGatewayRejected) {
        figures_.refused = Printable(push.result.detail);
      }
      if (senders_ && !push.lost) {
        const std::chrono::duration<double, std::milli> late = push.ended - push.due;
        took_.push_back(static_cast<double>(push.result.took.count()) / 1000);
        late_.push_back(late.count());
      }
    }
    FleetRobot& robot = *robots_[push.robot];
    robot.Reported(push.result);
    Queue(push.robot);
  }

  FleetFigures Sum() {
    FleetLife& all = figures_.life;
    for (const auto& robot : robots_) {
      const FleetLife& one = robot->life();
      all.cycles += one.cycles;
      all.inferences += one.inferences;
      all.alarms += one.alarms;
      all.refusals += one.refusals;
      all.dropped += one.dropped;
      all.stale += one.stale;
      all.unlisted_steps += one.unlisted_steps;
      all.least_interval = std::min(all.least_interval, one.least_interval);
      all.oldest_inferred = std::max(all.oldest_inferred, one.oldest_inferred);
      for (std::size_t i = 0; i < all.verdicts.size(); ++i) {
        all.verdicts[i] += one.verdicts[i];
      }
      for (std::size_t i = 0; i < cycle::kClauses; ++i) {
        all.breached[i] += one.breached[i];
        all.most_in_a_row[i] = std::max(all.most_in_a_row[i], one.most_in_a_row[i]);
      }
    }
    figures_.took = QuantilesOf(took_);
    figures_.late = QuantilesOf(late_);
    figures_.seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    return std::move(figures_);
  }

  const FleetOptions& options_;
  FleetScene scene_;
  const FleetWatcher& watcher_;
  bool ended_ = false;  // by the watcher
  Clock::time_point began_, told_{};
  std::unique_ptr<FleetSenders> senders_;  // none: nobody pushes
  std::vector<std::unique_ptr<FleetRobot>> robots_;
  std::vector<std::uint64_t> not_taken_ =
      std::vector<std::uint64_t>(options_.robots);  // in a row
  std::priority_queue<Due> queue_;                  // robots that are not pushing
  std::priority_queue<News> news_;
  std::uint32_t under_way_ = 0;
  FleetFigures figures_;
  std::vector<double> took_, late_;
};

}  // namespace

FleetFigures RunFleet(const contract::Terms& terms, const FleetOptions& options,
                      const SendFleetPage& send, const FleetWatcher& watcher) {
  return Fleet(terms, options, send, watcher).Run();
}

}  // namespace torpor::simulate
