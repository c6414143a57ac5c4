// Every field at both ends of its range and one step beyond, as bytes and as terms.
#include <gtest/gtest.h>

#include <string>

#include "contract/fields.h"
#include "contract/lint.h"
#include "contract/test_wire.h"
#include "core/status_table.h"

namespace torpor::contract {
namespace {

using Records = std::vector<Record>;

// The records with this number in place of field (or, when zero, without the field).
Bytes WithNumber(Records records, std::uint64_t number, std::uint64_t value) {
  Find(records, number) = NumberRecord(number, value);
  if (value == 0)
    std::erase_if(records, [&](const Record& r) { return r.number == number; });
  return Join(records);
}

Status Expected(std::uint64_t value, std::uint64_t min, std::uint64_t max) {
  if (value >= min && value <= max) return Status::kOk;
  return value == 0 ? Status::kFieldMissing : Status::kOutOfRange;
}

TEST(Ranges, EveryNumberAtItsEndsAndOneBeyond) {
  for (const Field& field : Fields()) {
    if (!field.IsNumber()) continue;
    for (const std::uint64_t value :
         {field.min - 1, field.min, field.max, field.max + 1}) {
      Finding why;
      const auto terms =
          DecodePayload(WithNumber(GoodRecords(), field.number, value), &why);
      EXPECT_EQ(Info(terms.status()).name,
                Info(Expected(value, field.min, field.max)).name)
          << field.name << " " << value;
      if (terms.ok()) {
        EXPECT_EQ(field.get(*terms), value) << field.name;
      } else {
        EXPECT_EQ(why.field, field.number) << field.name << " " << value;
      }
    }
  }
}

TEST(Ranges, EveryNumberOfASensorAtItsEndsAndOneBeyond) {
  for (const Part& part : SensorParts()) {
    for (const std::uint64_t value : {part.min - 1, part.min, part.max, part.max + 1}) {
      Records records = GoodRecords();
      Record& sensor = Find(records, kSensorsField);
      sensor.value = WithNumber(Split(sensor.value), part.number, value);
      Finding why;
      const auto terms = DecodePayload(Join(records), &why);
      EXPECT_EQ(terms.status(), Expected(value, part.min, part.max))
          << part.name << " " << value;
      if (!terms.ok()) {
        EXPECT_EQ(why.field, kSensorsField);
        EXPECT_EQ(why.part, part.number);
      }
    }
  }
}

TEST(Ranges, EveryTextAtItsLongestAndOneBeyond) {
  for (const Field& field : Fields()) {
    if (field.kind != FieldKind::kText) continue;
    for (const std::uint64_t length : {field.min, field.max, field.max + 1}) {
      Records records = GoodRecords();
      Find(records, field.number) = TextRecord(field.number, std::string(length, 'a'));
      EXPECT_EQ(DecodePayload(Join(records)).status(),
                length > field.max ? Status::kFieldTooLong : Status::kOk)
          << field.name << " " << length;
    }
    Records without = GoodRecords();
    std::erase_if(without, [&](const Record& r) { return r.number == field.number; });
    EXPECT_EQ(DecodePayload(Join(without)).status(), Status::kFieldMissing) << field.name;
  }
}

TEST(Ranges, EveryListAtItsLongestAndOneBeyond) {
  for (const Field& field : Fields()) {
    if (field.IsNumber() || field.kind == FieldKind::kText) continue;
    for (const std::uint64_t count :
         {std::uint64_t{0}, field.min, field.max, field.max + 1}) {
      Records records;
      for (const Record& record : Split(PayloadOf(CalibratedTerms()))) {
        if (record.number != field.number) {
          records.push_back(record);
        } else if (records.empty() || records.back().number != field.number) {
          records.insert(records.end(), count, record);
        }
      }
      Status expected = count > field.max ? Status::kFieldTooLong : Status::kOk;
      if (count < field.min) expected = Status::kFieldMissing;
      EXPECT_EQ(DecodePayload(Join(records)).status(), expected)
          << field.name << " " << count;
    }
  }
}

TEST(Ranges, TheLintKeepsTheSameBounds) {
  for (const Field& field : Fields()) {
    if (!field.IsNumber()) continue;
    for (const std::uint64_t value : {field.min - 1, field.max + 1}) {
      if (value > UINT32_MAX) continue;  // no such value in terms of 32 bits
      Terms terms = GoodTerms();
      field.set(terms, value);
      Findings findings;
      Lint(terms, findings);
      ASSERT_EQ(findings.count(), 1U) << field.name << " " << value;
      const Finding& finding = findings.list()[0];
      EXPECT_EQ(finding.status, Expected(value, field.min, field.max)) << field.name;
      EXPECT_EQ(finding.field, field.number);
      EXPECT_EQ(finding.found, value);
      EXPECT_EQ(finding.allowed, value < field.min ? field.min : field.max);
      std::array<std::byte, kMaxPayloadBytes> buffer{};
      EXPECT_FALSE(EncodePayload(terms, buffer).ok()) << field.name;
    }
  }
}

TEST(Ranges, NamesAreOfLowerCaseLettersDigitsAndDashes) {
  for (const char* bad : {"North", "north hall", "north_hall", "n\x7F", "\xC3\xBC"}) {
    Terms terms = GoodTerms();
    terms.fleet.Assign(bad);
    terms.target_slots[1].id.Assign(bad);
    Findings findings;
    Lint(terms, findings);
    ASSERT_EQ(findings.count(), 2U) << bad;
    EXPECT_EQ(findings.list()[0].status, Status::kOutOfRange);
    EXPECT_EQ(findings.list()[0].field, kFleetField);
    EXPECT_EQ(findings.list()[1].field, kTargetsField);
    EXPECT_EQ(findings.list()[1].entry, 1);
  }
}

// docs/contract-format.md counts on it: the length of a payload takes two bytes.
TEST(Ranges, NoContractIsShorterThan128Bytes) {
  Terms terms = GoodTerms();
  for (const Field& field : Fields()) {
    if (field.IsNumber()) field.set(terms, field.min);
  }
  terms.fleet.Assign("a");
  terms.name.Assign("a");
  terms.gateway.Assign("a");
  terms.target_slots[0] = {TargetKind::kAll, {}};
  terms.target_count = 1;
  terms.alarm_sink_count = 0;
  for (const Part& part : SensorParts()) {
    SetSensorNumber(terms.sensor_slots[0], part.number, part.min);
  }
  EXPECT_GE(PayloadOf(terms).size(), 128U);
}

TEST(Ranges, AContractOfTheLongestTextsStillFits) {
  Terms terms = GoodTerms();
  terms.fleet.Assign(std::string(31, 'a'));
  terms.name.Assign(std::string(31, 'a'));
  terms.gateway.Assign("https://" + std::string(119, 'a'));
  terms.target_count = kMaxTargets;
  for (std::uint32_t i = 0; i < kMaxTargets; ++i) {
    terms.target_slots[i].kind = TargetKind::kRobot;
    terms.target_slots[i].id.Assign(std::string(30, 'a') + static_cast<char>('a' + i));
  }
  terms.alarm_sink_count = kMaxAlarmSinks;
  for (std::uint32_t i = 0; i < kMaxAlarmSinks; ++i) {
    terms.alarm_sink_slots[i].Assign("https://" + std::string(118, 'a') +
                                     static_cast<char>('a' + i));
  }
  const Terms calibrated = CalibratedTerms(kMaxCalibrations);
  terms.calibration_slots = calibrated.calibration_slots;
  terms.calibration_count = calibrated.calibration_count;
  const Bytes payload = PayloadOf(terms);
  EXPECT_GT(payload.size(), 1400U);
  EXPECT_TRUE(DecodePayload(payload).ok());
}

}  // namespace
}  // namespace torpor::contract
