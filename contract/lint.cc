#include "contract/lint.h"

#include <algorithm>
#include <array>
#include <utility>

#include "contract/energy.h"
#include "contract/fields.h"
#include "contract/wire_size.h"

namespace torpor::contract {
namespace {

using enum Status;

constexpr std::uint64_t U(Milliseconds t) {
  return static_cast<std::uint64_t>(t.count());
}
constexpr std::uint64_t U(Microjoules e) { return static_cast<std::uint64_t>(e.value); }

constexpr bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// One value against its bounds. Zero is nobody's value unless the bounds say so.
void CheckBounds(const Finding& where, std::uint64_t found, std::uint64_t min,
                 std::uint64_t max, Findings& findings) {
  if (found >= min && found <= max) return;
  Finding finding = where;
  finding.status = found == 0 ? kFieldMissing : kOutOfRange;
  finding.found = found;
  finding.allowed = found < min ? min : max;
  findings.Add(finding);
}

void CheckName(const Finding& where, std::string_view text, Findings& findings) {
  const auto bad = std::ranges::find_if_not(text, IsNameCharacter);
  if (bad == text.end()) return;
  Finding finding = where;
  finding.status = kOutOfRange;
  finding.found = static_cast<unsigned char>(*bad);
  finding.allowed = '-';
  findings.Add(finding);
}

void CheckRanges(const Terms& t, Findings& findings) {
  for (const Field& field : Fields()) {
    CheckBounds({.field = field.number}, field.get(t), field.min, field.max, findings);
  }
  if (t.hour_budget.value % 1000 != 0) {
    findings.Add({.status = kOutOfRange,
                  .field = kHourBudgetField,
                  .found = U(t.hour_budget) % 1000,
                  .allowed = 0});
  }
  CheckName({.field = kFleetField}, t.fleet.view(), findings);
  CheckName({.field = kNameField}, t.name.view(), findings);
  if (t.target_count <= kMaxTargets) {
    for (std::uint8_t i = 0; i < t.target_count; ++i) {
      const Target& target = t.target_slots[i];
      const bool all = target.kind == TargetKind::kAll;
      CheckBounds({.field = kTargetsField, .part = 1, .entry = i},
                  static_cast<std::uint64_t>(target.kind), 1, 3, findings);
      CheckBounds({.field = kTargetsField, .part = 2, .entry = i}, target.id.length,
                  all ? 0 : 1, 31, findings);
      CheckName({.field = kTargetsField, .part = 2, .entry = i}, target.id.view(),
                findings);
    }
  }
  if (t.sensor_count <= kMaxSensors) {
    for (std::uint8_t i = 0; i < t.sensor_count; ++i) {
      for (const Part& part : SensorParts()) {
        CheckBounds({.field = kSensorsField, .part = part.number, .entry = i},
                    SensorNumber(t.sensor_slots[i], part.number), part.min, part.max,
                    findings);
      }
    }
  }
}

void CheckTimelines(const Terms& t, Findings& findings) {
  const std::uint64_t period = U(t.period);
  const std::uint64_t mcu = U(t.sample + t.mcu_guard + t.mcu_sleep);
  if (mcu != period) findings.Add({kMcuTimeline, kMcuSleepField, 0, 0, mcu, period});

  const std::uint64_t computer = U(t.awake() + t.computer_sleep);
  if (computer != period) {
    findings.Add({kComputerTimeline, kComputerSleepField, 0, 0, computer, period});
  }
  // The result of one batch is there before the next batch is complete.
  const std::uint64_t result = U(t.sample + t.mcu_guard + t.awake());
  if (result > period) {
    findings.Add({kResultTooLate, kPeriodField, 0, 0, result, period});
  }
}

void CheckSensors(const Terms& t, Findings& findings) {
  std::uint64_t batch_bytes = 0;
  std::uint32_t last_id = 0;
  for (std::uint8_t i = 0; i < t.sensor_count; ++i) {
    const Sensor& sensor = t.sensor_slots[i];
    if (sensor.id <= last_id) {
      findings.Add({kSensorOrder, kSensorsField, 1, i, sensor.id, last_id + 1ULL});
    }
    last_id = sensor.id;
    // ms x mHz is a millionth of a sample.
    const std::uint64_t rest = U(t.sample) * sensor.sample_rate_millihertz % 1'000'000;
    if (rest != 0) findings.Add({kSampleCount, kSensorsField, 2, i, rest, 0});
    batch_bytes += U(t.sample) * sensor.sample_rate_millihertz / 1'000'000 * sensor.axes *
                   sizeof(std::int16_t);
  }
  if (batch_bytes > kSlotBytes) {
    findings.Add({kBatchTooLarge, kSampleField, 0, 0, batch_bytes, kSlotBytes});
  }
  const std::uint64_t wire = BatchWireBytes(batch_bytes);
  if (wire > t.link_batch_wire_bytes) {
    findings.Add({kWireBytes, kWireBytesField, 0, 0, wire, t.link_batch_wire_bytes});
  }
  const std::uint64_t needed = HandOverMilliseconds(t.link_batch_wire_bytes, t.link_baud);
  if (needed > U(t.collect)) {
    findings.Add({kLinkTooSlow, kCollectField, 0, 0, needed, U(t.collect)});
  }
}

void CheckAge(const Terms& t, Findings& findings) {
  // From the end of capture to the start of inference there are at least these steps.
  const std::uint64_t least = U(t.mcu_guard + t.wake + t.collect);
  const std::uint64_t most = t.queue_limit_batches * U(t.period);
  const std::uint64_t age = U(t.max_batch_age);
  if (age < least) findings.Add({kBatchAgeLimit, kMaxBatchAgeField, 0, 0, age, least});
  if (age > most) findings.Add({kBatchAgeLimit, kMaxBatchAgeField, 0, 0, age, most});
}

void CheckEnergy(const Terms& t, Findings& findings) {
  const Microjoules needed = WithMargin(ModelledCycle(t).total, t.budget_margin_permille);
  if (needed > t.cycle_budget) {
    findings.Add(
        {kOverCycleBudget, kCycleBudgetField, 0, 0, U(needed), U(t.cycle_budget)});
  }
  const Microjoules hour = PerHour(t.cycle_budget, t.period);
  if (hour > t.hour_budget) {
    findings.Add({kOverHourBudget, kHourBudgetField, 0, 0, (U(hour) + 999) / 1000,
                  U(t.hour_budget) / 1000});
  }
  const Microjoules refusing = RefusingHour(t).total;
  if (refusing > t.hour_budget) {
    findings.Add({kRefusalOverBudget, kHourBudgetField, 0, 0, (U(refusing) + 999) / 1000,
                  U(t.hour_budget) / 1000});
  }
}

void CheckValidity(const Terms& t, Findings& findings) {
  if (t.issued_at_s > t.not_before_s) {
    findings.Add({kValidityOrder, kNotBeforeField, 0, 0, t.not_before_s, t.issued_at_s});
  }
  if (t.not_before_s >= t.not_after_s) {
    findings.Add(
        {kValidityOrder, kNotAfterField, 0, 0, t.not_after_s, t.not_before_s + 1});
  } else if (t.not_after_s - t.not_before_s > kMaxValiditySeconds) {
    findings.Add({kValidityOrder, kNotAfterField, 0, 0, t.not_after_s,
                  t.not_before_s + kMaxValiditySeconds});
  }
}

void CheckLease(const Terms& t, Findings& findings) {
  if (t.not_after_s > t.not_before_s) {
    const std::uint64_t most = (t.not_after_s - t.not_before_s) * 1000 / U(t.period);
    if (t.lease_cycles > most) {
      findings.Add({kLeaseTooLong, kLeaseCyclesField, 0, 0, t.lease_cycles, most});
    }
  }
  if (t.trial_cycles >= t.lease_cycles) {
    findings.Add(
        {kOutlastsLease, kTrialCyclesField, 0, 0, t.trial_cycles, t.lease_cycles - 1ULL});
  }
  if (t.scrub_cycles >= t.lease_cycles) {
    findings.Add(
        {kOutlastsLease, kScrubCyclesField, 0, 0, t.scrub_cycles, t.lease_cycles - 1ULL});
  }
}

void CheckTargets(const Terms& t, Findings& findings) {
  for (std::uint8_t i = 0; i < t.target_count; ++i) {
    const Target& target = t.target_slots[i];
    if (target.kind == TargetKind::kAll) {
      if (t.target_count > 1) {
        findings.Add({kTargetsWrong, kTargetsField, 1, i, t.target_count, 1});
      }
      if (target.id.length != 0) {
        findings.Add({kTargetsWrong, kTargetsField, 2, i, target.id.length, 0});
      }
      if (t.profile == Profile::kBench) {
        findings.Add({kBenchOnly, kTargetsField, 1, i, 1, 2});
      }
    }
    if (i == 0) continue;
    const Target& before = t.target_slots[i - 1U];
    if (std::pair(before.kind, before.id.view()) >=
        std::pair(target.kind, target.id.view())) {
      findings.Add({kTargetsWrong, kTargetsField, 0, i, i, i - 1ULL});
    }
  }
}

void CheckAlarm(const Terms& t, Findings& findings) {
  constexpr std::uint64_t kDayMs = 24ULL * 3'600'000;
  if (t.alarm_k > t.alarm_n) {
    findings.Add({kAlarmRule, kAlarmKField, 0, 0, t.alarm_k, t.alarm_n});
  }
  if (t.alarm_n * U(t.period) > kDayMs) {
    findings.Add({kAlarmRule, kAlarmNField, 0, 0, t.alarm_n, kDayMs / U(t.period)});
  }
  if (t.commissioning_cycles < t.score_cycles) {
    findings.Add(
        {kAlarmRule, kCommissioningField, 0, 0, t.commissioning_cycles, t.score_cycles});
  }
}

void CheckAddresses(const Terms& t, Findings& findings) {
  const Status gateway = CheckAddress(t.gateway.view(), AddressUse::kMetrics, t.profile);
  if (gateway != kOk) findings.Add({.status = gateway, .field = kGatewayField});
  for (std::uint8_t i = 0; i < t.alarm_sink_count; ++i) {
    const std::string_view sink = t.alarm_sink_slots[i].view();
    const Status status = CheckAddress(sink, AddressUse::kAlarms, t.profile);
    if (status != kOk) {
      findings.Add({.status = status, .field = kAlarmSinksField, .entry = i});
    } else if (i > 0 && t.alarm_sink_slots[i - 1U].view() >= sink) {
      findings.Add({kAddressRefused, kAlarmSinksField, 0, i, i, i - 1ULL});
    }
  }
}

void CheckCalibrations(const Terms& t, Findings& findings) {
  if (t.calibration_count != 0 && t.residency_max == Residency::kChildExited) {
    findings.Add({kCalibrationsWrong, kCalibrationsField, 0, 0, t.calibration_count, 0});
  }
  Digest before{};  // the first, too, is above it: zero is nobody's digest
  for (std::uint8_t i = 0; i < t.calibration_count; ++i) {
    if (t.calibration_slots[i] <= before) {
      findings.Add(
          {.status = kCalibrationsWrong, .field = kCalibrationsField, .entry = i});
    }
    before = t.calibration_slots[i];
  }
}

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5 || text[0] == '0') return false;
  std::uint32_t port = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return false;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return port <= 65535;
}

