#include "simulate/replay.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <utility>

#include "simulate/random.h"

namespace torpor::simulate {
namespace {

constexpr std::uint64_t kPhaseDraws = 0x7068'6173'65;  // what the numbers are for
constexpr std::uint64_t kClockDraws = 0x636c'6f63'6b;

double Seconds(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }
double Joules(Microjoules energy) { return static_cast<double>(energy.value) / 1e6; }

template <class T>
T Quantile(std::vector<T>& values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(
      std::floor(share * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

// Times between inferences, to a millisecond: millions of them, and few that differ.
class Gaps {
 public:
  void Add(Microseconds gap) {
    const auto ms = std::chrono::round<Milliseconds>(gap);
    if (last_ == counts_.end() || last_->first != ms) {
      last_ = counts_.try_emplace(ms, 0).first;
    }
    ++last_->second;
    ++all_;
  }
  [[nodiscard]] std::optional<Microseconds> Quantile(double share) const {
    auto left = static_cast<std::uint64_t>(share * static_cast<double>(all_));
    for (const auto& [gap, count] : counts_) {
      if (left < count) return gap;
      left -= count;
    }
    return std::nullopt;
  }

 private:
  std::map<Milliseconds, std::uint64_t> counts_;
  std::map<Milliseconds, std::uint64_t>::iterator last_ = counts_.end();
  std::uint64_t all_ = 0;
};

// One robot's energy until the end of each minute.
std::vector<double> JoulesByMinute(const Ledger& ledger, const ReplayAssumptions& a) {
  std::vector<double> spent;
  double sum = 0;
  for (std::size_t i = 0; i < ledger.bins().size(); ++i) {
    const Microseconds length = ledger.BinLength(i);
    sum += Joules(ComputerEnergy(ledger.bins()[i], length, a)) +
           a.rest_of_robot_watts * Seconds(length);
    spent.push_back(sum);
  }
  return spent;
}

ReplayClocks ClocksOf(const ReplayOptions& options) {
  Random random{options.seed, kClockDraws};
  const auto& a = options.assumptions;
  const double scrape = random.Uniform(0, a.scrape_seconds);
  return {SecondsToTime(scrape), SecondsToTime(random.Uniform(0, a.evaluation_seconds))};
}

// Adds robots up to a fleet.
class Tally {
 public:
  // `battery_joules` 0: nobody asks how full it is.
  Tally(const ReplayOptions& options, double battery_joules, bool picture)
      : options_(options),
        battery_joules_(battery_joules),
        picture_(picture),
        pager_(options.assumptions, ClocksOf(options)) {}

  void Add(RobotReplay robot) {
    for (std::size_t i = 1; i < robot.inferred.size(); ++i) {
      gaps_.Add(robot.inferred[i] - robot.inferred[i - 1]);
    }
    const auto& a = options_.assumptions;
    const DrawTimes& times = robot.ledger.times();
    const double shift = Seconds(options_.shift);
    const auto share = [&](Draw draw) {
      return Seconds(times[static_cast<std::size_t>(draw)]) / shift;
    };
    const double computer = Joules(ComputerEnergy(times, options_.shift, a));
    fleet_.inferences += static_cast<double>(robot.inferred.size());
    fleet_.awake_share += share(Draw::kAwake);
    fleet_.resident_share += share(Draw::kResident);
    fleet_.computer_watts += computer / shift;
    fleet_.robot_joules += computer + a.rest_of_robot_watts * shift;
    fleet_.oldest_inferred = std::max(fleet_.oldest_inferred, robot.oldest_inferred);
    fleet_.most_waiting = std::max(fleet_.most_waiting, robot.most_waiting);
    fleet_.dropped += robot.dropped;
    fleet_.stale += robot.stale;
    fleet_.late += robot.late;
    fleet_.breaches += robot.breaches;
    fleet_.most_modelled_joules =
        std::max(fleet_.most_modelled_joules, Joules(robot.most_modelled));
    if (battery_joules_ > 0) AddBattery(robot.ledger);
    pager_.Add(robot.pushes);
    if (picture_ && robots_ == 0) fleet_.shown = std::move(robot);
    ++robots_;
  }

  FleetReplay Sum() {
    const auto robots = static_cast<double>(robots_);
    for (double* mean :
         {&fleet_.inferences, &fleet_.awake_share, &fleet_.resident_share,
          &fleet_.computer_watts, &fleet_.robot_joules, &fleet_.battery_left}) {
      *mean /= robots;
    }
    fleet_.first_page = pager_.First(robots_, Instant(options_.shift));
    fleet_.median_gap = gaps_.Quantile(0.5);
    fleet_.gap_95 = gaps_.Quantile(0.95);
    if (!flat_after_.empty()) fleet_.flat_after = Quantile(flat_after_, 0.5);
    for (std::vector<double>& minute : left_) {
      fleet_.battery.push_back(
          {Quantile(minute, 0.1), Quantile(minute, 0.5), Quantile(minute, 0.9)});
    }
    return std::move(fleet_);
  }

 private:
  void AddBattery(const Ledger& ledger) {
    const std::vector<double> spent = JoulesByMinute(ledger, options_.assumptions);
    fleet_.battery_left += std::max(0.0, 1 - spent.back() / battery_joules_);
    const auto flat = std::ranges::find_if(
        spent, [this](double joules) { return joules >= battery_joules_; });
    if (flat != spent.end()) {
      ++fleet_.flat;
      flat_after_.push_back(Ledger::kBin * (flat - spent.begin() + 1));
    }
    if (!picture_) return;
    left_.resize(spent.size());
    for (std::size_t i = 0; i < spent.size(); ++i) {
      left_[i].push_back(std::max(0.0, 1 - spent[i] / battery_joules_));
    }
  }

  const ReplayOptions& options_;
  double battery_joules_;
  bool picture_;
  SitePager pager_;
  FleetReplay fleet_;
  std::uint64_t robots_ = 0;
  Gaps gaps_;
  std::vector<Microseconds> flat_after_;
  std::vector<std::vector<double>> left_;
};

template <class Tell>
FleetReplay Fleet(const contract::Terms& terms, const ReplayOptions& options,
                  double battery_joules, bool picture, Tell tell) {
  Tally tally(options, battery_joules, picture);
  for (std::uint64_t robot = 0; robot < options.robots; ++robot) {
    const auto hiccups = Hiccups(options.seed, robot, options.shift, options.assumptions);
    const double phase =
        Random{options.seed, robot, kPhaseDraws}.Uniform(0, Seconds(terms.period));
    tally.Add(tell(ReplayScene{terms, options.assumptions, hiccups, options.shift,
                               SecondsToTime(phase)}));
  }
  return tally.Sum();
}

auto Old(const NightFaults& faults) {
  return [faults](const ReplayScene& scene) { return ReplayOldRobot(scene, faults); };
}
auto New(const TorporTrouble& trouble) {
  return
      [trouble](const ReplayScene& scene) { return ReplayTorporRobot(scene, trouble); };
}

// The battery is made for what was planned, so that comes first. Without the faults alone
// and without pictures when only the figures of the story are wanted.
Replay Tell(const contract::Terms& terms, const ReplayOptions& options, bool all) {
  Replay replay;
  replay.options = options;
  const auto tell = [&](Telling telling, bool picture, auto how) {
    replay.tellings[static_cast<std::size_t>(telling)] =
        Fleet(terms, options, replay.battery_joules, picture, how);
  };
  tell(Telling::kOnPaper, false, Old(kNoFaults));
  replay.battery_joules = replay.of(Telling::kOnPaper).robot_joules *
                          (1 + options.assumptions.reserve_percent / 100);
  tell(Telling::kAsItWas, all, Old(kAllFaults));
  tell(Telling::kSessionHeld, false, New({.session_held = true}));
  tell(Telling::kTwoContracts, false, New({.configurations_apart = true}));
  if (!all) return replay;
  tell(Telling::kOnPaper, false, Old(kNoFaults));  // again, with its battery
  tell(Telling::kTorpor, true, New({}));
  constexpr std::array<NightFaults, 3> kAlone = {
      {{true, false, false}, {false, true, false}, {false, false, true}}};
  for (std::size_t i = 0; i < kAlone.size(); ++i) {
    replay.alone[i] = Fleet(terms, options, replay.battery_joules, false, Old(kAlone[i]));
  }
  return replay;
}

}  // namespace

Replay ReplayNight(const contract::Terms& terms, const ReplayOptions& options) {
  return Tell(terms, options, true);
}

std::array<ToldFigure, kToldFigures> ToldFigures(const Replay& replay) {
  const FleetReplay& was = replay.of(Telling::kAsItWas);
  const double shift = Seconds(replay.options.shift);
  return {{
      {"time between inferences, s", "under 7",
       was.median_gap ? Seconds(*was.median_gap) : shift, 0, 7},
      {"watts of the computer", "11", was.computer_watts, 10, 12},
      {"where so many were expected", "4", replay.of(Telling::kOnPaper).computer_watts,
       3.5, 4.5},
      {"more energy per shift, %", "about 30", 100 * replay.More(was), 25, 35},
      {"batteries flat by morning, %", "every one",
       100 * static_cast<double>(was.flat) / static_cast<double>(replay.options.robots),
       99, 100},
  }};
}

std::vector<MovedReplay> MoveEach(const contract::Terms& terms,
                                  const ReplayOptions& options) {
  std::vector<MovedReplay> moved;
  for (const Assumption& assumption : Assumptions()) {
    for (const double factor : {1 - kMove, 1 + kMove}) {
      ReplayOptions other = options;
      other.robots = std::min(other.robots, kMovedRobots);
      double& value = other.assumptions.*(assumption.value);
      value = std::clamp(value * factor, assumption.least, assumption.most);
      const Replay replay = Tell(terms, other, false);
      MovedReplay& row = moved.emplace_back();
      row = {&assumption, value, ToldFigures(replay), {}};
      const std::array tellings = {Telling::kSessionHeld, Telling::kTwoContracts};
      for (std::size_t i = 0; i < tellings.size(); ++i) {
        if (const auto page = replay.of(tellings[i]).first_page) {
          row.paged_minutes[i] = Seconds(page->at.time_since_epoch()) / 60;
        }
      }
    }
  }
  return moved;
}

}  // namespace torpor::simulate
