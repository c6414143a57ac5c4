// The network's part in what is judged, with a network of random weights: what it says is
// nonsense, but always the same.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/test_folder.h"
#include "detect/detector.h"
#include "detect/evaluate.h"
#include "detect/replay.h"
#include "detect/test_machines.h"
#include "model/test_network.h"

namespace torpor::detect {
namespace {

constexpr Ground kGround{{1}};

std::shared_ptr<model::Inference> RandomModel(std::uint32_t seed) {
  const TestFolder folder;
  const auto path = folder / "random.model";
  const auto weights =
      model::RandomNetwork({16, 16, 32, 1, 2, 32, 16}, model::Precision::kInt8, seed);
  EXPECT_EQ(model::WriteNetwork(path, weights), Status::kOk);
  return *model::Inference::Open(path, 1);
}

FitOptions WithNetwork(model::Inference& network) {
  FitOptions options = TestOptions();
  options.network = &network;
  return options;
}

class NetworkChannel : public testing::Test {
 protected:
  NetworkChannel() {
    const auto lives = Fleet(5, 200, 200);
    std::string problem;
    baseline_ = Fit(Pointers(lives), WithNetwork(*model_), problem)->baseline;
  }

  Detector Fresh() const { return {baseline_, BoundTo(kGround, model_.get())}; }
  void Commission(Detector& detector) {
    while (!detector.commissioned()) {
      EXPECT_EQ(detector.Judge(LookAt(random_, 50, 0).output).why,
                Status::kCommissioning);
    }
  }
  Judgement Say(Detector& detector, float logit) {
    Look look = LookAt(random_, 50, 0);
    look.output.has_logit = true;
    look.output.logit = logit;
    return detector.Judge(look.output);
  }

  std::shared_ptr<model::Inference> model_ = RandomModel(1);
  Baseline baseline_;
  std::mt19937 random_{5};
};

TEST_F(NetworkChannel, IsFittedNestedAndBoundToItsFile) {
  EXPECT_EQ(baseline_.network, model_->digest());
  EXPECT_TRUE(std::isfinite(baseline_.logit_threshold));
  EXPECT_NE(baseline_.logit_threshold, 0);
  const auto lives = Fleet(5, 200, 200);
  std::string problem;
  const auto fitted = Fit(Pointers(lives), WithNetwork(*model_), problem);
  for (const Life& life : lives) {
    EXPECT_FALSE(Judge(life, *fitted, model_.get()).first_alarm) << life.id;
  }
  EXPECT_FALSE(fitted->logit_threshold_by.empty());
}

// What a network says of a machine that it was trained on is no threshold.
TEST_F(NetworkChannel, AStandInScoresAMachineThatTheNetworkKnows) {
  const auto lives = Fleet(5, 200, 200);
  const auto other = RandomModel(2);
  FitOptions options = WithNetwork(*model_);
  for (const Life& life : lives) options.stand_ins[life.id] = other.get();
  std::string problem;
  const auto fitted = Fit(Pointers(lives), options, problem);
  EXPECT_EQ(fitted->baseline.network, model_->digest());
  EXPECT_EQ(fitted->baseline.logit_threshold,
            Fit(Pointers(lives), WithNetwork(*other), problem)->baseline.logit_threshold);
  EXPECT_NE(fitted->baseline.logit_threshold, baseline_.logit_threshold);
}

TEST_F(NetworkChannel, LeavesTheClassicalThresholdAsItIsWithout) {
  const Baseline without = TestBaseline();
  EXPECT_FALSE(without.has_network());
  EXPECT_EQ(without.factor, baseline_.factor);
  EXPECT_GE(baseline_.threshold, without.threshold);
}

TEST_F(NetworkChannel, SpeaksWhenItIsTheMoreAlarmed) {
  Detector detector = Fresh();
  Commission(detector);
  const Judgement quiet = Say(detector, -1000);
  EXPECT_EQ(quiet.spoke, Channel::kClassical);
  EXPECT_EQ(quiet.verdict, Verdict::kNormal);
  const Judgement loud = Say(detector, 60);
  EXPECT_EQ(loud.spoke, Channel::kNetwork);
  ASSERT_TRUE(loud.measured.logit);
  const double excess = *loud.measured.logit - baseline_.logit_threshold;
  EXPECT_NEAR(loud.score, std::exp(excess), 1e-6);
  int alarms = 0;
  for (int i = 0; i < 20; ++i) alarms += Say(detector, 60).alarm ? 1 : 0;
  EXPECT_EQ(alarms, 1);
}

// What the network says is weighed with how far the spectrum is from its usual distance.
TEST_F(NetworkChannel, CountsTheDistanceIntoItsLogit) {
  Detector detector = Fresh();
  Commission(detector);
  const Judgement near = Say(detector, 2);
  Look look = LookAt(random_, 50, 3);
  look.output.has_logit = true;
  look.output.logit = 2;
  const Judgement far = detector.Judge(look.output);
  const double ratio = far.measured.distance / near.measured.distance;
  EXPECT_GT(ratio, 1.2);
  EXPECT_NEAR(*far.measured.logit - *near.measured.logit, std::log(ratio), 1e-9);
}

TEST_F(NetworkChannel, IsNotJudgedWithout) {
  Detector detector = Fresh();
  Commission(detector);
  const auto before = detector.Save();
  EXPECT_EQ(detector.Judge(LookAt(random_, 50, 0).output).why, Status::kInternal);
  EXPECT_EQ(Say(detector, std::numeric_limits<float>::quiet_NaN()).why,
            Status::kNotANumber);
  EXPECT_EQ(detector.Save(), before);
}

TEST_F(NetworkChannel, IsNotHeardByADetectorThatIsBoundToNone) {
  Detector detector(baseline_, BoundTo(kGround, nullptr));
  Commission(detector);
  const Judgement judged = Say(detector, 1e6F);
  EXPECT_EQ(judged.spoke, Channel::kClassical);
  EXPECT_FALSE(judged.measured.logit);
}

TEST_F(NetworkChannel, AStateOfAnotherNetworkIsRefused) {
  Detector detector = Fresh();
  Detector without(baseline_, BoundTo(kGround, nullptr));
  Detector other(baseline_, BoundTo(kGround, RandomModel(2).get()));
  EXPECT_EQ(detector.Load(without.Save()), Status::kModelMismatch);
  EXPECT_EQ(without.Load(detector.Save()), Status::kModelMismatch);
  EXPECT_EQ(other.Load(detector.Save()), Status::kModelMismatch);
  EXPECT_EQ(detector.Load(Fresh().Save()), Status::kOk);
}

// The robot's order: context, inference, judgement; a workstation's replay is the same.
TEST_F(NetworkChannel, AReplayIsWhatTheRobotDoes) {
  const Life life = LifeOf(50, 80, 40);
  const auto replayed = Replay(life, baseline_, model_.get(), 80);
  Detector detector = Fresh();
  for (std::size_t i = 0; i < life.looks.size(); ++i) {
    model::Output output = life.looks[i].output;
    if (detector.context().knows_the_machine()) {
      ASSERT_EQ(model_->Logit(detector.context(), output.features(), output.logit),
                Status::kOk);
      output.has_logit = true;
    }
    const Judgement judged = detector.Judge(output);
    EXPECT_EQ(judged.score, replayed[i].score) << i;
    EXPECT_EQ(judged.measured.logit, replayed[i].measured.logit);
  }
}

}  // namespace
}  // namespace torpor::detect
