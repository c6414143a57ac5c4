#include "simulate/line_faults.h"

#include <gtest/gtest.h>

#include <string>

#include "core/bytes.h"
#include "simulate/wire.h"

namespace torpor::simulate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kBaud = 1'000'000;  // a byte is 10 us

Instant At(Microseconds since_boot) { return Instant(since_boot); }
std::span<const std::byte> Packet() {
  static constexpr char kText[] = "\0ten bytes!\0";
  return AsBytes(std::string_view(kText, sizeof kText - 1));
}

FaultPlan OnePlan(FaultKind kind, double every, std::uint32_t slower = 1) {
  FaultPlan plan;
  plan.seed = 7;
  plan.episodes.push_back({.kind = kind,
                           .to = Role::kFirmware,
                           .from = At(seconds(1)),
                           .until = At(seconds(2)),
                           .every = every,
                           .longest_hold = milliseconds(100),
                           .times_slower = slower});
  return plan;
}

// What arrives of ten packets, and when the last byte does.
struct Crossed {
  std::size_t bytes = 0;
  Instant last{};
  FaultCounts faults{};
};
Crossed Cross(const FaultPlan& plan, Instant from, Role to = Role::kFirmware) {
  Wire wire(kBaud, plan.outages, {}, LineFaults(plan, to));
  Crossed crossed;
  for (int i = 0; i < 10; ++i) wire.Send(from, Packet());
  while (const auto arrival = wire.NextArrival()) {
    crossed.last = *arrival;
    std::vector<std::byte> bytes;
    wire.Receive(*arrival, bytes);
    crossed.bytes += bytes.size();
  }
  crossed.faults = wire.faults();
  return crossed;
}
std::uint64_t Of(const Crossed& crossed, FaultKind kind) {
  return crossed.faults[static_cast<std::size_t>(kind)];
}

TEST(LineFaults, EachKindDoesWhatItsNameSaysAndNothingElse) {
  const Instant in = At(milliseconds(1500));
  const std::size_t sent = 10 * Packet().size();
  const Crossed lost = Cross(OnePlan(FaultKind::kLosePackets, 2), in);
  EXPECT_GT(Of(lost, FaultKind::kLosePackets), 1U);
  EXPECT_EQ(lost.bytes, sent - 10 * Of(lost, FaultKind::kLosePackets));

  const Crossed bytes = Cross(OnePlan(FaultKind::kLoseBytes, 60), in);
  EXPECT_GT(Of(bytes, FaultKind::kLoseBytes), 0U);
  EXPECT_EQ(bytes.bytes, sent - Of(bytes, FaultKind::kLoseBytes));

  const Crossed flipped = Cross(OnePlan(FaultKind::kFlip, 20), in);
  EXPECT_GT(Of(flipped, FaultKind::kFlip), 1U);
  EXPECT_EQ(flipped.bytes, sent);

  const Crossed repeated = Cross(OnePlan(FaultKind::kRepeat, 2), in);
  EXPECT_GT(Of(repeated, FaultKind::kRepeat), 1U);
  EXPECT_EQ(repeated.bytes, sent + 11 * Of(repeated, FaultKind::kRepeat));

  const Crossed held = Cross(OnePlan(FaultKind::kHold, 2), in);
  EXPECT_GT(Of(held, FaultKind::kHold), 1U);
  EXPECT_EQ(held.bytes, sent);
  EXPECT_GT(held.last, in + Microseconds(10 * sent) + milliseconds(1));

  const Crossed slow = Cross(OnePlan(FaultKind::kSlow, 1, 7), in);
  EXPECT_EQ(Of(slow, FaultKind::kSlow), 10U);
  EXPECT_EQ(slow.last, in + Microseconds(7 * 10 * sent));
}

TEST(LineFaults, OutsideItsEpisodeAndInTheOtherDirectionTheLineIsGood) {
  for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
    const FaultPlan plan = OnePlan(static_cast<FaultKind>(kind), 1, 10);
    for (const Instant when : {At(milliseconds(500)), At(seconds(2))}) {
      const Crossed crossed = Cross(plan, when);
      EXPECT_EQ(crossed.bytes, 10 * Packet().size()) << kind;
      EXPECT_EQ(crossed.last, when + Microseconds(10 * crossed.bytes)) << kind;
      EXPECT_EQ(crossed.faults, FaultCounts{}) << kind;
    }
    const Crossed other = Cross(plan, At(milliseconds(1500)), Role::kComputer);
    EXPECT_EQ(other.faults, FaultCounts{}) << kind;
  }
}

TEST(LineFaults, APlanHasEachKindBothWaysWithinItsSpanAndIsTheSeedsOwn) {
  const FaultSpan span{At(seconds(40)), At(seconds(520)), seconds(10), seconds(2)};
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    const FaultPlan plan = PlanFaults(seed, span);
    std::array<std::array<int, kFaultKinds>, kRoles> seen{};
    for (const FaultEpisode& episode : plan.episodes) {
      ++seen[static_cast<std::size_t>(episode.to)]
            [static_cast<std::size_t>(episode.kind)];
      EXPECT_GE(episode.from, span.from);
      EXPECT_LE(episode.until, span.until);
      EXPECT_GE(episode.until - episode.from, span.period) << Name(episode.kind);
    }
    for (const Outage& outage : plan.outages) EXPECT_LE(outage.to, span.until);
    for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
      EXPECT_GT(seen[1][kind], 0) << kind;
      const bool both_ways = kind < static_cast<std::size_t>(FaultKind::kCut);
      EXPECT_EQ(seen[0][kind] > 0, both_ways) << kind;
    }
    const FaultPlan again = PlanFaults(seed, span);
    const FaultPlan other = PlanFaults(seed + 1, span);
    EXPECT_EQ(again.episodes.front().from, plan.episodes.front().from);
    EXPECT_NE(other.episodes.front().from, plan.episodes.front().from);
    EXPECT_EQ(again.outages.size(), plan.outages.size());
  }
}

TEST(LineFaults, TheSameSeedBendsTheSameBytes) {
  const FaultSpan span{At(seconds(0)), At(seconds(100)), seconds(2), seconds(1)};
  const auto through = [&](std::uint64_t seed) {
    const FaultPlan plan = PlanFaults(seed, span);
    Wire wire(kBaud, plan.outages, {}, LineFaults(plan, Role::kComputer));
    std::vector<std::byte> out;
    for (int i = 0; i < 10'000; ++i) {
      wire.Send(At(i * milliseconds(10)), Packet());
      wire.Receive(At(i * milliseconds(10)), out);
    }
    return out;
  };
  EXPECT_EQ(through(3), through(3));
  EXPECT_NE(through(3), through(4));
}

}  // namespace
}  // namespace torpor::simulate
