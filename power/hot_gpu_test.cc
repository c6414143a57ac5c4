#include "power/hot_gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace torpor::power {
namespace {

using contract::Residency::kChildExited;
using contract::Residency::kContextKept;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum HotCause;

// A sleep of 55 s under an Orin's GPU; the members are what a test spoils.
struct Slept {
  Slept() {
    GpuReading gpu;
    gpu.name = "17000000.gpu";
    gpu.status = RuntimeStatus::kSuspended;
    gpu.active = 100s;
    gpu.suspended = 900s;
    gpu.autosuspend_delay = 500ms;
    gpu.railgated = true;
    gpu.kept_on = false;
    gpu.min_hz = 306'000'000;
    gpu.max_hz = 1'020'000'000;
    gpu.steps_hz = {306'000'000, 612'000'000, 1'020'000'000};
    before.looked_for_gpu = after.looked_for_gpu = true;
    before.gpus = after.gpus = {gpu};
    before.gpus[0].status = RuntimeStatus::kActive;  // it waits for its 500 ms
    before.gpus[0].railgated = false;
    after.at = {before.at.boot + 55s, before.at.monotonic + 55s};
    Spend(54'500ms, 500ms);
  }
  void Spend(Milliseconds suspended, Milliseconds active) {
    after.gpus[0].suspended = *before.gpus[0].suspended + suspended;
    after.gpus[0].active = *before.gpus[0].active + active;
  }
  void Hot() {
    Spend(0ms, 55s);
    after.gpus[0].status = RuntimeStatus::kActive;
    after.gpus[0].railgated = false;
  }
  GpuReading& gpu() { return after.gpus[0]; }
  [[nodiscard]] GpuRest Judge(std::uint32_t resumes = 0) const {
    return RestBetween(before, after, own, resumes);
  }
  [[nodiscard]] std::vector<HotFinding> Causes() const {
    return CausesOf(Judge(), own, holders, cpu, after.at.boot - before.at.boot);
  }
  [[nodiscard]] std::vector<HotCause> Named() const {
    std::vector<HotCause> named;
    for (const HotFinding& finding : Causes()) named.push_back(finding.cause);
    return named;
  }

  Residency before, after;
  OwnAccount own;
  std::optional<Holders> holders = Holders{};
  CpuTimes cpu{Microseconds{900}, std::nullopt};
};

TEST(HotGpu, ASleepThatIsProvedHasNoCause) {
  const Slept slept;
  const GpuRest rest = slept.Judge();
  EXPECT_EQ(rest.rest, Rest::kAsleep) << rest.because;
  EXPECT_EQ(rest.suspended, 54'500ms);
  EXPECT_DOUBLE_EQ(rest.share.value(), 54.5 / 55);
  EXPECT_EQ(rest.because, "suspended for 54.5 s of 55.0 s");
  EXPECT_THAT(slept.Causes(), IsEmpty());
}

TEST(HotGpu, TheRailgateDelayAndTheReadingAreAllowedForAndNoMore) {
  Slept slept;
  slept.Spend(54'300ms, 700ms);
  EXPECT_EQ(slept.Judge().rest, Rest::kAsleep);
  slept.Spend(54'299ms, 701ms);
  EXPECT_EQ(slept.Judge().rest, Rest::kHot);
  slept.Spend(54'299ms, 700ms);
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "neither is proved";
  EXPECT_EQ(slept.Judge().share, std::nullopt);
}

// A machine that comes up early brings its GPU up, which its driver then holds as long as
// after any work: that is nobody's heat, and no rest.
TEST(HotGpu, EachTimeThatTheMachineCameUpExcusesOneDelayAndProvesNoRest) {
  Slept slept;
  slept.Spend(53'300ms, 1'700ms);
  EXPECT_EQ(slept.Judge().rest, Rest::kHot);
  EXPECT_EQ(slept.Judge(1).rest, Rest::kHot);
  const GpuRest excused = slept.Judge(2);
  EXPECT_EQ(excused.rest, Rest::kUnknown);
  EXPECT_EQ(excused.because, "active for 1.7 s, which early resumes excuse: 2");
  slept.Spend(53'299ms, 1'701ms);
  EXPECT_EQ(slept.Judge(2).rest, Rest::kHot);
  EXPECT_EQ(slept.Judge(4294967295).rest, Rest::kUnknown);
  slept.Spend(54'300ms, 700ms);
  EXPECT_EQ(slept.Judge(4294967295).rest, Rest::kAsleep);
}

TEST(HotGpu, WorkThatWasOutstandingIsABacklog) {
  Slept slept;
  slept.Spend(30s, 25s);
  slept.own = {.answer_outstanding = true, .child = 77};
  slept.holders->found = {{77, "torpor-gpu", "/dev/nvhost-gpu", 9}};
  EXPECT_THAT(slept.Named(), ElementsAre(kBacklog))
      << "its channel is open because it works";
  EXPECT_EQ(
      slept.Causes()[0].evidence,
      "17000000.gpu active for 25.0 s of 55.0 s: an answer was outstanding when the "
      "sleep began");
  EXPECT_EQ(slept.Causes()[0].seen, contract::Residency::kHot);
  EXPECT_NEAR(slept.Judge().share.value(), 30.0 / 55, 1e-9);
}

TEST(HotGpu, AnIdleProcessThatHoldsTheDeviceIsAChannel) {
  Slept slept;
  slept.Hot();
  slept.holders->found = {{31, "trtexec", "/dev/nvgpu/igpu0/ctrl", 3},
                          {812, "camera", "/dev/nvmap", 2},
                          {813, "c", "/dev/nvmap", 1},
                          {814, "d", "/dev/nvmap", 1}};
  slept.holders->closed = 4;
  EXPECT_THAT(slept.Named(), ElementsAre(kChannel));
  EXPECT_EQ(slept.Causes()[0].evidence,
            "17000000.gpu active for 55.0 s of 55.0 s: trtexec (pid 31) holds 3, one is "
            "/dev/nvgpu/igpu0/ctrl, camera (pid 812) holds 2, one is /dev/nvmap, c (pid "
            "813) holds 1, one is /dev/nvmap, and 1 more; 4 processes may not be looked "
            "at");
  EXPECT_EQ(slept.Causes()[0].seen, kContextKept);
}

TEST(HotGpu, OurOwnChildIsNoWorseThanTheRungItIsParkedOn) {
  Slept slept;
  slept.Hot();
  slept.own = {.child = 77, .parked = contract::Residency::kMemoryFreed};
  slept.holders->found = {{77, "torpor-gpu", "/dev/nvhost-gpu", 9}};
  EXPECT_THAT(slept.Named(), ElementsAre(kChannel));
  EXPECT_EQ(slept.Causes()[0].seen, contract::Residency::kMemoryFreed);
  slept.holders->found.push_back({31, "trtexec", "/dev/nvmap", 3});
  EXPECT_EQ(slept.Causes()[0].seen, kContextKept) << "somebody else is";
  slept.holders.reset();
  EXPECT_THAT(slept.Named(), ElementsAre(kChannel)) << "known without looking";
  EXPECT_THAT(slept.Causes()[0].evidence, HasSubstr("our child (pid 77) stays"));
}

TEST(HotGpu, APinIsNamedWithItsNodeAndItsValue) {
  Slept slept;
  slept.Hot();
  slept.gpu().kept_on = true;
  EXPECT_THAT(slept.Named(), ElementsAre(kClocks));
  EXPECT_THAT(slept.Causes()[0].evidence, HasSubstr(": power/control = on"));
  slept.gpu().min_hz = 1'020'000'000;
  EXPECT_THAT(
      slept.Causes()[0].evidence,
      HasSubstr("power/control = on, min_freq = 1020000000, max_freq = 1020000000"));
  slept.gpu().kept_on = false;
  EXPECT_THAT(slept.Named(), ElementsAre(kClocks));
  slept.gpu().min_hz = 306'000'000;
  slept.gpu().autosuspend_delay = -1ms;
  EXPECT_THAT(slept.Causes()[0].evidence, HasSubstr("autosuspend_delay_ms below 0"));
  slept.gpu().autosuspend_delay = 60s;
  EXPECT_THAT(slept.Causes()[0].evidence, HasSubstr("autosuspend_delay_ms = 60000"));
  slept.gpu().autosuspend_delay = 500ms;
  EXPECT_THAT(slept.Named(), ElementsAre(kUnknown));
}

TEST(HotGpu, AClockThatIsHeldAtItsLowestStepIsNoPin) {
  Slept slept;
  slept.Hot();
  slept.gpu().min_hz = slept.gpu().max_hz = 306'000'000;
  EXPECT_THAT(slept.Named(), ElementsAre(kUnknown));
  slept.gpu().min_hz = slept.gpu().max_hz = 612'000'000;
  EXPECT_THAT(slept.Named(), ElementsAre(kClocks)) << "capped and pinned";
  slept.gpu().steps_hz.clear();
  EXPECT_THAT(slept.Named(), ElementsAre(kClocks));
}

TEST(HotGpu, APinUnderWhichItSleptIsNoCause) {
  Slept slept;
  slept.gpu().min_hz = 1'020'000'000;
  EXPECT_THAT(slept.Causes(), IsEmpty());
  EXPECT_FALSE(slept.Judge().pins.empty()) << "the journal has it all the same";
}

TEST(HotGpu, AProcessOfOursOnAProcessorIsASpinUnderASleepingGpu) {
  Slept slept;
  slept.cpu.ours = 550ms;
  EXPECT_THAT(slept.Causes(), IsEmpty()) << "a hundredth of the sleep is allowed";
  slept.cpu.ours = 551ms;
  EXPECT_THAT(slept.Named(), ElementsAre(kSpin));
  EXPECT_EQ(slept.Judge().rest, Rest::kAsleep);
  EXPECT_EQ(slept.Causes()[0].evidence,
            "on a processor in 55.0 s of sleep: torpord 0.6 s");
  EXPECT_EQ(slept.Causes()[0].seen, kChildExited) << "it says nothing of the GPU";
  slept.cpu.childs = 54s;
  EXPECT_THAT(slept.Causes()[0].evidence,
              HasSubstr("the accelerator's child 54.0 s, torpord 0.6 s"));
  slept.after.gpus.clear();
  slept.before.gpus.clear();
  EXPECT_EQ(slept.Judge().rest, Rest::kNoGpu);
  EXPECT_THAT(slept.Named(), ElementsAre(kSpin)) << "nor does it need one";
}

TEST(HotGpu, AShortSleepHasNoSpinOfAFewMilliseconds) {
  Slept slept;
  slept.after.at.boot = slept.before.at.boot + 900ms;
  slept.after.at.monotonic = slept.before.at.monotonic + 900ms;
  slept.Spend(800ms, 100ms);
  slept.cpu.ours = 50ms;
  EXPECT_THAT(slept.Causes(), IsEmpty());
}

TEST(HotGpu, AllCausesAreNamedTheStrongestFirst) {
  Slept slept;
  slept.Hot();
  slept.own = {.answer_outstanding = true, .child = 77};
  slept.gpu().kept_on = true;
  slept.holders->found = {{77, "torpor-gpu", "/dev/nvmap", 9},
                          {31, "trtexec", "/dev/nvmap", 3}};
  slept.cpu.childs = 55s;
  EXPECT_THAT(slept.Named(), ElementsAre(kBacklog, kClocks, kChannel, kSpin));
  EXPECT_THAT(slept.Causes()[2].evidence, HasSubstr(": trtexec (pid 31)"));
  slept.gpu().kept_on = false;
  slept.gpu().min_hz = slept.gpu().max_hz;
  EXPECT_THAT(slept.Named(), ElementsAre(kBacklog, kChannel, kClocks, kSpin))
      << "a pinned clock does not keep a GPU up";
  slept.gpu().kept_on = true;
  EXPECT_THAT(slept.Named(), ElementsAre(kBacklog, kClocks, kChannel, kSpin))
      << "both of its nodes are one cause";
}

TEST(HotGpu, AHotOneWithoutACauseIsToldAllTheSame) {
  Slept slept;
  slept.Hot();
  slept.holders = {{}, 12, true};
  EXPECT_THAT(slept.Named(), ElementsAre(kUnknown));
  EXPECT_EQ(
      slept.Causes()[0].evidence,
      "17000000.gpu active for 55.0 s of 55.0 s: nobody is seen to hold it open; 12 "
      "processes may not be looked at; there are more than were looked at");
}

TEST(HotGpu, WhatCannotBeReadIsUnknownAndNeverGood) {
  Slept slept;
  slept.gpu().suspended.reset();
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept.gpu().active.reset();
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept.before.gpus[0].status.reset();
  slept.gpu().status.reset();
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept.before.gpus.clear();
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "not there before";
  slept = {};
  slept.after.gpus.clear();
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "not there after";
  EXPECT_EQ(slept.Judge().name, "17000000.gpu");
  slept.before.gpus.clear();
  EXPECT_EQ(slept.Judge().rest, Rest::kNoGpu);
  slept.after.looked_for_gpu = false;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "nobody could look";
  EXPECT_EQ(slept.Judge().share, std::nullopt);
}

TEST(HotGpu, WithoutItsAccountActiveBeforeAndAfterIsHot) {
  Slept slept;
  slept.Hot();
  slept.gpu().active.reset();
  EXPECT_EQ(slept.Judge().rest, Rest::kHot) << "suspended for no time at all";
  slept.gpu().suspended.reset();
  EXPECT_EQ(slept.Judge().rest, Rest::kHot);
  slept.before.gpus[0].status = RuntimeStatus::kSuspended;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "somebody may just have begun";

  slept = {};
  slept.Hot();
  slept.gpu().suspended.reset();
  slept.gpu().active = *slept.before.gpus[0].active + 600ms;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "active at both ends, for no longer";
}

TEST(HotGpu, CountersThatLieProveNothing) {
  Slept slept;
  slept.Spend(56s, 0ms);
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "longer than the sleep";
  slept.Spend(-1ms, 0ms);
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "backwards";
  slept.Spend(54'500ms, -1ms);
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept.Spend(0ms, 56s);
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept = {};
  slept.after.at.boot = slept.before.at.boot - 1s;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept.after.at.boot = slept.before.at.boot + 1s;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "the clocks contradict each other";
  slept.after.at.monotonic = slept.before.at.monotonic + 600ms;
  slept.after.at.boot = slept.before.at.boot + 600ms;
  slept.Spend(600ms, 0ms);
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown) << "too short to tell";
}

TEST(HotGpu, ASuspendedMachineKeepsNoAccountAndItsGpuIsDown) {
  Slept slept;
  slept.after.at.monotonic = slept.before.at.monotonic + 400ms;
  slept.Spend(0ms, 400ms);
  const GpuRest rest = slept.Judge();
  EXPECT_EQ(rest.rest, Rest::kAsleep) << rest.because;
  EXPECT_NEAR(rest.share.value(), 54.6 / 55, 1e-9);
}

TEST(HotGpu, ASuspendedGpuWhoseLastInferenceFailedProvesNothing) {
  Slept slept;
  slept.own.last_inference_worked = true;
  EXPECT_EQ(slept.Judge().rest, Rest::kAsleep);
  slept.own.last_inference_worked = false;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  EXPECT_EQ(slept.Judge().share, std::nullopt);
  EXPECT_THAT(slept.Judge().because, HasSubstr("may not power on"));
}

TEST(HotGpu, WhatContradictsASuspendedGpuIsBelieved) {
  Slept slept;
  slept.gpu().railgated = false;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept = {};
  slept.gpu().status = RuntimeStatus::kError;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept.gpu().status = RuntimeStatus::kUnsupported;
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
}

TEST(HotGpu, ADiscreteOneMustHaveLeftD0) {
  Slept slept;
  slept.gpu().discrete = true;
  slept.gpu().railgated.reset();
  slept.gpu().power_state = "D3cold";
  EXPECT_EQ(slept.Judge().rest, Rest::kAsleep);
  slept.gpu().power_state = "D3hot";
  EXPECT_EQ(slept.Judge().rest, Rest::kAsleep);
  slept.gpu().power_state = "D0";
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept.Hot();
  EXPECT_EQ(slept.Judge().rest, Rest::kHot);
}

TEST(HotGpu, OfSeveralTheOneThatRestedWorstIsTold) {
  Slept slept;
  slept.before.gpus.push_back(slept.before.gpus[0]);
  slept.after.gpus.push_back(slept.after.gpus[0]);
  slept.before.gpus[1].name = slept.after.gpus[1].name = "0000:01:00.0";
  EXPECT_EQ(slept.Judge().rest, Rest::kAsleep);
  slept.after.gpus[1].suspended.reset();
  EXPECT_EQ(slept.Judge().name, "0000:01:00.0");
  EXPECT_EQ(slept.Judge().rest, Rest::kUnknown);
  slept.Hot();
  EXPECT_EQ(slept.Judge().name, "17000000.gpu");
  EXPECT_EQ(slept.Judge().rest, Rest::kHot);
}

TEST(HotGpu, ProcessorsProveTheirShareOfASleep) {
  Slept slept;
  EXPECT_EQ(IdleShare(slept.before, slept.after), std::nullopt);
  slept.before.idle = {.cpus = 2, .deepest = 10s, .states = {}};
  slept.after.idle = {.cpus = 2, .deepest = 98s, .states = {}};
  EXPECT_DOUBLE_EQ(IdleShare(slept.before, slept.after).value(), 0.8);
  slept.after.at.boot += 45s;  // and was suspended for so long
  EXPECT_DOUBLE_EQ(IdleShare(slept.before, slept.after).value(), 0.89);
  slept.after.idle->cpus = 3;
  EXPECT_EQ(IdleShare(slept.before, slept.after), std::nullopt) << "one went away";
  slept.after.idle = {.cpus = 2, .deepest = 9s, .states = {}};
  EXPECT_EQ(IdleShare(slept.before, slept.after), std::nullopt) << "backwards";
  slept.after.idle->deepest = 1000s;
  EXPECT_EQ(IdleShare(slept.before, slept.after), std::nullopt) << "more than there was";
}

TEST(HotGpu, EachCauseHasItsOwnReason) {
  EXPECT_EQ(StatusOf(kBacklog), Status::kGpuBacklog);
  EXPECT_EQ(StatusOf(kChannel), Status::kGpuChannelOpen);
  EXPECT_EQ(StatusOf(kClocks), Status::kGpuClocksPinned);
  EXPECT_EQ(StatusOf(kSpin), Status::kCpuSpun);
  EXPECT_EQ(StatusOf(kUnknown), Status::kGpuHot);
}

}  // namespace
}  // namespace torpor::power
