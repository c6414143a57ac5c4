#include "bench/cycle/scenario.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "bench/cycle/backlog.h"
#include "bench/cycle/bench_robot.h"
#include "bench/cycle/journal_account.h"
#include "bench/cycle/node_peer.h"
#include "bench/cycle/page_cache.h"
#include "bench/cycle/starts.h"
#include "bench/cycle/subject.h"
#include "simulate/run_folder.h"

namespace torpor::bench {
namespace {

using simulate::Attempt;
using simulate::GatewayFault;
using simulate::Refusal;

constexpr Milliseconds kTick{1};
constexpr Milliseconds kBetweenChecks{1'000};
constexpr Microseconds kAfterReady{30'000};

template <class Items, class Number>
Spread SpreadOver(const Items& items, Number number) {
  std::vector<double> values;
  for (const auto& item : items) values.push_back(number(item));
  return SpreadOf(std::move(values));
}

ProgramFindings FindingsOf(const Subject& subject) {
  ProgramFindings found;
  found.name = subject.name();
  const auto& cycles = subject.cycles();
  found.own_clock_ms =
      SpreadOver(cycles, [](const auto& c) { return InMilliseconds(c.own_clock); });
  found.scheduled_ms =
      SpreadOver(cycles, [](const auto& c) { return InMilliseconds(c.scheduled); });
  found.awake_ms =
      SpreadOver(cycles, [](const auto& c) { return InMilliseconds(c.awake); });
  found.written_kb = SpreadOver(cycles, [](const auto& c) {
                       return static_cast<double>(c.written_bytes) / 1000;
                     }).median;
  found.woken_early = subject.woken_early();
  for (const WatchedSleep& sleep : subject.sleeps()) {
    found.switches_asleep = std::max(found.switches_asleep.value_or(0), sleep.switches);
    found.slept_s += InMilliseconds(sleep.watched) / 1000;
    found.rss_mb =
        std::max(found.rss_mb, static_cast<double>(sleep.usage.rss_kib) * 1.024e-3);
    found.pss_mb =
        std::max(found.pss_mb, static_cast<double>(sleep.usage.pss_kib) * 1.024e-3);
    found.threads = std::max(found.threads, sleep.usage.threads);
  }
  return found;
}

GatewayFindings GatewayOf(const char* name, const BenchRobot& robot,
                          const Subject& subject) {
  const auto own = OwnCycles(ReadCycles(robot.rig().state() / "journal.sqlite"));
  GatewayFindings found;
  found.gateway = name;
  found.cycles = subject.cycles().size();
  found.awake_ms =
      SpreadOver(subject.cycles(), [](const auto& c) { return InMilliseconds(c.awake); });
  found.report_ms =
      SpreadOver(own, [](const auto& c) { return InMilliseconds(c.report); });
  found.report_limit_ms = InMilliseconds(robot.timeline().report);
  found.awake_limit_ms = InMilliseconds(robot.timeline().awake() - robot.timeline().wake);
  return found;
}

double FileKilobytes(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : static_cast<double>(size) / 1000;
}

double FolderKilobytes(const std::filesystem::path& folder) {
  std::error_code error;
  double kilobytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) kilobytes += FileKilobytes(entry.path());
  }
  return kilobytes;
}

simulate::RigStatus StartBoth(BenchRobot& robot) {
  if (auto started = robot.StartFirmware(); !started.ok()) return started;
  return robot.Start();
}

// The robots and peers of a run, side by side.
class Company {
 public:
  Company(const Wanted& wanted, Say say) : wanted_(wanted), say_(say) {}

  Attempt<Findings> Run();

 private:
  struct Misbehaving {
    const char* name;
    GatewayFault fault;
    std::unique_ptr<BenchRobot> robot{};
    std::optional<Subject> subject{};
  };

  simulate::RigStatus Make();
  simulate::RigStatus Begin();
  simulate::RigStatus LookUntilDone();
  void Look(Instant now);
  [[nodiscard]] std::string Ended();
  [[nodiscard]] Milliseconds longest() const;
  [[nodiscard]] std::string HowFar() const;
  simulate::RigStatus Starts(Findings& findings);
  [[nodiscard]] bool done() const;
  [[nodiscard]] Findings Found() const;
  [[nodiscard]] BenchRobot::Made Of(const char* folder) const {
    return {.folder = wanted_.work / folder,
            .programs = wanted_.programs,
            .baseline = {},
            .timeline = wanted_.timeline};
  }

