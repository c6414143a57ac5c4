// The power goes at every write of a contract's taking over, between the words of each
// and within them, and again during what follows; the real firmware, link and flash
// format.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "firmware/core/robot_under_test.h"

namespace torpor::firmware {
namespace {

using link::Phase;

contract::Terms Version(std::uint64_t number) {
  contract::Terms terms = GoodTerms();
  terms.version.number = number;
  return terms;
}

// A robot whose computer holds both contracts and wants the newer one, and whose power
// goes after so many writes, once for each entry of `cuts`.
class Life {
 public:
  Life(unsigned seed, std::vector<long> cuts)
      : robot_(Version(7), Version(7)), next_(Version(8)), cuts_(std::move(cuts)) {
    robot_.board.random.seed(seed);
    robot_.Boot();
    also_ = {robot_.here.verified.id(), next_.verified.id()};
    Hold(robot_.here);
    NextCut();
  }

  // Until one of the contracts is obeyed for good.
  void Live() {
    for (int step = 0; step < 200; ++step) {
      if (!robot_.board.powered) {
        PowerOn();
        if (testing::Test::HasFatalFailure()) return;
        continue;
      }
      if (Step()) return;
    }
    FAIL() << "never settles";
  }

  int boots = 0;
  std::map<std::string, int> states;  // in which the power found it again

 private:
  void NextCut() {
    if (cuts_.empty()) return;
    robot_.board.writes_left = cuts_.front();
    cuts_.erase(cuts_.begin());
  }

  void PowerOn() {
    ++boots;
    robot_.board.PowerOn();
    if (left_ > 0) {
      robot_.board.writes_left = std::exchange(left_, -1);
    } else {
      NextCut();
    }
    robot_.core = std::make_unique<Core>();
    robot_.core->Boot();
    if (!robot_.board.powered) return;  // again
    const Record& record = robot_.core->keeper().record();
    ASSERT_EQ(robot_.core->state(), State::kUnconfirmed)
        << link::NameOf(robot_.core->refusal().reason);
    const auto version = robot_.core->keeper().contract().terms().version.number;
    ASSERT_TRUE(version == 7 || version == 8);
    ASSERT_GE(record.floor.version.number, floor_) << "the floor fell";
    ASSERT_GE(version, record.floor.version.number);
    ASSERT_TRUE(version == 8 || !kept_) << "told that it is kept, and gone back";
    ASSERT_GT(record.boot_count, boot_count_) << "a nonce was used twice";
    floor_ = record.floor.version.number;
    boot_count_ = record.boot_count;
    ++states[std::to_string(version) + (record.phase == Phase::kTrial ? " on trial"
                                        : record.phase == Phase::kActivating
                                            ? " activating"
                                        : record.staged.empty() ? " steady"
                                                                : " staged")];
  }

  void Hold(const Held& held) {
    robot_.computer = std::make_unique<link::ComputerEnd>(
        link::ComputerSelf{held.verified, robot_.keyring, {1, 1}, {}, also_},
        link::TestPairing(), robot_.buffer);
  }

