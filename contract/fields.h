// Every parameter of a contract, by the number it has in contract.proto: what it is
// called, what it is counted in and which values are legal. Decoding, the lint, the human
// source and the naming of disagreements all go by this one table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "contract/terms.h"

namespace torpor::contract {

enum class FieldKind : std::uint8_t {
  kNumber,
  kChoice,
  kText,
  kTargets,
  kSensors,
  kSinks,
  kDigests
};

// For a text or a list, the value and its bounds are the length.
struct Field {
  std::uint16_t number;   // contract.proto's
  std::string_view name;  // contract.proto's
  std::string_view unit;  // "" where it is a plain count
  FieldKind kind;
  std::uint64_t min, max;
  std::uint64_t (*get)(const Terms&);
  void (*set)(Terms&, std::uint64_t);  // kNumber and kChoice, within min..max; else null

  [[nodiscard]] constexpr bool IsNumber() const {
    return kind == FieldKind::kNumber || kind == FieldKind::kChoice;
  }
};

// A number inside an entry of `targets` or `sensors`; for a text, its length.
struct Part {
  std::uint8_t number;
  std::string_view name, unit;
  FieldKind kind;
  std::uint64_t min, max;
};

// All of them, ascending by number.
std::span<const Field> Fields();
std::span<const Part> TargetParts();
std::span<const Part> SensorParts();

// Null for a number that the schema does not have.
const Field* FindField(std::uint32_t number);

// As in contract.proto: "period_ms"; "?" for a number that the schema does not have.
std::string_view FieldName(std::uint32_t number);

// What the values 1, 2, ... of a choice are called in the human source: "production".
// Empty for a field that is no choice.
std::span<const std::string_view> ChoiceNames(std::uint32_t number);
std::span<const std::string_view> TargetKindNames();

// One number of a sensor by its part number; 0 for a part that does not exist.
std::uint64_t SensorNumber(const Sensor& sensor, std::uint32_t part);
// Only with the part's bounds kept.
void SetSensorNumber(Sensor& sensor, std::uint32_t part, std::uint64_t value);

// Field numbers that code names.
enum FieldNumber : std::uint16_t {
  kFleetField = 1,
  kNameField = 2,
  kEpochField = 3,
  kVersionField = 4,
  kIssuedField = 5,
  kNotBeforeField = 6,
  kNotAfterField = 7,
  kTargetsField = 8,
  kProfileField = 9,
  kPeriodField = 10,
  kSampleField = 11,
  kMcuSleepField = 13,
  kCollectField = 15,
  kComputerSleepField = 20,
  kSensorsField = 21,
  kQueueLimitField = 22,
  kMaxBatchAgeField = 23,
  kCycleBudgetField = 24,
  kHourBudgetField = 25,
  kCommissioningField = 34,
  kAlarmKField = 37,
  kAlarmNField = 38,
  kSleepModeField = 39,
  kResidencyField = 40,
  kGatewayField = 42,
  kAlarmSinksField = 43,
  kLinkBaudField = 44,
  kWireBytesField = 45,
  kHelloTimeoutField = 46,
  kHelloRetriesField = 47,
  kTrialCyclesField = 48,
  kLeaseCyclesField = 49,
  kScrubCyclesField = 50,
  kKeyringVersionField = 51,
  kCalibrationsField = 52,
};

}  // namespace torpor::contract
