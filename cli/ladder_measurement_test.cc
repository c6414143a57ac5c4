#include "cli/ladder_measurement.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace torpor::cli {
namespace {

using power::Rung;
using std::chrono_literals::operator""s;

// A machine in pretended time: it idles at 4 W, a warm context draws 0.5 W more, a cold
// result takes 1 s and 3 W on top, a warm one 100 ms.
class PretendedMachine final : public RungUser, public TurnMeter {
 public:
  Status Take(Rung rung) override {
    rung_ = rung;
    log += power::Name(rung);
    log += ' ';
    return refuse_rung == rung ? Status::kAcceleratorFailed : Status::kOk;
  }
  Status Ask() override {
    const bool cold = rung_ == Rung::kChildExited;
    Pass(Microseconds(cold ? 1'000'000 : 100'000), 7);
    return Status::kOk;
  }
  Status Park() override {
    Pass(Microseconds(10'000), 4);
    return Status::kOk;
  }
  void Begin() override {
    spent_ = {};
    part_ = TurnPart::kSettle;
  }
  void Switch(TurnPart to) override { part_ = to; }
  std::optional<std::array<Spent, kTurnParts>> End() override {
    if (lost) return std::nullopt;
    return spent_;
  }
  void Rest(Microseconds time) { Pass(time, rung_ == Rung::kChildExited ? 4 : 4.5); }

  std::string log;
  std::optional<Rung> refuse_rung;
  bool lost = false;

 private:
  void Pass(Microseconds time, double watts) {
    Spent& spent = spent_[static_cast<std::size_t>(part_)];
    spent.time += time;
    spent.energy +=
        Microjoules{static_cast<std::int64_t>(static_cast<double>(time.count()) * watts)};
  }
  Rung rung_ = Rung::kHot;
  TurnPart part_ = TurnPart::kSettle;
  std::array<Spent, kTurnParts> spent_{};
};

LadderPlan Plan() { return {{Rung::kChildExited, Rung::kContextKept}, 3, 2s, 10s}; }

auto Measure(PretendedMachine& machine, std::vector<std::size_t>* progress = nullptr) {
  return MeasureLadder(
      machine, machine, Plan(), [&](Microseconds time) { machine.Rest(time); },
      [&](std::size_t done, std::size_t of) {
        EXPECT_EQ(of, 6U);
        if (progress != nullptr) progress->push_back(done);
      });
}

TEST(LadderMeasurement, WhatTheMachineDrawsIsWhatItFinds) {
  PretendedMachine machine;
  const auto rounds = Measure(machine);
  ASSERT_TRUE(rounds.ok());
  const auto costs = power::CostsOf(*rounds);
  ASSERT_TRUE(costs.ok());
  ASSERT_EQ(costs->size(), 2U);
  EXPECT_EQ((*costs)[0].parked.value, 0);
  EXPECT_EQ((*costs)[0].exit.value, 3'000'000) << "3 W above idle, 1 s";
  EXPECT_EQ((*costs)[0].exit_latency, 1s);
  EXPECT_EQ((*costs)[1].parked.value, 500'000);
  EXPECT_EQ((*costs)[1].exit.value, 300'000);
  EXPECT_EQ((*costs)[1].enter.value, 0);
}

TEST(LadderMeasurement, TheRungsTakeTurnsWithinARound) {
  PretendedMachine machine;
  std::vector<std::size_t> progress;
  ASSERT_TRUE(Measure(machine, &progress).ok());
  EXPECT_EQ(machine.log,
            "child-exited context-kept child-exited context-kept child-exited "
            "context-kept ");
  EXPECT_EQ(progress, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(LadderMeasurement, SettlingCountsAsNothing) {
  PretendedMachine machine;
  const auto rounds = Measure(machine);
  ASSERT_TRUE(rounds.ok());
  EXPECT_EQ((*rounds)[0][0].rest_time, 10s) << "of 12 s";
}

TEST(LadderMeasurement, ALostRailAndAFailingAcceleratorEndIt) {
  PretendedMachine machine;
  machine.lost = true;
  EXPECT_EQ(Measure(machine).status(), Status::kMeterLost);
  machine.lost = false;
  machine.refuse_rung = Rung::kContextKept;
  EXPECT_EQ(Measure(machine).status(), Status::kAcceleratorFailed);
}

}  // namespace
}  // namespace torpor::cli
