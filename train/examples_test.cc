#include "train/examples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "train/test_fleet.h"

namespace torpor::train {
namespace {

class TrainExamples : public testing::Test {
 protected:
  TrainExamples() : corpus_(TestCorpus(recipe_)) {
    auto fleet = MeetFleet(corpus_, recipe_.machine);
    EXPECT_TRUE(fleet.ok());
    fleet_ = *std::move(fleet);
  }

  [[nodiscard]] Examples Make(Block block, std::uint64_t seed,
                              std::size_t threads) const {
    return MakeExamples({corpus_, fleet_, recipe_, seed}, block, 48, threads);
  }

  Recipe recipe_ = TestRecipe();
  Corpus corpus_;
  Fleet fleet_;
};

TEST_F(TrainExamples, DependOnTheSeedAndNotOnTheThreads) {
  const Examples one = Make(Block::kTraining, 1, 1);
  const Examples three = Make(Block::kTraining, 1, 3);
  const Examples other = Make(Block::kTraining, 2, 1);
  EXPECT_EQ(one.size(), 96U);
  EXPECT_EQ(one.tokens, 32U);
  EXPECT_EQ(one.inputs, three.inputs);
  EXPECT_EQ(one.log_classical, three.log_classical);
  EXPECT_NE(one.inputs, other.inputs);
}

TEST_F(TrainExamples, VoicesDoNotDependOnTheThreads) {
  const Corpus again = TestCorpus(recipe_, 3);
  for (std::size_t p = 0; p < corpus_.parts.size(); ++p) {
    EXPECT_EQ(again.parts[p].voices[0].looks, corpus_.parts[p].voices[0].looks);
    EXPECT_EQ(again.parts[p].voices[0].faulty, corpus_.parts[p].voices[0].faulty);
  }
}

TEST_F(TrainExamples, AreFiniteAndFaultsAreFartherAway) {
  const Examples examples = Make(Block::kTraining, 1, 1);
  EXPECT_TRUE(
      std::ranges::all_of(examples.inputs, [](float v) { return std::isfinite(v); }));
  double healthy = 0, faulty = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    (i % 2 == 0 ? healthy : faulty) += double{examples.log_classical[i]};
  }
  EXPECT_GT(faulty, healthy + 0.1 * static_cast<double>(examples.size()));
}

// Everything that training could know of the end of a healthy part is taken away, and
// nothing of what is trained on changes.
TEST_F(TrainExamples, OfTrainingNeverTouchTheHeldOutEnd) {
  const Examples before = Make(Block::kTraining, 1, 1);
  const Examples held_out = Make(Block::kValidation, 1, 1);
  for (HealthyPart& part : corpus_.parts) {
    Voice& voice = part.voices[0];
    const std::size_t kept = voice.windows() * 9 / 10;
    std::fill(voice.looks.begin() + static_cast<std::ptrdiff_t>(kept * voice.features),
              voice.looks.end(), 1e6F);
    for (std::size_t i = 0; i < voice.faulty_first.size(); ++i) {
      if (voice.faulty_first[i] + corpus_.score_cycles <= kept) continue;
      std::fill_n(voice.faulty.begin() + static_cast<std::ptrdiff_t>(i * voice.features),
                  voice.features, 1e6F);
    }
  }
  EXPECT_EQ(Make(Block::kTraining, 1, 1).inputs, before.inputs);
  EXPECT_NE(Make(Block::kValidation, 1, 1).inputs, held_out.inputs);
}

TEST_F(TrainExamples, AMachineIsNoPartOfItsOwnCovariance) {
  // Past its commissioning, so that nothing but its wandering changes.
  Voice& voice = corpus_.parts[0].voices[0];
  voice.looks[150 * voice.features + 10] += 50;
  const auto fleet = MeetFleet(corpus_, recipe_.machine);
  ASSERT_TRUE(fleet.ok());
  EXPECT_EQ(fleet->factors[0], fleet_.factors[0]);
  EXPECT_NE(fleet->factors[1], fleet_.factors[1]);
}

TEST(TrainVoice, AnotherMountingHearsTheSameMachineOtherwise) {
  Recipe recipe = TestRecipe();
  recipe.voice.mountings = 2;
  recipe.voice.faulty_minutes = 10;
  const Corpus corpus = TestCorpus(recipe);
  const auto& voices = corpus.parts[0].voices;
  ASSERT_EQ(voices.size(), 2U);
  EXPECT_EQ(voices[0].windows(), voices[1].windows());
  EXPECT_NE(voices[0].looks, voices[1].looks);
  EXPECT_TRUE(
      std::ranges::all_of(voices[1].looks, [](float v) { return std::isfinite(v); }));
}

}  // namespace
}  // namespace torpor::train
