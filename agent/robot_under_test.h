// A robot for tests: the real cycle, a world and an engine that do as they are told, and
// a gateway and a journal of its own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "agent/fake_world_test.h"
#include "agent/robot.h"
#include "core/test_folder.h"
#include "detect/test_machines.h"
#include "simulate/gateway.h"

namespace torpor::agent {

// Takes as long as it is told, and counts.
class FakeEngine final : public model::Engine {
 public:
  explicit FakeEngine(FakeWorld& world) : world_(&world) {}

  Status Infer(std::span<const std::int16_t>, const model::Context&,
               model::Output& output) override {
    ++inferences;
    if (on_infer) on_infer();
    world_->now += takes;
    output = look.output;
    return answer;
  }
  void Release() override {
    ++releases;
    world_->now += release_takes;
  }
  [[nodiscard]] const signal::Shape& shape() const override { return detect::kTestShape; }
  [[nodiscard]] std::string_view name() const override { return "fake"; }

  int inferences = 0, releases = 0;
  Microseconds takes{10'000}, release_takes{};
  Status answer = Status::kOk;
  std::function<void()> on_infer;
  detect::Look look = [] {
    std::mt19937 random(1);
    return detect::LookAt(random, 50, 0);
  }();

 private:
  FakeWorld* world_;
};

class RobotTest : public testing::Test {
 protected:
  explicit RobotTest(const contract::Terms& terms = contract::GoodTerms())
      : held_(WithGateway(terms)), keyring_(link::TestKeyring()), world_(held_) {}

  contract::Terms WithGateway(contract::Terms terms) {
    terms.gateway.Assign(gateway_.address());
    return terms;
  }

  // Runs so many cycles; `before` is called with the number of each that has ended.
  std::vector<telemetry::CycleRecord> Run(
      std::uint64_t cycles, std::function<void(std::size_t)> after = nullptr) {
    auto journal = telemetry::Journal::Open(folder_ / "journal.sqlite", limits_);
    EXPECT_TRUE(journal.ok());
    Collector collector(world_,
                        {held_.verified, keyring_, held_.verified.terms().version, {}},
                        {link::TestPairing(), std::nullopt},
                        [this] { return link::TestNonce(++nonce_); });
    detect::Detector detector(detect::TestBaseline(), detect::BoundTo(ground_, nullptr));
    std::vector<telemetry::CycleRecord> seen;
    RobotSettings settings;
    settings.robot_id = "r-17";
    settings.boot_id = boot_id_;
    settings.phase = phase_;
    settings.cycles = cycles;
    if (found_at_boot_) settings.found_at_boot.push_back({*found_at_boot_, {}});
    settings.rung_again = rung_again_;
    settings.wake_locks = wake_locks_;
    settings.on_cycle = [&](const telemetry::CycleRecord& record) {
      seen.push_back(record);
      if (after) after(seen.size());
    };
    settings.newer_at_hand = [this] { return newer_at_hand_; };
    settings.remember_time = [&](std::uint64_t passed) { remembered_.push_back(passed); };
    KnownTime time(world_, proven_s_);
    telemetry::AlarmDelivery alarms(*journal, sinks_);
    Robot robot({world_, held_.verified, collector, engine_, detector, *journal, leases_,
                 time, metering_, residency_, accelerator_, &alarms, trace_},
                settings);
    ending_ = robot.Run();
    remembered_.push_back(time.ToRemember(terms().not_after_s));  // as torpord does
    return seen;
  }

  static bool Has(const telemetry::CycleRecord& record, Status what) {
    return std::ranges::any_of(record.deviations, [what](const auto& deviation) {
      return deviation.what == what;
    });
  }

  const contract::Terms& terms() const { return held_.verified.terms(); }

  simulate::FaultGateway gateway_;
  link::Held held_;
  contract::Keyring keyring_;
  FakeWorld world_;
  power::LeaseBook leases_;
  Metering* metering_ = nullptr;
  telemetry::AlarmSinks sinks_;
  telemetry::JournalLimits limits_;
  FakeEngine engine_{world_};
  TestFolder folder_;
  ChildNetwork* accelerator_ = nullptr;
  std::string boot_id_ = "boot-1";
  Microseconds phase_{};
  std::optional<Status> found_at_boot_;
  std::filesystem::path wake_locks_;
  std::function<std::optional<telemetry::Deviation>()> rung_again_;
  detect::Ground ground_ = detect::GroundOf(terms());
  std::uint64_t proven_s_ = 0;
  bool newer_at_hand_ = false;
  std::vector<std::uint64_t> remembered_;  // the last one at the end
  int nonce_ = 0;
  ResidencyWatch* residency_ = nullptr;
  CycleTrace* trace_ = nullptr;
  Ending ending_;
};

}  // namespace torpor::agent
