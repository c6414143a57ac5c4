#include "tests/promises.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "core/json_hosted.h"
#include "core/status_table.h"

namespace torpor::tests {
namespace {

using telemetry::CycleRecord;
using telemetry::Phase;

// What a wire in virtual time may add: a request of some bytes, and rounding.
constexpr Microseconds kExact{2'000};

class Judge {
 public:
  explicit Judge(const Evidence& evidence)
      : e_(evidence), slack_(kExact + evidence.late), first_end_(FirstEnd()) {}

  std::vector<std::string> All() {
    if (e_.cycles.empty()) Say("no cycle was journalled");
    for (const CycleRecord& record : e_.cycles) {
      where_ = "cycle " + std::to_string(record.cycle) + ": ";
      Freshness(record);
      Once(record);
      AsleepOnTime(record);
      before_ = &record;
    }
    where_.clear();
    EveryBatchIsAccountedFor();
    LinesAreTheJournals();
    FirmwareSleeps();
    NobodyRefusesOrCrashes();
    Recovers();
    return std::move(broken_);
  }

 private:
  void Say(const std::string& what) { broken_.push_back(where_ + what); }
  static std::string Text(Microseconds t) { return std::to_string(t.count()) + " us"; }
  static Microseconds Took(const CycleRecord& record, Phase phase) {
    return record.phases[static_cast<std::size_t>(phase)];
  }
  static Instant BatchInHand(const CycleRecord& record) {
    return record.woke + Took(record, Phase::kCollect);
  }

  // When the first window's capture ended. An age is overstated by the time that FETCH
  // took, so the latest that any cycle says is the best; a firmware that was seen to wait
  // for the end of a window knows better, whatever torpord makes of its ages.
  [[nodiscard]] Instant FirstEnd() const {
    Instant latest{};
    for (const CycleRecord& record : e_.cycles) {
      if (record.batch_sequence == 0) continue;
      const auto before = static_cast<std::int64_t>(record.batch_sequence - 1);
      latest = std::max(
          latest, BatchInHand(record) - record.batch_age - before * e_.terms.period);
    }
    // Some windows end with their guard, which may be as long: the nearest of what many
    // waits ended at is meant.
    const Microseconds period = e_.terms.period;
    std::map<std::int64_t, std::pair<std::size_t, Instant>>
        ends;  // by place in the period
    for (const simulate::Waited& wait : e_.firmware_waits) {
      const Microseconds waits = wait.deadline - wait.from;
      if (wait.why != simulate::Wake::kDeadline || waits > e_.terms.sample ||
          waits + kExact <= e_.terms.sample) {
        continue;
      }
      auto& [count, end] = ends[wait.deadline.time_since_epoch() % period / kExact];
      ++count;
      end = wait.deadline;
    }
    std::optional<Microseconds> nearest;
    for (const auto& [place, many] : ends) {
      if (4 * many.first < e_.cycles.size()) continue;
      const Microseconds half = period / 2;
      const Microseconds off =
          ((many.second - latest) % period + period + half) % period - half;
      if (!nearest || std::chrono::abs(off) < std::chrono::abs(*nearest)) nearest = off;
    }
    return latest + nearest.value_or(Microseconds{0});
  }
  [[nodiscard]] Instant EndOf(std::uint64_t sequence) const {
    return first_end_ + static_cast<std::int64_t>(sequence - 1) * e_.terms.period;
  }

  void Freshness(const CycleRecord& record) {
    if (!record.inferred) return;
    const Microseconds age = BatchInHand(record) - EndOf(record.batch_sequence);
    if (record.batch_age > e_.terms.max_batch_age) {
      Say("a stale batch was inferred, by its own age of " + Text(record.batch_age));
    }
    if (age > e_.terms.max_batch_age + slack_) {
      Say("a stale batch was inferred, of " + Text(age));
    }
    if (record.batch_age + slack_ < age) {
      Say("told too young: " + Text(record.batch_age) + " of " + Text(age));
    }
    // A window is complete when its guard is over, at the latest.
    const Instant next = EndOf(record.batch_sequence + 1) + e_.terms.mcu_guard;
    if (next + slack_ < record.woke) {
      Say("a newer batch than " + std::to_string(record.batch_sequence) + " was there");
    }
  }

  void Once(const CycleRecord& record) {
    if (before_ != nullptr && record.cycle != before_->cycle + 1) {
      Say("follows cycle " + std::to_string(before_->cycle));
    }
    if (record.contract != e_.contract) Say("under contract " + record.contract);
    if (record.batch_sequence != 0) {
      if (record.batch_sequence <= newest_) Say("a batch came twice, or an older one");
      newest_ = std::max(newest_, record.batch_sequence);
    }
    if (!record.inferred) return;
    if (record.batch_sequence == 0) Say("inferred without a batch");
    if (inferred_at_ && BatchInHand(record) - *inferred_at_ + slack_ <
                            e_.terms.period - e_.terms.mcu_guard) {
      Say("inferred again after " + Text(BatchInHand(record) - *inferred_at_));
    }
    inferred_at_ = BatchInHand(record);
  }

  void AsleepOnTime(const CycleRecord& record) {
    const contract::Terms& t = e_.terms;
    Microseconds awake{0};
    for (const auto& [phase, allowed] :
         std::map<Phase, Milliseconds>{{Phase::kCollect, t.collect},
                                       {Phase::kInfer, t.infer},
                                       {Phase::kRelease, t.release},
                                       {Phase::kJudge, t.judge},
                                       {Phase::kReport, t.report}}) {
      awake += Took(record, phase);
      if (Took(record, phase) > allowed + e_.late) {
        Say("phase " + std::to_string(static_cast<int>(phase)) + " took " +
            Text(Took(record, phase)));
      }
    }
    if (awake > t.awake() + e_.late) Say("awake for " + Text(awake));
    if (record.wakeups_asleep > 0 && e_.late.count() == 0) Say("woke in its sleep");
    if (before_ == nullptr) return;
    // The cycle that first meets the firmware may be followed at once, in its rhythm.
    const bool rests = std::exchange(met_, met_ || Met(*before_));
    if (rests && Took(record, Phase::kSleep) + slack_ < t.computer_sleep) {
      Say("slept for " + Text(Took(record, Phase::kSleep)));
    }
    const Microseconds apart = record.woke - before_->woke;
    if (apart > 2 * t.period + t.awake() + e_.late) Say("woke after " + Text(apart));
  }

  static bool Met(const CycleRecord& record) {
    return record.why_abstained != Status::kLinkDown &&
           record.why_abstained != Status::kLinkVanished &&
           record.why_abstained != Status::kStaleNonce;
  }

  // Up to the newest that came: inferred, or in exactly one of the counts.
  void EveryBatchIsAccountedFor() {
    std::uint64_t counted = 0;
    for (const CycleRecord& record : e_.cycles) {
      counted += (record.inferred ? 1 : 0) + record.dropped_overrun +
                 std::uint64_t{record.dropped_stale} + record.dropped_corrupt +
                 record.dropped_gap;
    }
    if (counted == newest_) return;
    // A firmware that a busy machine stopped for a whole window has no batch of it.
    if (e_.late.count() > 0 && counted < newest_ && counted + 3 >= newest_) return;
    Say("of " + std::to_string(newest_) + " batches " + std::to_string(counted) +
        " were inferred or counted as dropped");
  }

  void LinesAreTheJournals() {
    std::istringstream lines(e_.lines);
    std::size_t count = 0;
    for (std::string text; std::getline(lines, text); ++count) {
      const auto line = nlohmann::json::parse(text, nullptr, false);
      if (!line.is_object() || count >= e_.cycles.size()) {
        return Say("a line that the journal does not know: " + text);
      }
      const CycleRecord& record = e_.cycles[count];
      if (line["cycle"] != record.cycle || line["inferred"] != record.inferred ||
          line["batch"] != record.batch_sequence ||
          line["dropped"]["overrun"] != record.dropped_overrun ||
          line["dropped"]["stale"] != record.dropped_stale ||
          line["deviations"].size() != record.deviations.size()) {
        return Say("not as journalled: " + text);
      }
    }
    // The last may have been journalled and not told when the run ended.
    if (count + 1 < e_.cycles.size()) Say("only " + std::to_string(count) + " lines");
  }

  // Once nobody has spoken to it for as long as a hand-over may take, the firmware wakes
  // for its sensor and for nothing else.
  void FirmwareSleeps() {
    std::optional<Instant> heard;
    for (const simulate::Waited& wait : e_.firmware_waits) {
      if (wait.wake_on_bytes == simulate::WakeOnBytes::kNo) continue;
      if (wait.why == simulate::Wake::kBytes) heard = wait.until;
      if (wait.why != simulate::Wake::kDeadline || !heard) continue;
      if (wait.until <= *heard + e_.terms.collect + kExact) continue;
      const Microseconds period = e_.terms.period;
      // From the end of a capture, which is one of the instants that it may wake at.
      const Microseconds after = ((wait.until - first_end_) % period + period) % period;
      const auto near = [&](Microseconds instant) {
        return after + kExact >= instant && after <= instant + kExact;
      };
      if (!near(Microseconds{0}) && !near(period) && !near(e_.terms.mcu_guard) &&
          !near(period - e_.terms.sample)) {
        return Say("the firmware woke at " + Text(wait.until.time_since_epoch()) +
                   " for no reason of its contract");
      }
    }
  }

  void NobodyRefusesOrCrashes() {
    if (e_.robot_exit != 0) Say("torpord ended with " + std::to_string(e_.robot_exit));
    if (!e_.firmware_lived) Say("the firmware ended: " + e_.firmware_words);
    if (!e_.robot_words.empty()) Say("torpord said: " + e_.robot_words);
    // It may say that it heard an old greeting; that changes nothing.
    const std::string old =
        "\"reason\":" + std::to_string(static_cast<int>(Status::kStaleNonce)) + ",";
    std::istringstream words(e_.firmware_words);
    for (std::string line; std::getline(words, line);) {
      if (line.find("\"reason\":") != std::string::npos &&
          line.find(old) == std::string::npos) {
        Say("the firmware said: " + line);
      }
    }
  }

  void Recovers() {
    std::size_t after = 0;
    std::size_t inferred = 0;
    for (const CycleRecord& record : e_.cycles) {
      if (record.woke < e_.faults_end || ++after <= kCyclesToRecover) continue;
      inferred += record.inferred ? 1 : 0;
      if (!record.inferred && e_.late.count() == 0) {
        Say("cycle " + std::to_string(record.cycle) +
            " infers nothing, long after the last fault: " +
            std::string(Info(record.why_abstained).name));
      }
      for (const auto& deviation : record.deviations) {
        if (e_.late.count() > 0) break;  // a busy machine deviates without a fault
        Say("cycle " + std::to_string(record.cycle) + " deviates: " +
            std::string(Info(deviation.what).name) + " " + deviation.detail);
      }
    }
    if (after > kCyclesToRecover && 2 * inferred < after - kCyclesToRecover) {
      Say("only " + std::to_string(inferred) + " of " +
          std::to_string(after - kCyclesToRecover) + " cycles infer, long after");
    }
    if (after < kCyclesToRecover + 3) Say("too few cycles after the faults to judge");
  }

  const Evidence& e_;
  const Microseconds slack_;
  const Instant first_end_;
  std::vector<std::string> broken_;
  std::string where_;
  const CycleRecord* before_ = nullptr;
  bool met_ = false;  // the firmware, before the last cycle
  std::uint64_t newest_ = 0;
  std::optional<Instant> inferred_at_;
};

}  // namespace

std::vector<std::string> Broken(const Evidence& evidence) {
  return Judge(evidence).All();
}

namespace {

// What the machine that runs a test does with its GPU is no matter of the robot's.
bool OfTheRobot(const telemetry::Deviation& deviation) {
  return deviation.what < Status::kGpuBacklog || deviation.what > Status::kGpuHot ||
         deviation.what == Status::kCpuSpun;
}

}  // namespace

std::optional<std::size_t> RecoveredAfter(const Evidence& evidence) {
  std::size_t after = 0;
  for (const CycleRecord& record : evidence.cycles) {
    if (record.woke < evidence.faults_end) continue;
    ++after;
    if (record.inferred && std::ranges::none_of(record.deviations, OfTheRobot))
      return after;
  }
  return std::nullopt;
}

std::uint64_t Dropped(const Evidence& evidence) {
  std::uint64_t dropped = 0;
  for (const CycleRecord& record : evidence.cycles) {
    dropped += record.dropped_overrun + std::uint64_t{record.dropped_stale} +
               record.dropped_corrupt + record.dropped_gap;
  }
  return dropped;
}

}  // namespace torpor::tests
