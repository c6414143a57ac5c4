// What a robot may do under a contract by what its clocks say: five states of the clock,
// at boot and while it works, before, within and after the time of a contract.
#include <gtest/gtest.h>

#include <string>

#include "agent/boot.h"
#include "agent/robot_under_test.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using enum Status;

constexpr std::uint64_t kHour = 3600, kDay = 24 * kHour, kYear = 365 * kDay;
// The true time when a test begins, and what a robot remembers or was built after.
constexpr std::uint64_t kTrue = 1'800'000'000;
constexpr std::uint64_t kBuilt = kTrue - 30 * kDay, kOnce = kTrue - kHour;

enum class Clock { k1970, kBoundOnly, kSynchronised, kJumpedBack, kJumpedAhead };
constexpr std::array kClocks = {Clock::k1970, Clock::kBoundOnly, Clock::kSynchronised,
                                Clock::kJumpedBack, Clock::kJumpedAhead};
constexpr std::array kNames = {"1970", "lower bound only", "synchronised", "jumped back",
                               "jumped ahead by 10 years"};

struct Dates {
  const char* name;
  std::uint64_t not_before, not_after;
};
constexpr Dates kBefore{"before", kTrue + 10 * kDay, kTrue + 100 * kDay};
constexpr Dates kWithin{"within", kTrue - 100 * kDay, kTrue + 100 * kDay};
constexpr Dates kAfter{"after", kTrue - 100 * kDay, kTrue - 2 * kDay};
constexpr Dates kLongAfter{"long after", kTrue - 100 * kDay, kTrue - 40 * kDay};

contract::Terms Valid(const Dates& dates) {
  contract::Terms terms = contract::GoodTerms();
  terms.issued_at_s = kTrue - 100 * kDay;
  terms.not_before_s = dates.not_before;
  terms.not_after_s = dates.not_after;
  return terms;
}

void SetWall(FakeWorld& world, std::uint64_t unix_s) {
  world.wall_offset_us =
      static_cast<std::int64_t>(unix_s) * 1'000'000 - SinceBootMicroseconds(world.now);
}

void Put(FakeWorld& world, Clock clock, std::uint64_t true_s) {
  world.synchronised = clock != Clock::k1970 && clock != Clock::kBoundOnly;
  switch (clock) {
    case Clock::k1970:
      return SetWall(world, 10);
    case Clock::kBoundOnly:
      return SetWall(world, true_s + kYear);  // nobody vouches for it
    case Clock::kSynchronised:
      return SetWall(world, true_s);
    case Clock::kJumpedBack:
      return SetWall(world, true_s - kYear);
    case Clock::kJumpedAhead:
      return SetWall(world, true_s + 10 * kYear);
  }
}

// A robot whose clock is at 1970 has lost what it remembered, too: it knows its build.
std::uint64_t Proven(Clock clock) { return clock == Clock::k1970 ? kBuilt : kOnce; }

TEST(Validity, AtBoot) {
  struct Row {
    Clock clock;
    Status before, within, after, long_after;
  };
  const Row rows[] = {
      {Clock::k1970, kOk, kOk, kOk, kExpired},
      {Clock::kBoundOnly, kOk, kOk, kExpired, kExpired},
      {Clock::kSynchronised, kNotYetValid, kOk, kExpired, kExpired},
      {Clock::kJumpedBack, kOk, kOk, kExpired, kExpired},
      // Nothing to compare it with; and nothing of it is remembered.
      {Clock::kJumpedAhead, kExpired, kExpired, kExpired, kExpired},
  };
  for (const Row& row : rows) {
    const std::pair<const Dates*, Status> cells[] = {{&kBefore, row.before},
                                                     {&kWithin, row.within},
                                                     {&kAfter, row.after},
                                                     {&kLongAfter, row.long_after}};
    for (const auto& [dates, expected] : cells) {
      const link::Held held(Valid(*dates));
      FakeWorld world(held);
      Put(world, row.clock, kTrue);
      KnownTime time(world, Proven(row.clock));
      Options options;
      options.robot_id = "r-17";
      const auto refusal = CheckContract(held.verified, options, {}, time, "bundle");
      EXPECT_EQ(refusal ? refusal->status : kOk, expected)
          << kNames[static_cast<std::size_t>(row.clock)] << ", " << dates->name;
      EXPECT_LT(time.ToRemember(dates->not_after), kTrue);
    }
  }
}

TEST(Validity, ARefusalNamesBothTimes) {
  const link::Held held(Valid(kBefore));
  FakeWorld world(held);
  Put(world, Clock::kSynchronised, kBefore.not_before - 1);
  KnownTime time(world, kBuilt);
  Options options;
  options.robot_id = "r-17";
  const auto refusal = CheckContract(held.verified, options, {}, time, "bundle");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, kNotYetValid);
  EXPECT_EQ(refusal->ours, std::to_string(kBefore.not_before - 1));
  EXPECT_EQ(refusal->theirs, std::to_string(kBefore.not_before));
  SetWall(world, kBefore.not_before);
  EXPECT_FALSE(CheckContract(held.verified, options, {}, time, "bundle"));
}

// A robot at work, ten minutes a cycle.
class AtWork : public RobotTest {
 protected:
  explicit AtWork(const Dates& dates) : RobotTest(Valid(dates)) {
    world_.oversleep = 590s;
    proven_s_ = kOnce;
    began_ = world_.now;
    Put(world_, Clock::kSynchronised, kTrue);
  }
  void TestBody() override {}

