#include "cycle/duty_cycle.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <random>

namespace torpor::cycle {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

contract::Terms MinuteTerms() {
  contract::Terms terms;
  terms.period = 60s;
  terms.sample = 5s;
  terms.mcu_guard = 200ms;
  terms.wake = 500ms;
  terms.collect = 2s;
  terms.infer = 400ms;
  terms.release = 100ms;
  terms.judge = 300ms;
  terms.report = 700ms;
  terms.computer_sleep = 56s;
  return terms;
}

constexpr Instant At(Microseconds t) { return Instant(t); }

TEST(Steps, EveryStateEndsAsleepByDeadlinesAlone) {
  for (std::size_t i = 1; i < kStates; ++i) {
    State state = static_cast<State>(i);
    int steps = 0;
    while (state != State::kAsleep) {
      const auto next = Next(state, Event::kDeadline);
      ASSERT_TRUE(next.has_value()) << "a state without a way to sleep: " << i;
      state = *next;
      ASSERT_LT(++steps, 10) << "deadlines go round in circles";
    }
  }
}

TEST(Steps, NoPairIsListedTwice) {
  for (std::size_t a = 0; a < kSteps.size(); ++a) {
    for (std::size_t b = a + 1; b < kSteps.size(); ++b) {
      EXPECT_FALSE(kSteps[a].from == kSteps[b].from && kSteps[a].on == kSteps[b].on);
    }
  }
}

TEST(Steps, OnlyABatchLeadsToInference) {
  for (const Step& step : kSteps) {
    if (step.to != State::kInferring) continue;
    EXPECT_EQ(step.on, Event::kBatch);
    EXPECT_EQ(step.from, State::kCollecting);
  }
}

TEST(DutyCycle, WalksThroughACycleAndAccountsForEveryMicrosecond) {
  const contract::Terms terms = MinuteTerms();
  DutyCycle cycle(terms, At(0s));
  cycle.Wake(At(60s), At(60s));
  EXPECT_EQ(cycle.state(), State::kCollecting);
  EXPECT_EQ(cycle.step_deadline(), At(62s));
  ASSERT_TRUE(cycle.Post(Event::kBatch, At(61s)));
  ASSERT_TRUE(cycle.Post(Event::kScore, At(61s + 40ms)));
  ASSERT_TRUE(cycle.Post(Event::kReleased, At(61s + 50ms)));
  ASSERT_TRUE(cycle.Post(Event::kVerdict, At(61s + 60ms)));
  const Account account = cycle.TakeAccount(At(61s + 70ms));
  EXPECT_EQ(account.overrun_count, 0U);
  EXPECT_EQ(std::accumulate(account.times.begin(), account.times.end(), Microseconds{0}),
            61s + 70ms);
  EXPECT_EQ(account.times[static_cast<std::size_t>(State::kInferring)], 40ms);
  ASSERT_TRUE(cycle.Post(Event::kJournalled, At(61s + 80ms)));
  ASSERT_TRUE(cycle.Post(Event::kReported, At(61s + 100ms)));
  EXPECT_EQ(cycle.state(), State::kAsleep);
}

TEST(DutyCycle, RefusesWhatTheTableDoesNotList) {
  const contract::Terms terms = MinuteTerms();
  DutyCycle cycle(terms, At(0s));
  EXPECT_FALSE(cycle.Post(Event::kBatch, At(1s)));
  EXPECT_EQ(cycle.state(), State::kAsleep);
  cycle.Wake(At(60s), At(60s));
  ASSERT_TRUE(cycle.Post(Event::kBatch, At(60s)));
  EXPECT_FALSE(cycle.Post(Event::kBatch, At(60s))) << "one inference per cycle";
}

TEST(DutyCycle, CountsAnOverrunWithBothNumbers) {
  const contract::Terms terms = MinuteTerms();
  DutyCycle cycle(terms, At(0s));
  cycle.Wake(At(60s), At(60s));
  ASSERT_TRUE(cycle.Post(Event::kBatch, At(61s)));
  ASSERT_TRUE(cycle.Post(Event::kScore, At(61s + 500ms)));
  ASSERT_TRUE(cycle.Post(Event::kReleased, At(61s + 500ms)));
  ASSERT_TRUE(cycle.Post(Event::kVerdict, At(61s + 500ms)));
  const Account account = cycle.TakeAccount(At(61s + 500ms));
  ASSERT_EQ(account.overrun_count, 1U);
  EXPECT_EQ(account.overruns[0].what, Status::kInferLate);
  EXPECT_EQ(account.overruns[0].took, 500ms);
  EXPECT_EQ(account.overruns[0].allowed, 400ms);
}

TEST(DutyCycle, EachStepsOverrunHasItsOwnReason) {
  struct Case {
    State late;
    Status what;
  };
  constexpr std::array kWalk = {Event::kBatch,   Event::kScore,      Event::kReleased,
                                Event::kVerdict, Event::kJournalled, Event::kReported};
  const contract::Terms terms = MinuteTerms();
  for (const auto& [late, what] : {Case{State::kCollecting, Status::kCollectLate},
                                   Case{State::kInferring, Status::kInferLate},
                                   Case{State::kReleasing, Status::kReleaseLate},
                                   Case{State::kJudging, Status::kJudgeLate},
                                   Case{State::kJournalling, Status::kJudgeLate},
                                   Case{State::kReporting, Status::kReportLate}}) {
    for (const auto beyond : {0ms, 1ms}) {
      DutyCycle cycle(terms, At(0s));
      Instant now = At(60s);
      cycle.Wake(now, now);
      for (const Event event : kWalk) {
        if (cycle.state() == late) now += Budget(terms, late) + beyond;
        ASSERT_TRUE(cycle.Post(event, now));
      }
      const Account account = cycle.TakeAccount(now);
      ASSERT_EQ(account.overrun_count, beyond == 1ms ? 1U : 0U);
      if (beyond == 1ms) {
        EXPECT_EQ(account.overruns[0].what, what);
      }
    }
  }
}

TEST(DutyCycle, NoStepOutlivesTheCyclesDeadline) {
  const contract::Terms terms = MinuteTerms();
  DutyCycle cycle(terms, At(0s));
  cycle.Wake(At(60s), At(60s));
  ASSERT_TRUE(cycle.Post(Event::kBatch, At(63s)));  // a second late
  EXPECT_EQ(cycle.cycle_deadline(), At(63s + 500ms));
  EXPECT_EQ(cycle.step_deadline(), At(63s + 400ms));
  ASSERT_TRUE(cycle.Post(Event::kScore, At(63s + 450ms)));
  EXPECT_EQ(cycle.step_deadline(), At(63s + 500ms)) << "cut by the cycle's deadline";
}

TEST(DutyCycle, JournallingHasWhatJudgingLeft) {
  const contract::Terms terms = MinuteTerms();
  DutyCycle cycle(terms, At(0s));
  cycle.Wake(At(60s), At(60s));
  ASSERT_TRUE(cycle.Post(Event::kNothingNew, At(60s)));
  ASSERT_TRUE(cycle.Post(Event::kVerdict, At(60s + 200ms)));
  EXPECT_EQ(cycle.step_deadline(), At(60s + 300ms));
}

TEST(DutyCycle, AnyEventsAtAnyTimesEndAsleepOnceDeadlinesCome) {
  const contract::Terms terms = MinuteTerms();
  const unsigned seed = 20261123;
  std::mt19937 random(seed);
  RecordProperty("seed", static_cast<int>(seed));
  for (int round = 0; round < 2000; ++round) {
    DutyCycle cycle(terms, At(0s));
    Instant now = At(60s);
    cycle.Wake(now, now);
    int inferences = 0;
    for (int i = 0; i < 30; ++i) {
      now += Microseconds(random() % 400'000);
      const State before = cycle.state();
      const auto event = static_cast<Event>(1 + random() % 8);  // anything but waking
      if (cycle.Post(event, now) && before == State::kCollecting &&
          cycle.state() == State::kInferring) {
        ++inferences;
      }
    }
    while (cycle.state() != State::kAsleep)
      ASSERT_TRUE(cycle.Post(Event::kDeadline, now));
    ASSERT_LE(inferences, 1) << "round " << round << " of seed " << seed;
  }
}

constexpr Microseconds kNoShift{0};

TEST(NextWaking, ComesAGuardAfterTheBatchIsReady) {
  const contract::Terms terms = MinuteTerms();
  EXPECT_EQ(NextWaking(terms, At(60s), At(61s), 58s, terms.computer_sleep, kNoShift),
            At(119s + 200ms));
}

TEST(NextWaking, IsShiftedByThePhaseOfTheRobot) {
  const contract::Terms terms = MinuteTerms();
  EXPECT_EQ(NextWaking(terms, At(60s), At(61s), 58s, terms.computer_sleep, 7s),
            At(126s + 200ms));
  // Also when nobody says when a batch is ready: robots whose firmwares are all silent
  // are not to report together either.
  EXPECT_EQ(NextWaking(terms, At(60s), At(62s), std::nullopt, terms.computer_sleep, 7s),
            At(127s));
}

// After a boot, the fresh batch in hand: the next one is 55 s away, and the shift behind
// it.
TEST(NextWaking, ComesToTheShiftWithoutACycleOfMoreThanAPeriod) {
  const contract::Terms terms = MinuteTerms();
  const Milliseconds none{0};
  EXPECT_EQ(NextWaking(terms, At(60s), At(61s), 55s, none, 20s), At(76s + 200ms));
  EXPECT_EQ(NextWaking(terms, At(60s), At(62s), std::nullopt, none, 20s), At(80s));
  // There is no time for a cycle in between.
  EXPECT_EQ(NextWaking(terms, At(60s), At(61s), 55s, none, 5s), At(121s + 200ms));
  EXPECT_EQ(NextWaking(terms, At(60s), At(62s), std::nullopt, none, 3s), At(123s));
  // Nor is that a reason to sleep less than the contract says.
  EXPECT_EQ(NextWaking(terms, At(60s), At(61s), 59s, terms.computer_sleep, 20s),
            At(140s + 200ms));
}

TEST(NextWaking, NeverCutsTheSleepShortAndTakesTheNextBatchInstead) {
  const contract::Terms terms = MinuteTerms();
  EXPECT_EQ(NextWaking(terms, At(60s), At(61s), 10s, terms.computer_sleep, kNoShift),
            At(131s + 200ms));
}

TEST(NextWaking, IsOnePeriodOnWhenNobodyAnswers) {
  const contract::Terms terms = MinuteTerms();
  EXPECT_EQ(
      NextWaking(terms, At(60s), At(62s), std::nullopt, terms.computer_sleep, kNoShift),
      At(120s));
}

TEST(NextWaking, BoundsWhatTheFirmwareSays) {
  const contract::Terms terms = MinuteTerms();
  for (const Microseconds phase : {kNoShift, Microseconds(7s), Microseconds(24s)}) {
    const Instant absurd = NextWaking(terms, At(60s), At(61s), Microseconds::max(),
                                      terms.computer_sleep, phase);
    EXPECT_LE(absurd, At(61s) + 2 * terms.period);
    const Instant negative = NextWaking(terms, At(60s), At(61s), Microseconds::min(),
                                        terms.computer_sleep, phase);
    EXPECT_GE(negative, At(61s) + terms.computer_sleep);
  }
}

TEST(MayInfer, AllowsOneInferenceAPeriod) {
  const contract::Terms terms = MinuteTerms();
  EXPECT_TRUE(MayInfer(terms, std::nullopt, At(1s)));
  EXPECT_FALSE(MayInfer(terms, At(0s), At(59s)));
  EXPECT_TRUE(MayInfer(terms, At(0s), At(59s + 800ms)))
      << "clocks differ by up to the guard";
}

}  // namespace
}  // namespace torpor::cycle
