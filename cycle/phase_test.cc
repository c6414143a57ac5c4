#include "cycle/phase.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "contract/test_terms.h"
#include "cycle/duty_cycle.h"

namespace torpor::cycle {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// The timelines of the shipped profile warehouse-60s.
contract::Terms Warehouse() {
  contract::Terms terms = contract::GoodTerms();
  terms.period = 60s;
  terms.sample = 5s;
  terms.mcu_guard = 500ms;
  terms.wake = 500ms;
  terms.collect = 1500ms;
  terms.infer = 400ms;
  terms.release = 300ms;
  terms.judge = 300ms;
  terms.report = 2s;
  terms.computer_sleep = 55s;
  terms.max_batch_age = 70s;
  return terms;
}

std::vector<std::string> Fleet(const std::string& before, const std::string& after,
                               int robots = 400) {
  std::vector<std::string> names;
  for (int i = 1; i <= robots; ++i) names.push_back(before + std::to_string(i) + after);
  return names;
}

std::vector<std::vector<std::string>> Fleets(int robots) {
  return {Fleet("amr-", "", robots), Fleet("r", "", robots),
          Fleet("", ".hall-3.example", robots), Fleet("00:1b:44:11:3a:", "", robots),
          Fleet("robot-", "-warehouse-7", robots)};
}

// The longest that one of these robots waits for its page, when their firmwares all began
// together and a gateway that takes one page after the other needs so long for each.
Microseconds LongestWait(const std::vector<std::string>& robots, Microseconds a_page) {
  std::vector<Microseconds> calls;
  for (const std::string& robot : robots) calls.push_back(PhaseOf(Warehouse(), robot));
  std::ranges::sort(calls);
  Microseconds done{0}, longest{0};
  for (const Microseconds call : calls) {
    done = std::max(done, call) + a_page;
    longest = std::max(longest, done - call);
  }
  return longest;
}

TEST(Phase, SpreadsOverHalfOfTheTimeThatTheContractLeaves) {
  EXPECT_EQ(SpreadOf(Warehouse()), Microseconds(24'750ms));
  EXPECT_EQ(SpreadOf(contract::GoodTerms()), Microseconds(3650ms));
  contract::Terms strict = Warehouse();
  strict.max_batch_age = 12s;  // is over before the next window begins
  EXPECT_EQ(SpreadOf(strict), Microseconds(4750ms));
  strict.max_batch_age = strict.mcu_guard + strict.wake + strict.collect;
  EXPECT_EQ(SpreadOf(strict), Microseconds{0});
  EXPECT_EQ(PhaseOf(strict, "amr-17"), Microseconds{0});
}

// A Pushgateway that checks each page against all that it holds takes 47 ms for one at
// 400 robots, by measurement, so 19 s for them all.
TEST(Phase, LetsAGatewayTakeTheWholeSiteWithinTheTimeThatEachRobotWaits) {
  for (const auto& robots : Fleets(400)) {
    EXPECT_LT(LongestWait(robots, 47ms), Warehouse().report / 2) << robots.front();
    // Together they would not be heard.
    EXPECT_GT(400 * 47ms, 9 * Warehouse().report);
  }
}

// Names are forever, and so is the second in which a robot is to be expected.
TEST(Phase, OfARobotNeverChanges) {
  EXPECT_EQ(PhaseOf(Warehouse(), "amr-17"), Microseconds(17'656'120));
  EXPECT_EQ(PhaseOf(Warehouse(), "amr-18"), Microseconds(7'978'661));
}

// Half of the time is left to whatever makes a waking late.
TEST(Phase, KeepsTheBatchYoungEnoughAndTheWindowFreeForARobotThatIsLateByItsShift) {
  contract::Terms terms = Warehouse();
  for (const auto age : {2500ms, 2501ms, 30'000ms, 52'000ms, 180'000ms}) {
    terms.max_batch_age = age;
    for (const std::string& robot : Fleet("amr-", "")) {
      const Microseconds phase = PhaseOf(terms, robot);
      EXPECT_GE(phase, Microseconds{0});
      const Microseconds woke = terms.mcu_guard + phase + phase;
      EXPECT_LE(woke + terms.wake + terms.collect, terms.max_batch_age) << robot;
      EXPECT_LE(woke + terms.awake(), terms.period - terms.sample) << robot;
    }
  }
}

// Two cycles on, and for ever, the robot wakes once a period, a guard and its phase
// behind its firmware's batch.
TEST(Phase, LeavesTheRhythmOfTheFirmwareAlone) {
  const contract::Terms terms = Warehouse();
  const Microseconds phase = PhaseOf(terms, "amr-17");
  const auto ready_in = [&](Instant now) {  // batches are ready at 5 s of each period
    const Microseconds into = (now.time_since_epoch() - 5s) % Microseconds(terms.period);
    return terms.period - into;
  };
  Instant woke(33s);
  Milliseconds rest{0};
  for (int i = 0; i < 10; ++i) {
    const Instant now = woke + 1s;
    const Instant next = NextWaking(terms, woke, now, ready_in(now), rest, phase);
    EXPECT_EQ((next.time_since_epoch() - 5s) % Microseconds(terms.period),
              terms.mcu_guard + phase);
    if (i > 1) {
      EXPECT_EQ(next - woke, terms.period);
    }
    woke = next;
    rest = terms.computer_sleep;
  }
}

}  // namespace
}  // namespace torpor::cycle
