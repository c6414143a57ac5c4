#include "detect/detector.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "core/crc32.h"
#include "detect/test_machines.h"

namespace torpor::detect {
namespace {

constexpr Ground kGround{{1}};

class DetectorTest : public testing::Test {
 protected:
  DetectorTest()
      : baseline_(TestBaseline()), detector_(baseline_, BoundTo(kGround, nullptr)) {}

  Judgement Next(double fault = 0) {
    return detector_.Judge(LookAt(random_, 50, fault).output);
  }
  void Commission() {
    while (!detector_.commissioned()) EXPECT_EQ(Next().why, Status::kCommissioning);
  }

  Baseline baseline_;
  Detector detector_;
  std::mt19937 random_{5};
};

TEST_F(DetectorTest, AbstainsUntilItKnowsItsMachine) {
  for (std::uint32_t i = 1; i <= kTestRule.commissioning_cycles; ++i) {
    const Judgement judged = Next();
    EXPECT_EQ(judged.verdict, Verdict::kAbstain);
    EXPECT_EQ(judged.why, Status::kCommissioning);
    EXPECT_EQ(detector_.commissioned_cycles(), i);
  }
  EXPECT_EQ(Next().verdict, Verdict::kNormal);
}

TEST_F(DetectorTest, StaysQuietOnAHealthyMachineAndScreamsOnceOnAFault) {
  Commission();
  for (int i = 0; i < 300; ++i) ASSERT_NE(Next().verdict, Verdict::kAnomaly) << i;
  int alarms = 0;
  Judgement judged;
  for (int i = 0; i < 60; ++i) {
    judged = Next(0.05 * i);
    alarms += judged.alarm ? 1 : 0;
  }
  EXPECT_EQ(alarms, 1);
  EXPECT_EQ(judged.verdict, Verdict::kAnomaly);
  EXPECT_GT(judged.score, 1.0);
  EXPECT_TRUE(detector_.in_episode());
}

// A single wild window is in score_cycles means, and alarm_k is more than those.
TEST_F(DetectorTest, OneWildWindowIsNoAlarm) {
  Commission();
  Next(50);
  for (int i = 0; i < 20; ++i) EXPECT_NE(Next().verdict, Verdict::kAnomaly);
}

TEST_F(DetectorTest, AbstainsAtRest) {
  Commission();
  Look look = LookAt(random_, 50, 0);
  look.output.levels.rms_g[0] = 0.29F;
  EXPECT_EQ(detector_.Judge(look.output).why, Status::kStandstill);
  look.output.levels.rms_g[0] = 0.31F;
  EXPECT_EQ(detector_.Judge(look.output).verdict, Verdict::kNormal);
}

TEST_F(DetectorTest, DoesNotCommissionAtRest) {
  Look look = LookAt(random_, 50, 0);
  look.output.levels.rms_g[0] = 0.05F;
  EXPECT_EQ(detector_.Judge(look.output).why, Status::kStandstill);
  EXPECT_EQ(detector_.commissioned_cycles(), 0U);
}

TEST_F(DetectorTest, AbstainsWhenTheSensorsOffsetHasMoved) {
  Commission();
  Look look = LookAt(random_, 50, 0);
  look.output.levels.offset_g[0] += 0.6F;
  EXPECT_EQ(detector_.Judge(look.output).why, Status::kSensorOffset);
}

TEST_F(DetectorTest, NoValueCrashesItAndNoneThatIsNoNumberIsRemembered) {
  Commission();
  const auto before = detector_.Save();
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    Look look = LookAt(random_, 50, 0);
    look.output.values[17] = value;
    EXPECT_EQ(detector_.Judge(look.output).why, Status::kNotANumber);
    look = LookAt(random_, 50, 0);
    look.output.levels.rms_g[0] = value;
    EXPECT_EQ(detector_.Judge(look.output).why, Status::kNotANumber);
    look = LookAt(random_, 50, 0);
    look.output.levels.offset_g[0] = value;
    EXPECT_EQ(detector_.Judge(look.output).why, Status::kNotANumber);
  }
  EXPECT_EQ(detector_.Judge(model::Output{}).why, Status::kBatchShape);
  model::Output many;
  many.count = 4'000'000'000U;
  EXPECT_EQ(detector_.Judge(many).why, Status::kBatchShape);
  EXPECT_EQ(detector_.Save(), before);