 public:
  using Cycles = std::vector<telemetry::CycleRecord>;
  [[nodiscard]] std::uint64_t True() const {
    return kTrue + static_cast<std::uint64_t>((world_.now - began_) / 1s);
  }
  // The clock is put at so many hours.
  Cycles Live(Clock clock, Microseconds at, Microseconds life) {
    if (at == 0h) Put(world_, clock, kTrue);
    bool put = false;
    return Run(static_cast<std::uint64_t>(life / 10min), [&, at](std::size_t) {
      if (put || world_.now - began_ < at) return;
      put = true;
      Put(world_, clock, True());
    });
  }
  [[nodiscard]] Status Ended() const {
    return ending_.kind == Ending::Kind::kNotValid ? ending_.why : kOk;
  }
  [[nodiscard]] Microseconds Lived() const { return world_.now - began_; }
  const std::vector<std::uint64_t>& remembered() const { return remembered_; }
  FakeEngine& engine() { return engine_; }
  FakeWorld& world() { return world_; }
  static bool Deviates(const telemetry::CycleRecord& record, Status what) {
    return Has(record, what);
  }
  std::string Page() { return gateway_.pages().back().body; }
  void HaveANewer(bool newer) { newer_at_hand_ = newer; }

 private:
  Instant began_{};
};

class Before : public AtWork {
 public:
  Before() : AtWork(kBefore) {}
};
class Within : public AtWork {
 public:
  Within() : AtWork(kWithin) {}
};
constexpr Dates kEnds{"ends after five hours", kTrue - kDay, kTrue + 5 * kHour};
class Ends : public AtWork {
 public:
  Ends() : AtWork(kEnds) {}
};

TEST(Validity, AtWorkUnderAContractThatIsNotValidYet) {
  const Status expected[] = {kOk, kOk, kNotYetValid, kOk, kExpired};
  for (const Clock clock : kClocks) {
    Before robot;
    robot.world().synchronised = false;
    robot.Live(clock, 0h, 2h);
    EXPECT_EQ(robot.Ended(), expected[static_cast<std::size_t>(clock)])
        << kNames[static_cast<std::size_t>(clock)];
  }
}

TEST(Validity, AtWorkUnderAContractThatIsValid) {
  for (const Clock clock : kClocks) {
    Within robot;
    const auto cycles = robot.Live(clock, 2h, 8h);
    EXPECT_EQ(robot.Ended(), kOk) << kNames[static_cast<std::size_t>(clock)];
    EXPECT_EQ(robot.engine().inferences, 48);
    EXPECT_GT(robot.remembered().back(), kTrue + 2 * kHour) << "by the boot clock alone";
    EXPECT_LE(robot.remembered().back(), robot.True());
    const bool believed =
        robot.Page().find("torpor_contract_remaining_seconds 8") != std::string::npos;
    EXPECT_EQ(believed, clock == Clock::kSynchronised) << robot.Page();
  }
}

// Whatever becomes of the wall clock: that the contract has ended is proven.
TEST(Validity, AtWorkUnderAContractThatEnds) {
  for (const Clock clock : kClocks) {
    Ends robot;
    const auto cycles = robot.Live(clock, 2h, 8h);
    EXPECT_EQ(robot.Ended(), kExpired) << kNames[static_cast<std::size_t>(clock)];
    EXPECT_GE(robot.Lived(), 5h);
    EXPECT_LE(robot.Lived(), 5h + 20min);
    const auto& last = cycles.back();
    EXPECT_EQ(last.why_abstained, kExpired) << "and the verdict is journalled";
    EXPECT_TRUE(Ends::Deviates(last, kExpired));
    EXPECT_FALSE(last.inferred);
    EXPECT_EQ(static_cast<std::size_t>(robot.engine().inferences), cycles.size() - 1);
    EXPECT_GE(robot.remembered().back(), kTrue + 5 * kHour) << "it stays ended";
    EXPECT_LT(robot.remembered().back(), kTrue + 6 * kHour);
    EXPECT_EQ(robot.world().watchdog.back(), Microseconds{0});
  }
}

TEST(Validity, AClockThatJumpedAheadEndsAContractAfterADayOfDoubt) {
  Within robot;
  robot.Live(Clock::kJumpedAhead, 2h, 40h);
  EXPECT_EQ(robot.Ended(), kExpired);
  EXPECT_GE(robot.Lived(), 26h);
  EXPECT_LE(robot.Lived(), 26h + 20min);
  EXPECT_EQ(robot.remembered().back(), kWithin.not_after) << "and not ten years more";
}

TEST(Validity, TimeIsRememberedOnceAnHourAndAtTheEnd) {
  Within robot;
  robot.Live(Clock::kSynchronised, 0h, 10h);
  EXPECT_GE(robot.remembered().size(), 9U);
  EXPECT_LE(robot.remembered().size(), 11U);
  for (std::size_t i = 1; i + 1 < robot.remembered().size(); ++i) {
    EXPECT_GE(robot.remembered()[i] - robot.remembered()[i - 1], kHour);
  }
}

TEST(Validity, ANewerContractGetsItsChanceBeforeTheRobotRefuses) {
  Ends robot;
  robot.HaveANewer(true);
  const auto cycles = robot.Live(Clock::kSynchronised, 0h, 12h);
  EXPECT_EQ(robot.Ended(), kExpired);
  const auto past =
      std::ranges::count(cycles, kExpired, &telemetry::CycleRecord::why_abstained);
  EXPECT_EQ(past, 1 + contract::GoodTerms().trial_cycles) << "and not for ever";
  EXPECT_EQ(robot.engine().inferences + past, static_cast<std::ptrdiff_t>(cycles.size()))
      << "nothing is inferred meanwhile";
}

}  // namespace
}  // namespace torpor::agent
