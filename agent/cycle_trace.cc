#include "agent/cycle_trace.h"

#include <algorithm>
#include <utility>

namespace torpor::agent {
namespace {

using cycle::State;
using telemetry::TraceStep;

// telemetry/ may not look at cycle/, so each has its own enum; they name the same steps.
constexpr bool Same(State state, TraceStep step) {
  return static_cast<int>(state) == static_cast<int>(step);
}
static_assert(Same(State::kAsleep, TraceStep::kSleep));
static_assert(Same(State::kCollecting, TraceStep::kCollect));
static_assert(Same(State::kInferring, TraceStep::kInfer));
static_assert(Same(State::kReleasing, TraceStep::kRelease));
static_assert(Same(State::kJudging, TraceStep::kJudge));
static_assert(Same(State::kJournalling, TraceStep::kJournal));
static_assert(Same(State::kReporting, TraceStep::kReport));

}  // namespace

CycleTrace::CycleTrace(World& world, power::LeaseBook& leases,
                       telemetry::TraceWriter& writer, std::string boot)
    : world_(world), leases_(leases), writer_(writer) {
  cycle_.boot = std::move(boot);
  leases_.Tell(this);
}

void CycleTrace::Border(State state, Instant now) {
  const auto since = std::exchange(entered_, now);
  if (since) cycle_.steps.push_back({static_cast<TraceStep>(state), *since, now});
}

void CycleTrace::Woke(Instant now, Instant due) {
  Border(State::kAsleep, now);
  cycle_.due = due;
}

std::optional<telemetry::Deviation> CycleTrace::Write(telemetry::CycleRecord& record) {
  std::swap(cycle_.record, record);  // to copy its texts costs as much as to write them
  const Status status = writer_.Append(cycle_);
  std::swap(cycle_.record, record);
  cycle_.steps.clear();
  cycle_.leases.clear();
  if (status == Status::kOk) return std::nullopt;
  return telemetry::Deviation{status, writer_.why()};
}

void CycleTrace::Taken(std::uint64_t id, power::Consumer consumer, Instant now) {
  open_.push_back({id, consumer, now});
}

void CycleTrace::Ended(std::uint64_t id, End how) {
  const auto ended = std::ranges::find(open_, id, &Open::id);
  if (ended == open_.end()) return;  // taken before anybody listened
  cycle_.leases.push_back({std::string(power::Name(ended->consumer)), ended->taken,
                           world_.Now(), how == End::kRevoked});
  open_.erase(ended);
}

}  // namespace torpor::agent