  const Wanted& wanted_;
  Say say_;
  std::unique_ptr<BenchRobot> robot_, held_up_;
  std::vector<Misbehaving> misbehaving_;
  std::optional<simulate::Child> sleeper_;
  std::optional<NodePeer> node_;
  std::optional<Subject> own_;
  std::vector<Subject> peers_;
  std::optional<Backlog> backlog_;
};

simulate::RigStatus Company::Make() {
  say_("keys, contracts, baselines and flash of each robot");
  auto robot = BenchRobot::Make(Of("robot"));
  if (!robot.ok()) return robot.refusal();
  robot_ = *std::move(robot);
  if (wanted_.gateway_cycles > 0) {
    misbehaving_.push_back({"silent", GatewayFault::kHang});
    misbehaving_.push_back({"dripping", GatewayFault::kDrip});
  }
  for (Misbehaving& one : misbehaving_) {
    BenchRobot::Made made = Of(one.name);
    made.baseline = robot_->baseline();
    made.fault = one.fault;
    auto another = BenchRobot::Make(made);
    if (!another.ok()) return another.refusal();
    one.robot = *std::move(another);
  }
  if (wanted_.windows > 0) {
    BenchRobot::Made made = Of("backlog");
    made.timeline = TwoSeconds();
    auto another = BenchRobot::Make(made);
    if (!another.ok()) return another.refusal();
    held_up_ = *std::move(another);
  }
  if (wanted_.node_agent.empty()) return 0;
  auto node = NodePeer::Make({.folder = wanted_.work / "node",
                              .agent = wanted_.node_agent,
                              .onnxruntime = wanted_.onnxruntime,
                              .model = robot_->rig().options().model,
                              .timeline = wanted_.timeline});
  if (node.ok()) node_.emplace(*std::move(node));
  if (!node.ok()) say_("NOT RUN: the Node agent: " + node.refusal().what);
  return 0;
}

// A part of the period apart, so that each is awake while the others sleep.
simulate::RigStatus Company::Begin() {
  const Milliseconds part = wanted_.timeline.period / 6;
  const Pace pace = PaceOf(wanted_.timeline);
  if (auto begun = StartBoth(*robot_); !begun.ok()) return begun;
  own_.emplace("torpord", robot_->pid(), pace);
  std::this_thread::sleep_for(part);
  auto sleeper = simulate::Child::Start({wanted_.programs / "torpor-bench-sleeper",
                                         std::to_string(wanted_.timeline.period.count())},
                                        {});
  if (!sleeper.ok()) return Refusal{sleeper.status(), "no torpor-bench-sleeper", {}, {}};
  sleeper_ = *std::move(sleeper);
  peers_.emplace_back("bare epoll and timerfd", sleeper_->pid(), pace);
  for (Misbehaving& one : misbehaving_) {
    std::this_thread::sleep_for(part);
    if (auto begun = StartBoth(*one.robot); !begun.ok()) return begun;
    one.subject.emplace(one.name, one.robot->pid(), pace);
  }
  if (node_) {
    std::this_thread::sleep_for(part);
    if (auto begun = node_->Start(); !begun.ok()) return begun;
    peers_.emplace_back("Node agent (ONNX Runtime)", node_->pid(), pace);
  }
  if (held_up_) {
    if (auto begun = StartBoth(*held_up_); !begun.ok()) return begun;
    backlog_.emplace(*held_up_, wanted_.windows);
  }
  return 0;
}

bool Company::done() const {
  const auto has_slept = [&](const Subject& subject, std::size_t cycles) {
    return subject.cycles().size() >= cycles && subject.sleeps().size() >= cycles;
  };
  const auto as_often = [&](const Subject& peer) {
    return has_slept(peer, wanted_.cycles);
  };
  return has_slept(*own_, wanted_.cycles) && std::ranges::all_of(peers_, as_often) &&
         (!backlog_ || backlog_->done()) &&
         std::ranges::all_of(misbehaving_, [&](const Misbehaving& one) {
           return has_slept(*one.subject, wanted_.gateway_cycles);
         });
}

void Company::Look(Instant now) {
  own_->Look(now);
  robot_->notify().Drain();
  for (Subject& peer : peers_) peer.Look(now);
  for (Misbehaving& one : misbehaving_) {
    one.subject->Look(now);
    one.robot->notify().Drain();
  }
  if (backlog_) {
    backlog_->Look(now);
    held_up_->notify().Drain();
  }
}

// The first that ought to run and does not, in one line; empty while all run.
std::string Company::Ended() {
  std::string ended = robot_->Ended();
  const auto ask = [&](auto& next) {
    if (ended.empty()) ended = next.Ended();
  };
  for (Misbehaving& one : misbehaving_) ask(*one.robot);
  if (held_up_) ask(*held_up_);
  if (node_) ask(*node_);
  return ended.empty() ? EndedEarly("torpor-bench-sleeper", sleeper_) : ended;
}

Milliseconds Company::longest() const {
  const auto periods = [&](std::uint64_t cycles, const Timeline& timeline) {
    return static_cast<std::int64_t>(cycles + wanted_.spare) * timeline.period;
  };
  return std::max(
      periods(std::max(wanted_.cycles, wanted_.gateway_cycles), wanted_.timeline),
      backlog_ ? periods(backlog_->periods(), held_up_->timeline()) : Milliseconds{0});
}

std::string Company::HowFar() const {
  std::string all;
  const auto add = [&](const Subject& subject) {
    all += (all.empty() ? "" : ", ") + subject.name() + " " +
           std::to_string(subject.cycles().size());
  };
  add(*own_);
  for (const Subject& peer : peers_) add(peer);
  for (const Misbehaving& one : misbehaving_) add(*one.subject);
  return all + (backlog_ && !backlog_->done() ? ", and the backlog is not over" : "");
}

simulate::RigStatus Company::LookUntilDone() {
  std::size_t told = 0;
  Instant checked = Now();
  const Instant until = checked + longest();
  while (!done()) {
    std::this_thread::sleep_for(kTick);
    const Instant now = Now();
    Look(now);
    if (now - checked >= kBetweenChecks) {
      checked = now;
      if (auto ended = Ended(); !ended.empty()) {
        return Refusal{Status::kInternal, std::move(ended), {}, {}};
      }
    }
    if (now >= until) {
      return Refusal{Status::kInternal, "given up; cycles: " + HowFar(), {}, {}};
    }
    if (own_->cycles().size() == told) continue;
    told = own_->cycles().size();
    say_("cycle " + std::to_string(told) + " of " + std::to_string(wanted_.cycles));
  }
  return 0;
}

// The same robot again, whose commissioning is done by now.
simulate::RigStatus Company::Starts(Findings& findings) {
  const auto mapped = MappedFiles(robot_->pid());
  Instant ready = own_->woke() + kAfterReady;
  robot_->Stop();
  const auto measure = [&](std::size_t count, Cache cache) -> simulate::RigStatus {
    if (count == 0) return 0;
    say_(std::to_string(count) + " starts, page cache " +
         (cache == Cache::kWarm ? "warm" : "dropped"));
    auto found = MeasureStarts(*robot_, ready, count, cache, mapped);
    if (!found.ok()) return found.refusal();
    findings.starts.push_back(*std::move(found));
    if (cache == Cache::kWarm) {
      findings.programs.front().pushed_ms = findings.starts.back().told_ms;
    }
    return 0;
  };
  if (auto warm = measure(wanted_.warm_starts, Cache::kWarm); !warm.ok()) return warm;
  return measure(wanted_.cold_starts, Cache::kCold);
}

Findings Company::Found() const {
  Findings findings;
  findings.period_s = InMilliseconds(Microseconds(wanted_.timeline.period)) / 1000;
  findings.sample_s = InMilliseconds(Microseconds(wanted_.timeline.sample)) / 1000;
  findings.programs.push_back(FindingsOf(*own_));
  for (const Subject& peer : peers_) findings.programs.push_back(FindingsOf(peer));
  const auto records = ReadCycles(robot_->rig().state() / "journal.sqlite");
  findings.own_awake_ms = SpreadOver(
      OwnCycles(records), [](const auto& c) { return InMilliseconds(c.awake); });
  for (const Misbehaving& one : misbehaving_) {
    findings.gateways.push_back(GatewayOf(one.name, *one.robot, *one.subject));
  }
  if (backlog_) findings.backlog = backlog_->Found();
  findings.state_kb = FolderKilobytes(robot_->rig().state());
  findings.state_cycles = records.size();
  const auto& rig = robot_->rig().options();
  for (const std::filesystem::path& file :
       {rig.programs / "torpord", std::filesystem::path(rig.model), robot_->baseline()}) {
    findings.installed_kb += FileKilobytes(file);
  }
  return findings;
}

Attempt<Findings> Company::Run() {
  if (auto made = Make(); !made.ok()) return made.refusal();
  if (auto begun = Begin(); !begun.ok()) return begun.refusal();
  if (auto looked = LookUntilDone(); !looked.ok()) return looked.refusal();
  Findings findings = Found();
  for (Misbehaving& one : misbehaving_) one.robot->Stop();
  if (held_up_) held_up_->Stop();
  sleeper_.reset();
  if (node_) {
    node_->Stop();
    const auto first = node_->FirstPushes(wanted_.warm_starts);
    if (!first.empty()) findings.programs.back().pushed_ms = SpreadOf(first);
  }
  if (auto started = Starts(findings); !started.ok()) return started.refusal();
  return findings;
}

}  // namespace

Attempt<Findings> Measure(const Wanted& wanted, Say say) {
  if (auto made = simulate::MakeRunFolder(wanted.work); !made.ok()) return made.refusal();
  return Company(wanted, say).Run();
}

}  // namespace torpor::bench
