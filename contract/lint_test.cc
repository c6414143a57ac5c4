// Each rule between fields: kept at its edge, broken one unit beyond it.
#include "contract/lint.h"

#include <gtest/gtest.h>

#include <functional>

#include "contract/energy.h"
#include "contract/fields.h"
#include "contract/test_terms.h"
#include "contract/wire_size.h"
#include "core/status_table.h"

namespace torpor::contract {
namespace {

using Change = std::function<void(Terms&)>;
using Ms = Milliseconds;

Findings LintOf(const Change& change) {
  Terms terms = GoodTerms();
  change(terms);
  Findings findings;
  Lint(terms, findings);
  return findings;
}

void Keeps(const Change& change) {
  for (const Finding& f : LintOf(change).list()) {
    ADD_FAILURE() << Info(f.status).name << " " << FieldName(f.field) << " " << f.found
                  << " " << f.allowed;
  }
}

// Exactly this one finding.
void Breaks(const Change& change, const Finding& expected) {
  const Findings findings = LintOf(change);
  ASSERT_EQ(findings.count(), 1U) << Info(expected.status).name;
  const Finding& found = findings.list()[0];
  EXPECT_EQ(Info(found.status).name, Info(expected.status).name);
  EXPECT_EQ(FieldName(found.field), FieldName(expected.field));
  EXPECT_EQ(found.found, expected.found) << Info(expected.status).name;
  EXPECT_EQ(found.allowed, expected.allowed) << Info(expected.status).name;
}

TEST(Lint, TimelinesSumToThePeriod) {
  Breaks([](Terms& t) { t.mcu_sleep += Ms(1); },
         {Status::kMcuTimeline, kMcuSleepField, 0, 0, 10'001, 10'000});
  Breaks([](Terms& t) { t.mcu_guard -= Ms(1); },
         {Status::kMcuTimeline, kMcuSleepField, 0, 0, 9'999, 10'000});
  for (Ms Terms::*step : {&Terms::wake, &Terms::collect, &Terms::infer, &Terms::release,
                          &Terms::judge, &Terms::report, &Terms::computer_sleep}) {
    Breaks([step](Terms& t) { t.*step += Ms(1); },
           {Status::kComputerTimeline, kComputerSleepField, 0, 0, 10'001, 10'000});
  }
}

TEST(Lint, AResultIsThereBeforeTheNextBatch) {
  const auto report_of = [](int ms) {
    return [ms](Terms& t) {
      t.report = Ms(ms);
      t.computer_sleep = Ms(10'000 - 1'500 - ms);
      t.power.computer_report = t.power.computer_sleep;
      t.hour_budget = Microjoules{18'000'000'000};  // refusing is dear, too
    };
  };
  Keeps(report_of(8'300));
  Breaks(report_of(8'301), {Status::kResultTooLate, kPeriodField, 0, 0, 10'001, 10'000});
}

TEST(Lint, ABatchIsAWholeNumberOfSamples) {
  Breaks([](Terms& t) { t.sensor_slots[0].sample_rate_millihertz += 1; },
         {Status::kSampleCount, kSensorsField, 2, 0, 100, 0});
}

TEST(Lint, ABatchFitsItsSlotAndItsWire) {
  const auto sample_of = [](int ms) {
    return [ms](Terms& t) {
      t.sensor_slots[0] = {1, 3'200'000, 3, 16'000, 16};
      t.period = Ms(60'000);
      t.sample = Ms(ms);
      t.mcu_sleep = t.period - t.sample - t.mcu_guard;
      t.collect = Ms(1'500);
      t.computer_sleep = t.period - t.awake();
      t.link_batch_wire_bytes = 110'000;
      t.cycle_budget = Microjoules{1'000'000'000};
      t.hour_budget = Microjoules{100'000'000'000};
    };
  };
  Keeps(sample_of(5'000));
  Breaks(sample_of(5'005), {Status::kBatchTooLarge, kSampleField, 0, 0, 96'096, 96'000});

  const auto wire = static_cast<std::uint32_t>(BatchWireBytes(10'240));
  Keeps([&](Terms& t) { t.link_batch_wire_bytes = wire; });
  Breaks([&](Terms& t) { t.link_batch_wire_bytes = wire - 1; },
         {Status::kWireBytes, kWireBytesField, 0, 0, wire, wire - 1});
}

TEST(Lint, AllSensorsShareTheSlotAndAreInOrder) {
  const auto add = [](std::uint32_t id) {
    return [id](Terms& t) {
      t.sensor_slots[t.sensor_count++] = {id, 25'600'000, 2, 2'000, 16};
    };
  };
  Breaks(add(2),
         {Status::kWireBytes, kWireBytesField, 0, 0, BatchWireBytes(20'480), 16'000});
  const Findings same = LintOf([&](Terms& t) {
    add(1)(t);
    t.link_batch_wire_bytes = 25'000;
  });
  ASSERT_EQ(same.count(), 1U);
  EXPECT_EQ(same.list()[0], (Finding{Status::kSensorOrder, kSensorsField, 1, 1, 1, 2}));
}

TEST(Lint, AHandOverFitsTheTimeToCollect) {
  const auto needed = HandOverMilliseconds(16'000, 921'600);
  const auto collect_of = [](std::uint64_t ms) {
    return [ms](Terms& t) {
      t.computer_sleep += t.collect - Ms(static_cast<std::int64_t>(ms));
      t.collect = Ms(static_cast<std::int64_t>(ms));
    };
  };
  Keeps(collect_of(needed));
  Breaks(collect_of(needed - 1),
         {Status::kLinkTooSlow, kCollectField, 0, 0, needed, needed - 1});
}

TEST(Lint, TheAgeLimitCoversAHandOverAndNotMoreThanTheQueue) {
  Keeps([](Terms& t) { t.max_batch_age = Ms(900); });
  Breaks([](Terms& t) { t.max_batch_age = Ms(899); },
         {Status::kBatchAgeLimit, kMaxBatchAgeField, 0, 0, 899, 900});
  Keeps([](Terms& t) { t.max_batch_age = Ms(30'000); });
  Breaks([](Terms& t) { t.max_batch_age = Ms(30'001); },
         {Status::kBatchAgeLimit, kMaxBatchAgeField, 0, 0, 30'001, 30'000});
}

TEST(Lint, TheModelledCycleWithItsMarginFitsTheBudgets) {
  const std::int64_t needed = WithMargin(ModelledCycle(GoodTerms()).total, 100).value;
  Keeps([&](Terms& t) { t.cycle_budget = Microjoules{needed}; });
  Breaks([&](Terms& t) { t.cycle_budget = Microjoules{needed - 1}; },
         {Status::kOverCycleBudget, kCycleBudgetField, 0, 0,
          static_cast<std::uint64_t>(needed), static_cast<std::uint64_t>(needed - 1)});
  Breaks([](Terms& t) { t.hour_budget = Microjoules{16'199'999'000}; },
         {Status::kOverHourBudget, kHourBudgetField, 0, 0, 16'200'000, 16'199'999});
}

TEST(Lint, ValidityIsInOrderAndNotForEver) {
  Breaks([](Terms& t) { t.issued_at_s = t.not_before_s + 1; },
         {Status::kValidityOrder, kNotBeforeField, 0, 0, kTestNotBefore,
          kTestNotBefore + 1});
  Breaks(
      [](Terms& t) { t.not_after_s = t.not_before_s; },
      {Status::kValidityOrder, kNotAfterField, 0, 0, kTestNotBefore, kTestNotBefore + 1});
  Keeps([](Terms& t) { t.not_after_s = t.not_before_s + kMaxValiditySeconds; });
  Breaks(
      [](Terms& t) { t.not_after_s = t.not_before_s + kMaxValiditySeconds + 1; },
      {Status::kValidityOrder, kNotAfterField, 0, 0,
       kTestNotBefore + kMaxValiditySeconds + 1, kTestNotBefore + kMaxValiditySeconds});
}

// Both asleep: 3600 s x (1 mW + 2.2 W). 360 wakes: 0.8 s x 7 W + 8.3 s x 2.2 W + 2 J.
constexpr std::uint64_t kLongRefusalMj = 7'923'600 + 360 * 25'860;

TEST(Lint, AnHourOfRefusingFitsItsBudget) {
  const auto budget_of = [](std::int64_t mj) {
    return [mj](Terms& t) {
      t.report = Ms(8'300);
      t.computer_sleep = t.period - t.awake();
      t.power.computer_report = t.power.computer_sleep;
      t.hour_budget = Microjoules{mj * 1000};
    };
  };
  Keeps(budget_of(kLongRefusalMj));
  Breaks(budget_of(kLongRefusalMj - 1), {Status::kRefusalOverBudget, kHourBudgetField, 0,
                                         0, kLongRefusalMj, kLongRefusalMj - 1});
}

TEST(Lint, ALeaseEndsBeforeTheContractDoes) {
  // Valid for 365 days of 8640 periods.
  Keeps([](Terms& t) { t.lease_cycles = 3'153'600; });
  Breaks([](Terms& t) { t.lease_cycles = 3'153'601; },
         {Status::kLeaseTooLong, kLeaseCyclesField, 0, 0, 3'153'601, 3'153'600});
  Breaks(
      [](Terms& t) {
        t.lease_cycles = 3'153'600;
        t.not_after_s -= 1;
      },
      {Status::kLeaseTooLong, kLeaseCyclesField, 0, 0, 3'153'600, 3'153'599});
}

TEST(Lint, ATrialAndAScrubEndWithinTheLease) {
  const auto lease_of = [](std::uint32_t lease, std::uint32_t trial,
                           std::uint32_t scrub) {
    return [=](Terms& t) {
      t.lease_cycles = lease;
      t.trial_cycles = trial;
      t.scrub_cycles = scrub;
    };
  };
  Keeps(lease_of(61, 60, 60));
  Breaks(lease_of(60, 60, 59), {Status::kOutlastsLease, kTrialCyclesField, 0, 0, 60, 59});
  Keeps(lease_of(1'441, 60, 1'440));
  Breaks(lease_of(1'440, 60, 1'440),
         {Status::kOutlastsLease, kScrubCyclesField, 0, 0, 1'440, 1'439});
}

TEST(Lint, AllGreetingsFitInAPeriod) {
  Keeps([](Terms& t) {
    t.hello_timeout = Ms(500);
    t.hello_retries = 20;
  });
  Breaks(
      [](Terms& t) {
        t.hello_timeout = Ms(501);
        t.hello_retries = 20;
      },
      {Status::kHelloTooLong, kHelloTimeoutField, 0, 0, 10'020, 10'000});
}

TEST(Lint, TargetsAreInOrderOnceAndAllStandsAlone) {
  Breaks([](Terms& t) { std::swap(t.target_slots[0], t.target_slots[1]); },
         {Status::kTargetsWrong, kTargetsField, 0, 1, 1, 0});
  Breaks([](Terms& t) { t.target_slots[1] = t.target_slots[0]; },
         {Status::kTargetsWrong, kTargetsField, 0, 1, 1, 0});
  const auto all = [](Terms& t) {
    t.profile = Profile::kProduction;
    t.gateway.Assign("https://gateway.example");
    t.alarm_sink_count = 0;
    t.target_slots[0] = {TargetKind::kAll, {}};
  };
  Keeps([&](Terms& t) {
    all(t);
    t.target_count = 1;
  });
  Breaks(all, {Status::kTargetsWrong, kTargetsField, 1, 0, 2, 1});
  Breaks(
      [&](Terms& t) {
        all(t);
        t.target_count = 1;
        t.target_slots[0].id.Assign("hall-3");
      },
      {Status::kTargetsWrong, kTargetsField, 2, 0, 6, 0});
}

TEST(Lint, ABenchContractIsForNamedRobotsOnly) {
  Breaks(
      [](Terms& t) {
        t.target_slots[0] = {TargetKind::kAll, {}};
        t.target_count = 1;
      },
      {Status::kBenchOnly, kTargetsField, 1, 0, 1, 2});
}

TEST(Lint, TheAlarmRuleCanBeMet) {
  Keeps([](Terms& t) { t.alarm_k = 5; });
  Breaks([](Terms& t) { t.alarm_k = 6; }, {Status::kAlarmRule, kAlarmKField, 0, 0, 6, 5});
  Breaks(
      [](Terms& t) {
        t.commissioning_cycles = 10;
        t.score_cycles = 11;
      },
      {Status::kAlarmRule, kCommissioningField, 0, 0, 10, 11});
  const auto hourly = [](std::uint32_t n) {
    return [n](Terms& t) {
      t.period = Ms(3'600'000);
      t.mcu_sleep = t.period - t.sample - t.mcu_guard;
      t.computer_sleep = t.period - t.awake();
      t.cycle_budget = t.hour_budget = Microjoules{10'000'000'000};
      t.alarm_n = n;
    };
  };
  Keeps(hourly(24));
  Breaks(hourly(25), {Status::kAlarmRule, kAlarmNField, 0, 0, 25, 24});
}

TEST(Lint, NothingGoesUnencryptedOutsideTheBench) {
  const auto production = [](Terms& t) {
    t.profile = Profile::kProduction;
    t.gateway.Assign("https://gateway.example");
    t.alarm_sink_slots[0].Assign("https://alarm.example");
  };
  Keeps(production);
  Breaks(
      [&](Terms& t) {
        production(t);
        t.gateway.Assign("http://gateway.example");
      },
      {Status::kBenchOnly, kGatewayField, 0, 0, 0, 0});
  Breaks(
      [&](Terms& t) {
        production(t);
        t.alarm_sink_slots[0].Assign("mqtt://alarm.example");
      },
      {Status::kBenchOnly, kAlarmSinksField, 0, 0, 0, 0});
}

TEST(Lint, SinksAreInOrderAndOnce) {
  Breaks([](Terms& t) { std::swap(t.alarm_sink_slots[0], t.alarm_sink_slots[1]); },
         {Status::kAddressRefused, kAlarmSinksField, 0, 1, 1, 0});
  Breaks([](Terms& t) { t.alarm_sink_slots[1] = t.alarm_sink_slots[0]; },
         {Status::kAddressRefused, kAlarmSinksField, 0, 1, 1, 0});
}

TEST(Lint, CalibrationsAreInOrderOnceAndAllowSomething) {
  const auto calibrated = [](std::uint32_t count, auto change) {
    return [=](Terms& t) {
      t = CalibratedTerms(count);
      change(t);
    };
  };
  Keeps(calibrated(0, [](Terms&) {}));
  Keeps(calibrated(1, [](Terms&) {}));
  Keeps(calibrated(2, [](Terms&) {}));
  const Finding second{Status::kCalibrationsWrong, kCalibrationsField, 0, 1, 0, 0};
  Breaks(
      calibrated(2, [](Terms& t) { t.calibration_slots[0].front() = std::byte{0xC1}; }),
      second);
  Breaks(calibrated(2, [](Terms& t) { t.calibration_slots[1].back() = std::byte{0}; }),
         second);
  Breaks(calibrated(1, [](Terms& t) { t.calibration_slots[0] = {}; }),
         {Status::kCalibrationsWrong, kCalibrationsField, 0, 0, 0, 0});
  Keeps(calibrated(1, [](Terms& t) { t.residency_max = Residency::kMemoryFreed; }));
  Breaks(calibrated(2, [](Terms& t) { t.residency_max = Residency::kChildExited; }),
         {Status::kCalibrationsWrong, kCalibrationsField, 0, 0, 2, 0});
}

TEST(Lint, AnAddressIsSchemeHostPortAndPath) {
  const auto check = [](const char* address) {
    return CheckAddress(address, AddressUse::kMetrics, Profile::kBench);
  };
  for (const char* good :
       {"https://a", "https://a.example:9091/metrics/job/x", "http://127.0.0.1:65535",
        "https://[::1]:9091/", "http://A-b_c.example/~x%20y"}) {
    EXPECT_EQ(check(good), Status::kOk) << good;
  }
  for (const char* bad : {"",
                          "a",
                          "://a",
                          "ftp://a",
                          "https://",
                          "https:///x",
                          "https://a:0",
                          "https://a:",
                          "https://a:65536",
                          "https://a:99999999999",
                          "https://a:9 1",
                          "https://u@a",
                          "https://u:p@a",
                          "https://a?q",
                          "https://a/?q",
                          "https://a#f",
                          "https://a b",
                          "https://a/\"",
                          "https://a/\n",
                          "https://[::1",
                          "https://[]",
                          "https://[::1]x",
                          "mqtts://a",
                          "HTTPS://a",
                          "https://a\\b"}) {
    EXPECT_EQ(check(bad), Status::kAddressRefused) << bad;
  }
  EXPECT_EQ(CheckAddress("mqtts://a", AddressUse::kAlarms, Profile::kProduction),
            Status::kOk);
}

TEST(Lint, FindsEverythingAtOnce) {
  const Findings findings = LintOf([](Terms& t) {
    t.mcu_sleep += Ms(1);
    t.alarm_k = 6;
    t.gateway.Assign("nonsense");
  });
  ASSERT_EQ(findings.count(), 3U);
  EXPECT_EQ(findings.first(), Status::kMcuTimeline);
  EXPECT_EQ(findings.list()[2].status, Status::kAddressRefused);
}

TEST(Lint, EmptyTermsAreRefusedFieldByField) {
  Findings findings;
  Lint(Terms{}, findings);
  EXPECT_EQ(findings.count(), Fields().size() - 2) << "all but sinks and calibrations";
  EXPECT_EQ(findings.list().size(), findings.count());
}

}  // namespace
}  // namespace torpor::contract
