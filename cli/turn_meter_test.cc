#include "cli/turn_meter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace torpor::cli {
namespace {

using std::chrono_literals::operator""ms;

// One rail whose power, or loss, is set from outside.
class Settable final : public power::Meter {
 public:
  explicit Settable(std::atomic<std::int64_t>& microwatts) : microwatts_(microwatts) {
    rails_.emplace_back();
    rails_[0].name = "VDD_IN";
    rails_[0].whole_machine = true;
  }
  [[nodiscard]] std::string_view name() const override { return "settable"; }
  [[nodiscard]] std::span<const power::Rail> rails() const override { return rails_; }
  void Read(std::span<power::Reading> readings) override {
    const std::int64_t now = microwatts_;
    readings[0] = now < 0 ? power::Reading() : power::Reading(now);
  }

 private:
  std::atomic<std::int64_t>& microwatts_;
  std::vector<power::Rail> rails_;
};

class TurnMeterTest : public testing::Test {
 protected:
  std::atomic<std::int64_t> microwatts_ = 4'000'000;
  SampledTurns turns_{std::make_unique<Settable>(microwatts_), "VDD_IN"};
};

TEST_F(TurnMeterTest, EachPartHasItsOwnTimeAndJoules) {
  turns_.Begin();
  turns_.Switch(TurnPart::kRest);
  std::this_thread::sleep_for(60ms);
  turns_.Switch(TurnPart::kExit);
  std::this_thread::sleep_for(30ms);
  turns_.Switch(TurnPart::kEnter);
  const auto spent = turns_.End();
  ASSERT_TRUE(spent.has_value());
  const auto& [settling, rest, exit, enter] = *spent;
  EXPECT_GE(rest.time, 60ms);
  EXPECT_GE(exit.time, 30ms);
  for (const TurnMeter::Spent& part : {rest, exit}) {
    const double watts =
        static_cast<double>(part.energy.value) / static_cast<double>(part.time.count());
    EXPECT_NEAR(watts, 4, 0.2) << "but for the instants between two clocks' readings";
  }
  EXPECT_EQ(turns_.how(), "sampled");
}

TEST_F(TurnMeterTest, ARailThatIsLostGivesNoTurn) {
  turns_.Begin();
  microwatts_ = -1;
  turns_.Switch(TurnPart::kRest);
  EXPECT_EQ(turns_.End(), std::nullopt);
  microwatts_ = 1;
  turns_.Begin();
  EXPECT_TRUE(turns_.End().has_value()) << "the next turn begins anew";
}

}  // namespace
}  // namespace torpor::cli
