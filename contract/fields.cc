#include "contract/fields.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "contract/keyring.h"

namespace torpor::contract {
namespace {

constexpr std::uint64_t ToNumber(std::uint64_t n) { return n; }
constexpr std::uint64_t ToNumber(Milliseconds t) {
  return static_cast<std::uint64_t>(t.count());
}
template <class Tag>
constexpr std::uint64_t ToNumber(Quantity<Tag> q) {
  return static_cast<std::uint64_t>(q.value);
}
template <class E>
requires std::is_enum_v<E>
constexpr std::uint64_t ToNumber(E choice) { return static_cast<std::uint64_t>(choice); }

template <class T>
constexpr T FromNumber(std::uint64_t n) {
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return static_cast<T>(n);
  } else if constexpr (std::is_same_v<T, Milliseconds>) {
    return Milliseconds(static_cast<std::int64_t>(n));
  } else {
    return T{static_cast<std::int64_t>(n)};
  }
}

// The member at the end of a path of member pointers: terms.*a.*b.
template <auto... kPath>
constexpr std::uint64_t Get(const Terms& terms) {
  return ToNumber((terms.*....*kPath));
}
template <auto... kPath>
constexpr void Set(Terms& terms, std::uint64_t n) {
  auto& member = (terms.*....*kPath);
  member = FromNumber<std::remove_reference_t<decltype(member)>>(n);
}
template <auto kText>
constexpr std::uint64_t Length(const Terms& terms) {
  return (terms.*kText).length;
}

// On the wire in mJ, because a robot's hour does not need microjoules.
constexpr std::uint64_t GetHourBudget(const Terms& terms) {
  return static_cast<std::uint64_t>(terms.hour_budget.value) / 1000;
}
constexpr void SetHourBudget(Terms& terms, std::uint64_t mj) {
  terms.hour_budget = Microjoules{static_cast<std::int64_t>(mj) * 1000};
}

template <auto... kPath>
constexpr Field Number(std::uint16_t number, std::string_view name, std::string_view unit,
                       std::uint64_t min, std::uint64_t max) {
  return {number, name, unit, FieldKind::kNumber, min, max, Get<kPath...>, Set<kPath...>};
}
template <auto... kPath>
constexpr Field Choice(std::uint16_t number, std::string_view name, std::uint64_t count) {
  return {number, name, "", FieldKind::kChoice, 1, count, Get<kPath...>, Set<kPath...>};
}
template <auto kText>
constexpr Field TextOf(std::uint16_t number, std::string_view name, std::uint64_t max) {
  return {number, name, "characters", FieldKind::kText, 1, max, Length<kText>, nullptr};
}
template <auto kCount>
constexpr Field List(std::uint16_t number, std::string_view name, FieldKind kind,
                     std::uint64_t min, std::uint64_t max) {
  return {number, name, "entries", kind, min, max, Get<kCount>, nullptr};
}

constexpr std::uint64_t kYear2026 = 1'767'225'600, kYear2100 = 4'102'444'800;  // Unix s
constexpr std::uint64_t kHourMs = 3'600'000;
constexpr std::uint64_t kMaxMicrowatts = 4'294'967'295;
constexpr std::uint64_t kMaxEnergy = 10'000'000'000;
// The largest version that every JSON reader still keeps whole.
constexpr std::uint64_t kMaxVersion = (std::uint64_t{1} << 53) - 1;

using P = PowerModel;
constexpr std::array kFields = {
    TextOf<&Terms::fleet>(1, "fleet", 31),
    TextOf<&Terms::name>(2, "name", 31),
    Number<&Terms::version, &Version::epoch>(3, "epoch", "", 1, 1'000'000),
    Number<&Terms::version, &Version::number>(4, "version", "", 1, kMaxVersion),
    Number<&Terms::issued_at_s>(5, "issued_at_s", "s", kYear2026, kYear2100),
    Number<&Terms::not_before_s>(6, "not_before_s", "s", kYear2026, kYear2100),
    Number<&Terms::not_after_s>(7, "not_after_s", "s", kYear2026, kYear2100),
    List<&Terms::target_count>(8, "targets", FieldKind::kTargets, 1, kMaxTargets),
    Choice<&Terms::profile>(9, "profile", 2),

    Number<&Terms::period>(10, "period_ms", "ms", 1'000, kHourMs),
    Number<&Terms::sample>(11, "sample_ms", "ms", 10, 600'000),
    Number<&Terms::mcu_guard>(12, "mcu_guard_ms", "ms", 1, kHourMs),
    Number<&Terms::mcu_sleep>(13, "mcu_sleep_ms", "ms", 1, kHourMs),
    Number<&Terms::wake>(14, "wake_ms", "ms", 1, kHourMs),
    Number<&Terms::collect>(15, "collect_ms", "ms", 1, kHourMs),
    Number<&Terms::infer>(16, "infer_ms", "ms", 1, kHourMs),
    Number<&Terms::release>(17, "release_ms", "ms", 1, kHourMs),
    Number<&Terms::judge>(18, "judge_ms", "ms", 1, kHourMs),
    Number<&Terms::report>(19, "report_ms", "ms", 1, kHourMs),
    Number<&Terms::computer_sleep>(20, "computer_sleep_ms", "ms", 1, kHourMs),

    List<&Terms::sensor_count>(21, "sensors", FieldKind::kSensors, 1, kMaxSensors),
    Number<&Terms::queue_limit_batches>(22, "queue_limit_batches", "batches", 2, 3),
    Number<&Terms::max_batch_age>(23, "max_batch_age_ms", "ms", 1, 3 * kHourMs),

    Number<&Terms::cycle_budget>(24, "cycle_budget_uj", "uJ", 1, kMaxEnergy),
    Field{25, "hour_budget_mj", "mJ", FieldKind::kNumber, 1, kMaxEnergy, GetHourBudget,
          SetHourBudget},
    Number<&Terms::power, &P::mcu_sample>(26, "mcu_sample_uw", "uW", 1, kMaxMicrowatts),
    Number<&Terms::power, &P::mcu_sleep>(27, "mcu_sleep_uw", "uW", 1, kMaxMicrowatts),
    Number<&Terms::power, &P::computer_awake>(28, "computer_awake_uw", "uW", 1,
                                              kMaxMicrowatts),
    Number<&Terms::power, &P::computer_infer>(29, "computer_infer_uw", "uW", 1,
                                              kMaxMicrowatts),
    Number<&Terms::power, &P::computer_report>(30, "computer_report_uw", "uW", 1,
                                               kMaxMicrowatts),
    Number<&Terms::power, &P::computer_sleep>(31, "computer_sleep_uw", "uW", 1,
                                              kMaxMicrowatts),
    Number<&Terms::power, &P::transition>(32, "transition_uj", "uJ", 1, kMaxEnergy),
    Number<&Terms::budget_margin_permille>(33, "budget_margin_permille", "permille", 50,
                                           500),

    Number<&Terms::commissioning_cycles>(34, "commissioning_cycles", "cycles", 10,
                                         100'000),
    Number<&Terms::score_cycles>(35, "score_cycles", "cycles", 1, 60),
    Number<&Terms::false_alarm_target>(36, "false_alarms_per_1e9_cycles", "", 1,
                                       100'000'000),
    Number<&Terms::alarm_k>(37, "alarm_k", "scores", 1, 64),
    Number<&Terms::alarm_n>(38, "alarm_n", "scores", 1, 64),

    Choice<&Terms::sleep_mode>(39, "sleep_mode", 2),
    Choice<&Terms::residency_max>(40, "residency_max", 4),
    Number<&Terms::awake_wakeups_max>(41, "awake_wakeups_max", "", 1, 100'000),

    TextOf<&Terms::gateway>(42, "gateway", 127),
    List<&Terms::alarm_sink_count>(43, "alarm_sinks", FieldKind::kSinks, 0,
                                   kMaxAlarmSinks),

    Number<&Terms::link_baud>(44, "link_baud", "baud", 9'600, 3'000'000),
    Number<&Terms::link_batch_wire_bytes>(45, "link_batch_wire_bytes", "bytes", 1,
                                          1'000'000),
    Number<&Terms::hello_timeout>(46, "hello_timeout_ms", "ms", 50, 10'000),
    Number<&Terms::hello_retries>(47, "hello_retries", "", 1, 20),

    Number<&Terms::trial_cycles>(48, "trial_cycles", "cycles", 3, 60),
    Number<&Terms::lease_cycles>(49, "lease_cycles", "cycles", 60, 4'000'000),
    Number<&Terms::scrub_cycles>(50, "scrub_cycles", "cycles", 1, 1'440),
    Number<&Terms::keyring_version_min>(51, "keyring_version_min", "", 1,
                                        Keyring::kMaxVersion),

    List<&Terms::calibration_count>(52, "calibrations", FieldKind::kDigests, 0,
                                    kMaxCalibrations),
};

constexpr std::array kTargetParts = {
    Part{1, "kind", "", FieldKind::kChoice, 1, 3},
    Part{2, "id", "characters", FieldKind::kText, 1, 31},
};

constexpr std::array kSensorParts = {
    Part{1, "id", "", FieldKind::kNumber, 1, 255},
    Part{2, "sample_rate_mhz", "mHz", FieldKind::kNumber, 100'000, 26'667'000},
    Part{3, "axes", "axes", FieldKind::kNumber, 1, 6},
    Part{4, "full_scale_mg", "mg", FieldKind::kNumber, 1'000, 500'000},
    Part{5, "bits", "bits", FieldKind::kNumber, 8, 24},
};

constexpr bool NumberedWithoutGaps() {
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (kFields[i].number != i + 1) return false;
  }
  return true;
}
static_assert(NumberedWithoutGaps(), "FindField() takes the number as an index");

constexpr std::array<std::string_view, 2> kProfiles = {"production", "bench"};
constexpr std::array<std::string_view, 2> kSleepModes = {"idle", "suspend"};
constexpr std::array<std::string_view, 4> kResidencies = {"child-exited", "memory-freed",
                                                          "context-kept", "hot"};
constexpr std::array<std::string_view, 3> kTargetKinds = {"all", "group", "robot"};

}  // namespace

std::span<const Field> Fields() { return kFields; }
std::span<const Part> TargetParts() { return kTargetParts; }
std::span<const Part> SensorParts() { return kSensorParts; }

const Field* FindField(std::uint32_t number) {
  return number >= 1 && number <= kFields.size() ? &kFields[number - 1] : nullptr;
}

std::string_view FieldName(std::uint32_t number) {
  const Field* field = FindField(number);
  return field == nullptr ? "?" : field->name;
}

std::span<const std::string_view> ChoiceNames(std::uint32_t number) {
  switch (number) {
    case kProfileField:
      return kProfiles;
    case kSleepModeField:
      return kSleepModes;
    case kResidencyField:
      return kResidencies;
    default:
      return {};
  }
}

std::span<const std::string_view> TargetKindNames() { return kTargetKinds; }

std::uint64_t SensorNumber(const Sensor& sensor, std::uint32_t part) {
  const std::array<std::uint32_t, 5> numbers = {sensor.id, sensor.sample_rate_millihertz,
                                                sensor.axes, sensor.full_scale_milli_g,
                                                sensor.bits};
  return part >= 1 && part <= numbers.size() ? numbers[part - 1] : 0;
}

void SetSensorNumber(Sensor& sensor, std::uint32_t part, std::uint64_t value) {
  const std::array<std::uint32_t*, 5> numbers = {
      &sensor.id, &sensor.sample_rate_millihertz, &sensor.axes,
      &sensor.full_scale_milli_g, &sensor.bits};
  if (part >= 1 && part <= numbers.size()) {
    *numbers[part - 1] = static_cast<std::uint32_t>(value);
  }
}

}  // namespace torpor::contract
