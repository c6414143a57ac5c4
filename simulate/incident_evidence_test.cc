// Evidence as a run leaves it, and the same with one thing wrong: whoever plays faults
// must not believe a robot that says nothing, or the wrong thing, or says it too late.
#include "simulate/incident_evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/test_terms.h"

namespace torpor::simulate {
namespace {

using std::chrono_literals::operator""s;
using testing::HasSubstr;

constexpr int kCycles = 8;
constexpr Instant kBegan{190s};  // in the sleep between cycles 4 and 5

// One cycle a minute, the first without a batch; the network is asked from cycle 3 on.
IncidentEvidence Healthy() {
  IncidentEvidence evidence;
  evidence.terms = contract::GoodTerms();
  for (int i = 1; i <= kCycles; ++i) {
    telemetry::CycleRecord record;
    record.cycle = static_cast<std::uint64_t>(i);
    record.woke = Instant((i - 1) * 60s);
    record.inferred = i > 1;
    record.batch_sequence = static_cast<std::uint64_t>(i - 1);
    record.batch_age = 2s;
    record.why_abstained = i < 3 ? Status::kCommissioning : Status::kOk;
    if (i > 1) {
      record.sleep.emplace();
      record.slept = 0.99;
    }
    evidence.cycles.push_back(record);
    evidence.pages.emplace_back("# metrics\n");
    evidence.lines += "cycle\n";
  }
  evidence.jobs = 1 + kCycles - 2;
  return evidence;
}

void Remake(IncidentEvidence& evidence) {
  evidence.lines.clear();
  int hot = 0;
  for (std::size_t i = 0; i < evidence.cycles.size(); ++i) {
    std::string line = "cycle";
    for (const auto& deviation : evidence.cycles[i].deviations) {
      if (deviation.what != Status::kGpuClocksPinned) continue;
      line += "  ! gpu-clocks-pinned (power/control = on)";
      ++hot;
    }
    evidence.lines += line + "\n";
    evidence.pages[i] = "# metrics\ntorpor_gpu_hot_cycles_total{cause=\"clocks\"} " +
                        std::to_string(hot) + "\n";
  }
}

IncidentEvidence Pinned() {
  IncidentEvidence evidence = Healthy();
  evidence.what = Incident::kClocksPinned;
  evidence.began = kBegan;
  for (auto& record : evidence.cycles) {
    if (record.woke > kBegan) {
      record.deviations = {{Status::kGpuClocksPinned, "power/control = on"}};
    }
  }
  Remake(evidence);
  return evidence;
}

// No link for the cycles 5 and 6.
IncidentEvidence Flooded() {
  IncidentEvidence evidence = Healthy();
  evidence.what = Incident::kQueueFlooded;
  evidence.began = kBegan;
  evidence.ended = Instant(330s);
  evidence.terms.queue_limit_batches = 2;
  for (const std::size_t down : {4U, 5U}) {
    evidence.cycles[down].inferred = false;
    evidence.cycles[down].batch_sequence = 0;
    evidence.cycles[down].deviations = {{Status::kLinkTimeout, ""}};
  }
  evidence.cycles[6].dropped_overrun = 2;
  evidence.pages[6] += "torpor_batches_dropped_total{reason=\"overrun\"} 2\n";
  evidence.jobs -= 2;
  return evidence;
}

// In cycle 5, and gone again.
IncidentEvidence Hung() {
  IncidentEvidence evidence = Healthy();
  evidence.what = Incident::kSessionHangs;
  evidence.began = kBegan;
  evidence.cycles[4].deviations = {{Status::kAcceleratorLate, "killed"}};
  for (auto& record : evidence.cycles) record.verdict = telemetry::Verdict::kNormal;
  evidence.pages[4] += "torpor_accelerator_kills_total 1\n";
  return evidence;
}

IncidentEvidence Disagreeing() {
  IncidentEvidence evidence;
  evidence.what = Incident::kDisagrees;
  evidence.terms = contract::GoodTerms();
  evidence.robot_exit = 78;
  evidence.robot_words =
      R"({"reason":1010,"where":"period_ms","ours":"60000 ms","theirs":"100000 ms"})"
      "\n";
  evidence.firmware_words =
      R"({"reason":1010,"name":"period_ms","ours":"100000 ms","theirs":"60000 ms"})"
      "\n";
  return evidence;
}

void ExpectUnnamed(const IncidentEvidence& evidence, const char* because) {
  const auto account = Judge(evidence);
  EXPECT_EQ(account.verdict, Status::kIncidentUnnamed) << account.because;
  EXPECT_THAT(account.because, HasSubstr(because));
  EXPECT_THAT(InWords(account), HasSubstr("340 incident-unnamed: "));
}

void ExpectMisnamed(const IncidentEvidence& evidence, const char* because) {
  const auto account = Judge(evidence);
  EXPECT_EQ(account.verdict, Status::kIncidentMisnamed) << account.because;
  EXPECT_THAT(account.because, HasSubstr(because));
}

TEST(IncidentEvidence, WhatIsNamedInItsFirstCycleIsGood) {
  for (const auto& evidence : {Healthy(), Pinned(), Hung(), Flooded(), Disagreeing()}) {
    const auto account = Judge(evidence);
    EXPECT_EQ(account.verdict, Status::kOk) << account.because;
    EXPECT_EQ(account.because, "");
  }
  EXPECT_EQ(Judge(Pinned()).first_cycle, 5U);
  EXPECT_EQ(Judge(Pinned()).told.front(),
            (Told{"torpord", 5, 442, "gpu-clocks-pinned", "power/control = on"}));
}

TEST(IncidentEvidence, ACycleLateIsNotNamed) {
  IncidentEvidence evidence = Pinned();
  evidence.cycles[4].deviations.clear();
  EXPECT_EQ(Judge(evidence).because, "cycle 5 does not name gpu-clocks-pinned");
  Remake(evidence);
  ExpectUnnamed(evidence, "cycle 5 does not name gpu-clocks-pinned");
}

TEST(IncidentEvidence, JournalLineAndMetricsMustAgree) {
  IncidentEvidence silent = Pinned();
  silent.pages[4] = "# metrics\n";
  ExpectUnnamed(silent, "the metrics of cycle 5 lack torpor_gpu_hot_cycles_total");
  IncidentEvidence miscounted = Pinned();
  miscounted.pages[6] = miscounted.pages[4];
  ExpectUnnamed(miscounted, "the metrics of cycle 7 lack");
  IncidentEvidence unsaid = Pinned();
  unsaid.lines = Healthy().lines;
  ExpectUnnamed(unsaid, "the line of cycle 5");
  IncidentEvidence unpushed = Pinned();
  unpushed.pages.pop_back();
  ExpectUnnamed(unpushed, "not each cycle was told to the gateway");
}

TEST(IncidentEvidence, AnotherCauseOrOneTooEarlyIsMisnamed) {
  IncidentEvidence other = Pinned();
  other.cycles[5].deviations.push_back({Status::kGpuChannelOpen, "somebody"});
  ExpectMisnamed(other, "cycle 6 names gpu-channel-open: somebody");
  IncidentEvidence early = Pinned();
  early.cycles[1].deviations = early.cycles[4].deviations;
  ExpectMisnamed(early, "cycle 2 names gpu-clocks-pinned");
}

TEST(IncidentEvidence, AQuietNightIsQuietOnlyWhereSomebodyLooked) {
  IncidentEvidence loud = Healthy();
  loud.cycles[3].deviations = {{Status::kGpuHot, "up"}};
  ExpectMisnamed(loud, "cycle 4 names gpu-hot: up");
  IncidentEvidence blind = Healthy();
  blind.cycles[3].sleep.reset();
  ExpectUnnamed(blind, "of the sleep before cycle 4 rest is not proved");
  IncidentEvidence unproved = Healthy();
  unproved.cycles[7].slept.reset();
  ExpectUnnamed(unproved, "of the sleep before cycle 8 rest is not proved");
}

TEST(IncidentEvidence, AFaultThatNoCycleCouldSeeProvesNothing) {
  IncidentEvidence late = Pinned();
  late.began = Instant(3600s);
  ExpectUnnamed(late, "the run ended before the fault could be seen");
  IncidentEvidence never = Pinned();
  never.began.reset();
  ExpectUnnamed(never, "the run ended before the fault could be seen");
  IncidentEvidence dead = Pinned();
  dead.robot_exit = 70;
  ExpectUnnamed(dead, "torpord ended with 70");
}

TEST(IncidentEvidence, AHangMustEndInItsCycleAndCostNoVerdict) {
  IncidentEvidence late = Hung();
  late.cycles[4].deviations.clear();
  ExpectUnnamed(late, "cycle 5 does not name accelerator-late");
  IncidentEvidence lost = Hung();
  lost.cycles[4].verdict = telemetry::Verdict::kAbstain;
  ExpectUnnamed(lost, "the verdict of cycle 5 was lost");
  IncidentEvidence uncounted = Hung();
  uncounted.pages[4] = "# metrics\n";
  ExpectUnnamed(uncounted, "the metrics of cycle 5 lack torpor_accelerator_kills_total");
  IncidentEvidence hot = Hung();
  hot.cycles[5].slept = 0.1;
  ExpectUnnamed(hot, "of the sleep before cycle 6 rest is not proved");
  IncidentEvidence again = Hung();
  again.cycles[6].deviations = again.cycles[4].deviations;
  ExpectMisnamed(again, "cycle 7 names accelerator-late");
}

TEST(IncidentEvidence, AFloodMustBeCountedToTheLastBatch) {
  IncidentEvidence lost = Flooded();
  lost.cycles[6].dropped_overrun = 1;
  ExpectUnnamed(lost, "3 batches were made, 1 was inferred and 1 are counted as dropped");
  IncidentEvidence stale = Flooded();
  stale.cycles[6].batch_age = 3600s;
  ExpectUnnamed(stale, "a batch over its age was inferred");
  IncidentEvidence idle = Flooded();
  idle.cycles[6].inferred = false;
  ExpectUnnamed(idle, "cycle 7 did not infer");
  IncidentEvidence roomy = Flooded();
  roomy.terms.queue_limit_batches = 3;
  ExpectUnnamed(roomy, "no more came than there is room for");
  IncidentEvidence silent = Flooded();
  silent.cycles[4].deviations.clear();
  ExpectUnnamed(silent, "cycle 5 does not name link-timeout");
  IncidentEvidence untold = Flooded();
  untold.pages[6] = "# metrics\n";
  ExpectUnnamed(untold, "the metrics lack torpor_batches_dropped_total");
}

TEST(IncidentEvidence, AQueueThatIsWorkedOffIsFoundByTheGpusOwnCount) {
  IncidentEvidence evidence = Flooded();
  evidence.jobs += 2;  // every batch that had waited
  ExpectUnnamed(evidence, "the GPU was given 7 pieces of work, 4 inferences");
  IncidentEvidence again = Healthy();
  again.cycles[5].batch_sequence = again.cycles[4].batch_sequence;
  ExpectUnnamed(again, "cycle 6 infers an old batch");
}

TEST(IncidentEvidence, ADisagreementIsRefusedByBothWithTheSameTwoValuesAndCheaply) {
  IncidentEvidence boots = Disagreeing();
  boots.robot_exit = 0;
  ExpectUnnamed(boots, "torpord ended with 0 and not with 78");
  IncidentEvidence mute = Disagreeing();
  mute.firmware_words.clear();
  ExpectUnnamed(mute, "torpor-firmware gives no reason");
  IncidentEvidence values = Disagreeing();
  values.firmware_words = values.robot_words;
  ExpectUnnamed(values, "the two do not name the same two values");
  IncidentEvidence dear = Disagreeing();
  dear.last_waking = Instant(dear.terms.period) + 1s;
  ExpectUnnamed(dear, "somebody woke after the first period");
  IncidentEvidence works = Disagreeing();
  works.cycles = Healthy().cycles;
  ExpectUnnamed(works, "there was a cycle all the same");
  IncidentEvidence other = Disagreeing();
  other.robot_words.replace(other.robot_words.find("1010"), 4, "1041");
  ExpectMisnamed(other, "reason 1041 and not 1010");
}

TEST(IncidentEvidence, WhatAProgramSaysCannotBreakTheJson) {
  IncidentEvidence evidence = Pinned();
  evidence.cycles[5].deviations[0].detail = "\xFF\"\n";
  EXPECT_THAT(Json({Judge(evidence)}), HasSubstr("\"reason\": 442"));
}

}  // namespace
}  // namespace torpor::simulate