  Look look = LookAt(random_, 50, 0);
  look.output.values.fill(std::numeric_limits<float>::max());
  const Judgement judged = detector_.Judge(look.output);
  EXPECT_TRUE(judged.verdict == Verdict::kAbstain || std::isfinite(judged.score));
}

// What kill -9 between any two cycles leaves: the same verdicts as without it.
TEST_F(DetectorTest, ContinuesBitForBitFromAnyCycle) {
  Detector restarted(baseline_, BoundTo(kGround, nullptr));
  for (int i = 0; i < 80; ++i) {
    const Look look = LookAt(random_, 50, i < 50 ? 0 : 0.1 * (i - 50));
    const Judgement judged = detector_.Judge(look.output);
    const Judgement again = restarted.Judge(look.output);
    EXPECT_EQ(judged.verdict, again.verdict);
    EXPECT_EQ(judged.score, again.score);
    EXPECT_EQ(judged.alarm, again.alarm);
    Detector fresh(baseline_, BoundTo(kGround, nullptr));
    ASSERT_EQ(fresh.Load(detector_.Save()), Status::kOk);
    EXPECT_EQ(fresh.Save(), detector_.Save());
    restarted = std::move(fresh);
  }
}

TEST_F(DetectorTest, RemembersHowItsMachineRunsAcrossARestart) {
  Commission();
  Detector restarted(baseline_, BoundTo(kGround, nullptr));
  ASSERT_EQ(restarted.Load(detector_.Save()), Status::kOk);
  Look look = LookAt(random_, 50, 0);
  look.output.levels.rms_g[0] = 0.29F;
  EXPECT_EQ(restarted.Judge(look.output).why, Status::kStandstill);
  look.output.levels.rms_g[0] = 0.31F;
  EXPECT_EQ(restarted.Judge(look.output).verdict, Verdict::kNormal);
  look.output.levels.offset_g[0] += 0.6F;
  EXPECT_EQ(restarted.Judge(look.output).why, Status::kSensorOffset);
}

// A checksum that is right is no proof: anyone can compute it.
TEST_F(DetectorTest, RefusesAnotherLengthEvenUnderAGoodChecksum) {
  auto bytes = detector_.Save();
  bytes.insert(bytes.end() - 4, std::byte{});
  ByteWriter crc(std::span<std::byte>(bytes).last(4));
  crc.Write(Crc32(std::span(bytes).first(bytes.size() - 4)));
  EXPECT_EQ(detector_.Load(bytes), Status::kStateMalformed);
}

// Whatever bytes stand under a good checksum: refused, or numbers that can be judged by.
TEST_F(DetectorTest, SurvivesHostileStatesUnderAGoodChecksum) {
  Commission();
  const auto good = detector_.Save();
  std::mt19937 random(11);
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    auto bad = good;
    for (int flips = 0; flips < 3; ++flips) {
      // Behind digests and ground, which would refuse it at once.
      const std::size_t at = 140 + random() % (bad.size() - 144);
      bad[at] = static_cast<std::byte>(random() % 4 == 0 ? 0xFF : random());
    }
    ByteWriter crc(std::span<std::byte>(bad).last(4));
    crc.Write(Crc32(std::span(bad).first(bad.size() - 4)));
    Detector hostile(baseline_, BoundTo(kGround, nullptr));
    if (hostile.Load(bad) != Status::kOk) {
      ++refused;
      continue;
    }
    for (int cycle = 0; cycle < 5; ++cycle) {
      const Judgement judged = hostile.Judge(LookAt(random_, 50, 0).output);
      EXPECT_TRUE(judged.verdict == Verdict::kAbstain || std::isfinite(judged.score));
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_F(DetectorTest, RefusesAStateThatIsNotItsOwnAndStaysAsItWas) {
  Commission();
  const auto before = detector_.Save();

  std::string why;
  Detector other_ground(baseline_, BoundTo(Ground{{2}}, nullptr));
  EXPECT_EQ(detector_.Load(other_ground.Save(), &why), Status::kContractDiffers);
  EXPECT_EQ(why, "sample_ms was 2, is 1");
  Baseline changed = baseline_;
  changed.deviation[7] *= 2;
  EXPECT_EQ(detector_.Load(Detector(changed, BoundTo(kGround, nullptr)).Save(), &why),
            Status::kBaselineMismatch);
  EXPECT_EQ(why, "another baseline");
  EXPECT_EQ(detector_.Load({}), Status::kStateMalformed);
  EXPECT_EQ(detector_.Save(), before);
}

// Fitted anew on the same machines for another rule of alarm: what this machine taught
// stays, and the new rule and its thresholds are obeyed.
TEST_F(DetectorTest, GoesOnUnderAnotherRuleOfAlarm) {
  Commission();
  const auto lives = Fleet(5, 200, 200);
  FitOptions options = TestOptions();
  options.rule.alarm_k = options.rule.alarm_n = 1;
  std::string problem;
  const auto refitted = Fit(Pointers(lives), options, problem);
  ASSERT_TRUE(refitted.ok()) << problem;
  ASSERT_NE(refitted->baseline.threshold, baseline_.threshold);
  Detector next(refitted->baseline, BoundTo(kGround, nullptr));
  ASSERT_EQ(next.Load(detector_.Save()), Status::kOk);
  EXPECT_EQ(next.commissioned_cycles(), kTestRule.commissioning_cycles);
  const auto look = LookAt(random_, 50, 50);
  EXPECT_EQ(detector_.Judge(look.output).verdict, Verdict::kNormal) << "one is too few";
  EXPECT_EQ(next.Judge(look.output).verdict, Verdict::kAnomaly);
}

// As the version before this one saved it: the digest of the whole baseline, a contract's
// id, and no n.
TEST_F(DetectorTest, TakesOverWhatTheVersionBeforeHadLearned) {
  Commission();
  const auto now = detector_.Save();
  const auto before = [&](const Digest& baseline) {
    std::vector<std::byte> bytes(now.size() - 64 + 32 - 4);
    ByteWriter out(bytes);
    const std::size_t alarm = now.size() - 4 - (9 + kTestRule.alarm_n);
    out.Write(std::span(now).first(8));
    out.Write(std::uint32_t{3});
    out.Write(baseline);
    out.Write(Digest{std::byte{77}});
    out.Write(std::span(now).subspan(140 - 32, 32));
    out.Write(std::span(now).subspan(140, alarm - 4 - 140));
    out.Write(std::span(now).subspan(alarm, 9 + kTestRule.alarm_n));
    out.Write(Crc32(out.written()));
    EXPECT_EQ(out.written().size(), bytes.size());
    return bytes;
  };
  Detector fresh(baseline_, BoundTo(kGround, nullptr));
  std::string why;
  EXPECT_EQ(fresh.Load(before(Digest{std::byte{1}}), &why), Status::kBaselineMismatch);
  EXPECT_EQ(fresh.commissioned_cycles(), 0U);
  ASSERT_EQ(fresh.Load(before(baseline_.digest), &why), Status::kOk) << why;
  EXPECT_EQ(fresh.Save(), now);
}

TEST_F(DetectorTest, RefusesEveryFlippedByteAndEveryLength) {
  Commission();
  const auto good = detector_.Save();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= std::byte{0x10};
    EXPECT_NE(detector_.Load(bad), Status::kOk) << i;
  }
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(detector_.Load(std::span(good).first(length)), Status::kStateMalformed);
  }
  auto longer = good;
  longer.push_back({});
  EXPECT_EQ(detector_.Load(longer), Status::kStateMalformed);
}

}  // namespace
}  // namespace torpor::detect
