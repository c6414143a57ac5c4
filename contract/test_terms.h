// A contract that passes every check, for tests to spoil in one place.
#pragma once

#include "contract/terms.h"

namespace torpor::contract {

inline constexpr std::uint64_t kTestNotBefore = 1'793'491'200;  // 2026-11-01
inline constexpr std::uint64_t kTestNotAfter = 1'825'027'200;   // 2027-11-01

inline Terms GoodTerms() {
  Terms t;
  t.fleet.Assign("north-hall");
  t.name.Assign("night-shift");
  t.version = {1, 7};
  t.issued_at_s = t.not_before_s = kTestNotBefore;
  t.not_after_s = kTestNotAfter;
  t.target_slots[0].kind = TargetKind::kGroup;
  t.target_slots[0].id.Assign("hall-3");
  t.target_slots[1].kind = TargetKind::kRobot;
  t.target_slots[1].id.Assign("r-17");
  t.target_count = 2;
  t.profile = Profile::kBench;
  t.period = Milliseconds(10'000);
  t.sample = Milliseconds(100);
  t.mcu_guard = Milliseconds(100);
  t.mcu_sleep = Milliseconds(9'800);
  t.wake = Milliseconds(200);
  t.collect = Milliseconds(600);
  t.infer = Milliseconds(300);
  t.release = Milliseconds(200);
  t.judge = Milliseconds(200);
  t.report = Milliseconds(1'000);
  t.computer_sleep = Milliseconds(7'500);
  t.sensor_slots[0] = {1, 25'600'000, 2, 50'000, 16};
  t.sensor_count = 1;
  t.queue_limit_batches = 3;
  t.max_batch_age = Milliseconds(12'000);
  t.cycle_budget = Microjoules{45'000'000};
  t.hour_budget = Microjoules{16'200'000'000};
  t.power = {Microwatts{60'000},     Microwatts{1'000},     Microwatts{7'000'000},
             Microwatts{11'000'000}, Microwatts{7'500'000}, Microwatts{2'200'000},
             Microjoules{2'000'000}};
  t.budget_margin_permille = 100;
  t.commissioning_cycles = 120;
  t.score_cycles = 6;
  t.false_alarm_target = 100'000;
  t.alarm_k = 3;
  t.alarm_n = 5;
  t.sleep_mode = SleepMode::kIdle;
  t.residency_max = Residency::kChildExited;
  t.awake_wakeups_max = 2'000;
  t.gateway.Assign("http://127.0.0.1:9091");
  t.alarm_sink_slots[0].Assign("http://127.0.0.1:8080/alarm");
  t.alarm_sink_slots[1].Assign("mqtts://broker.example:8883/alarms");
  t.alarm_sink_count = 2;
  t.link_baud = 921'600;
  t.link_batch_wire_bytes = 16'000;
  t.hello_timeout = Milliseconds(500);
  t.hello_retries = 5;
  t.trial_cycles = 5;
  t.lease_cycles = 8'640;
  t.scrub_cycles = 60;
  t.keyring_version_min = 1;
  return t;
}

// The good terms with a warmer rung allowed, under one of so many calibrations.
inline Terms CalibratedTerms(std::uint32_t count = 1) {
  Terms t = GoodTerms();
  t.residency_max = Residency::kHot;
  t.calibration_count = count;
  for (std::uint32_t i = 0; i < count; ++i) {
    t.calibration_slots[i].fill(std::byte{0xC0});
    t.calibration_slots[i].back() = static_cast<std::byte>(i);
  }
  return t;
}

}  // namespace torpor::contract