  // One thing that a computer does in a cycle. True: the newer one is obeyed for good.
  bool Step() {
    const ComputerEvent greeted = robot_.Greet();
    if (!robot_.board.powered || greeted == ComputerEvent::kFailed ||
        greeted == ComputerEvent::kRestarted) {
      return false;
    }
    const link::Statement firmware = robot_.computer->firmware();
    if (greeted == ComputerEvent::kOther) {
      Hold(firmware.contract == also_[0] ? robot_.here : next_);
      return false;
    }
    EXPECT_EQ(greeted, ComputerEvent::kAgreed)
        << link::NameOf(robot_.computer->refusal().reason) << " "
        << robot_.computer->refusal().ours.view() << " "
        << robot_.computer->refusal().theirs.view();
    // So many boots while it was on trial that it went back, for good.
    if (firmware.reverted == also_[1]) {
      EXPECT_EQ(link::NameOf(firmware.reverted_reason), "trial-over");
      ++states["7, gone back"];
      return true;
    }
    const bool newer = firmware.contract == also_[1];
    if (newer && firmware.phase == Phase::kSteady) {
      kept_ = true;
      if (cuts_.empty() && robot_.board.writes_left < 0) return true;
      robot_.board.powered = false;  // boots write, so the cuts that are left come there
      left_ = robot_.board.writes_left;
      return false;
    }
    if (newer) {
      robot_.Sleep(robot_.computer->next_ready_in() + Milliseconds(1));
      if (!robot_.board.powered) return false;
      if (robot_.Fetch() == ComputerEvent::kBatch) {
        EXPECT_EQ(robot_.computer->header().contract, next_.verified.short_id());
        robot_.computer->Keep();
      }
    } else if (firmware.phase == Phase::kSteady) {
      // Half of the times it is believed that what was staged before a cut still is.
      const bool believed = firmware.staged == also_[1] && robot_.board.random() % 2 == 0;
      if (!believed && !Stage()) return false;
      robot_.computer->Activate(next_.verified.id());
    } else {
      robot_.Sleep(Version(7).period);
    }
    robot_.Settle();
    return false;
  }

  bool Stage() {
    robot_.computer->Offer({link::Cargo::kContract, next_.bundle, next_.verified.id()},
                           robot_.board.now);
    return robot_.RunUntil(Instant::max() - Milliseconds(1)) == ComputerEvent::kStaged &&
           robot_.computer->not_staged() == 0;
  }

  Robot robot_;
  Held next_;
  std::array<Digest, 2> also_{};
  std::vector<long> cuts_;
  std::uint64_t floor_ = 0;
  std::uint32_t boot_count_ = 0;
  bool kept_ = false;
  long left_ = -1;
};

bool Exhaustive() { return std::getenv("TORPOR_EXHAUSTIVE") != nullptr; }

// Writes of flash from boot until the new contract is obeyed for good, roughly.
constexpr long kWrites = 2 * 5 * (1 + kRecordBytes / 8) + 1 + 2 + 70;

struct Tally {
  int cuts = 0;
  std::map<std::string, int> states;

  void Add(const Life& life) {
    cuts += life.boots;
    for (const auto& [state, count] : life.states) states[state] += count;
  }
  void Print(const char* what) const {
    std::printf("%s: %d cuts, found again as", what, cuts);
    for (const auto& [state, count] : states) {
      std::printf(" %s (%d)", state.c_str(), count);
    }
    std::printf("; 0 disagreements\n");
  }
};

TEST(ContractChangeCut, AtEveryWriteTheOldOrTheNewIsObeyed) {
  const unsigned seeds = Exhaustive() ? 20 : 2;
  Tally tally;
  for (long cut = 0; cut < kWrites; ++cut) {
    for (unsigned seed = 1; seed <= seeds; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", cut at write " << cut);
      Life life(seed, {cut});
      life.Live();
      if (HasFailure()) return;
      tally.Add(life);
    }
  }
  tally.Print("one cut");
  for (const char* state : {"7 steady", "7 staged", "8 on trial", "8 steady"}) {
    EXPECT_GT(tally.states[state], 0) << state;
  }
}

TEST(ContractChangeCut, AlsoWhenTheMendingIsCutThreeTimes) {
  const unsigned lives = Exhaustive() ? 20'000 : 300;
  Tally tally;
  for (unsigned seed = 1; seed <= lives; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto within = [&](long writes) {
      return static_cast<long>(random() % static_cast<unsigned long>(writes));
    };
    // The first anywhere, the others mostly within what a boot repairs.
    Life life(seed, {within(kWrites), within(140), within(140),
                     within(random() % 2 ? 70 : kWrites)});
    life.Live();
    if (HasFailure()) return;
    tally.Add(life);
  }
  tally.Print("four cuts");
  EXPECT_GT(tally.cuts, static_cast<int>(2 * lives));
}

}  // namespace
}  // namespace torpor::firmware
