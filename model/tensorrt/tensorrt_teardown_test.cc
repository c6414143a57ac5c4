#include "model/tensorrt/teardown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace torpor::model::tensorrt {
namespace {

using testing::ElementsAre;

// Holds what it was told to, and writes down what is asked of it.
struct Owner {
  std::set<Part> held;
  std::vector<Part> released;

  [[nodiscard]] bool Holds(Part part) const { return held.contains(part); }
  void Release(Part part) {
    EXPECT_TRUE(held.contains(part));
    held.erase(part);
    released.push_back(part);
  }
};

TEST(Teardown, WaitsThenGivesBackContextThenEngineThenRuntime) {
  Owner owner{{Part::kRuntime, Part::kEngine, Part::kActivations, Part::kContext,
               Part::kStream, Part::kWork},
              {}};
  GiveBackInOrder(owner);
  EXPECT_THAT(owner.released,
              ElementsAre(Part::kWork, Part::kStream, Part::kContext, Part::kActivations,
                          Part::kEngine, Part::kRuntime));
  GiveBackInOrder(owner);  // harmless
  EXPECT_EQ(owner.released.size(), kParts);
}

TEST(Teardown, GivesBackWhatThereIsAndNothingElse) {
  for (unsigned chosen = 0; chosen < 1U << kParts; ++chosen) {
    Owner owner;
    for (std::size_t part = 0; part < kParts; ++part) {
      if ((chosen >> part & 1U) != 0) owner.held.insert(static_cast<Part>(part));
    }
    const std::set<Part> before = owner.held;
    GiveBackInOrder(owner);
    EXPECT_TRUE(owner.held.empty());
    EXPECT_EQ(std::set(owner.released.begin(), owner.released.end()), before);
    EXPECT_EQ(owner.released.size(), before.size()) << "one was given back twice";
    EXPECT_TRUE(std::ranges::is_sorted(owner.released, {}, PlaceOf));
  }
}

TEST(Teardown, EveryPartHasOneStepWithItsReason) {
  std::set<Part> parts;
  for (const TeardownStep& step : kTeardown) {
    parts.insert(step.part);
    EXPECT_FALSE(step.why_here.empty());
  }
  EXPECT_EQ(parts.size(), kParts);
}

}  // namespace
}  // namespace torpor::model::tensorrt