// A name or IPv4 address, or an IPv6 address in brackets; then perhaps a port.
bool IsAuthority(std::string_view text) {
  std::string_view host = text;
  std::string_view after;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    host = text.substr(1, close - 1);
    after = text.substr(close + 1);
    const auto of_ipv6 = [](char c) {
      return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
             c == '.';
    };
    if (host.empty() || !std::ranges::all_of(host, of_ipv6)) return false;
  } else {
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
      host = text.substr(0, colon);
      after = text.substr(colon);
    }
    const auto of_name = [](char c) {
      return IsNameCharacter(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_';
    };
    if (host.empty() || !std::ranges::all_of(host, of_name)) return false;
  }
  return after.empty() || (after[0] == ':' && IsPort(after.substr(1)));
}

}  // namespace

Status CheckAddress(std::string_view address, AddressUse use, Profile profile) {
  const std::size_t colon = address.find("://");
  if (colon == std::string_view::npos) return kAddressRefused;
  const std::string_view scheme = address.substr(0, colon);
  std::string_view rest = address.substr(colon + 3);
  const std::size_t slash = rest.find('/');
  const std::string_view path =
      slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  if (!IsAuthority(rest.substr(0, slash))) return kAddressRefused;
  const auto of_path = [](char c) {
    constexpr std::string_view kMarks = "/-._~%+,=:";
    return IsNameCharacter(c) || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(path, of_path)) return kAddressRefused;

  if (scheme == "https") return kOk;
  if (use == AddressUse::kAlarms && scheme == "mqtts") return kOk;
  if (scheme == "http" || (use == AddressUse::kAlarms && scheme == "mqtt")) {
    return profile == Profile::kBench ? kOk : kBenchOnly;
  }
  return kAddressRefused;
}

void Lint(const Terms& terms, Findings& findings) {
  const std::size_t before = findings.count();
  CheckRanges(terms, findings);
  if (findings.count() != before) return;
  CheckTimelines(terms, findings);
  CheckSensors(terms, findings);
  CheckAge(terms, findings);
  CheckEnergy(terms, findings);
  CheckValidity(terms, findings);
  CheckLease(terms, findings);
  if (U(terms.hello_timeout) * terms.hello_retries > U(terms.period)) {
    findings.Add({kHelloTooLong, kHelloTimeoutField, 0, 0,
                  U(terms.hello_timeout) * terms.hello_retries, U(terms.period)});
  }
  CheckTargets(terms, findings);
  CheckAlarm(terms, findings);
  CheckAddresses(terms, findings);
  CheckCalibrations(terms, findings);
}

}  // namespace torpor::contract
