#include "detect/contracted.h"

#include <gtest/gtest.h>

#include "contract/fields.h"
#include "contract/test_terms.h"
#include "detect/detector.h"
#include "detect/test_machines.h"

namespace torpor::detect {
namespace {

// Another value of this field, whatever it is.
contract::Terms Changed(const contract::Field& field) {
  contract::Terms terms = contract::GoodTerms();
  switch (field.kind) {
    case contract::FieldKind::kNumber:
    case contract::FieldKind::kChoice:
      field.set(terms, field.get(terms) == field.max ? field.min : field.get(terms) + 1);
      break;
    case contract::FieldKind::kText:
      (field.number == contract::kFleetField ? terms.fleet : terms.name).Assign("other");
      if (field.number == contract::kGatewayField) terms.gateway.Assign("https://other");
      break;
    case contract::FieldKind::kTargets:
      terms.target_slots[0].id.Assign("other");
      break;
    case contract::FieldKind::kSensors:
      ++terms.sensor_slots[0].id;
      break;
    case contract::FieldKind::kSinks:
      terms.alarm_sink_slots[0].Assign("https://other");
      break;
    case contract::FieldKind::kDigests:
      terms.calibration_count = 1;
      break;
  }
  return terms;
}

Status LoadedUnder(const contract::Terms& terms, std::string& why) {
  const Baseline baseline = TestBaseline();
  const Detector before(baseline, BoundTo(GroundOf(contract::GoodTerms()), nullptr));
  Detector after(baseline, BoundTo(GroundOf(terms), nullptr));
  return after.Load(before.Save(), &why);
}

TEST(Contracted, EveryFieldIsDecidedAndDoesAsDecided) {
  const auto fields = contract::Fields();
  const auto choices = FieldChoices();
  ASSERT_EQ(choices.size(), fields.size()) << "a new field: decide in contracted.cc";
  int lost = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    ASSERT_EQ(choices[i].field, fields[i].name);
    std::string why;
    const Status status = LoadedUnder(Changed(fields[i]), why);
    if (choices[i].learned == Learned::kStays) {
      EXPECT_EQ(status, Status::kOk) << fields[i].name << ": " << why;
      continue;
    }
    ++lost;
    EXPECT_EQ(status, Status::kContractDiffers) << fields[i].name;
    EXPECT_EQ(why.find(fields[i].name), 0U) << why;
  }
  EXPECT_EQ(lost, 4);
}

TEST(Contracted, OfTheFirstSensorEveryPartIsGroundAndOfOthersNone) {
  for (const contract::Part& part : contract::SensorParts()) {
    contract::Terms terms = contract::GoodTerms();
    const auto was = contract::SensorNumber(terms.sensor_slots[0], part.number);
    contract::SetSensorNumber(terms.sensor_slots[0], part.number, was + 1);
    EXPECT_EQ(Differs(GroundOf(contract::GoodTerms()), GroundOf(terms)),
              "sensors." + std::string(part.name) + " was " + std::to_string(was) +
                  ", is " + std::to_string(was + 1));
  }
  contract::Terms two = contract::GoodTerms();
  two.sensor_slots[1] = {9, 100'000, 3, 8'000, 16};
  two.sensor_count = 2;
  EXPECT_EQ(GroundOf(two), GroundOf(contract::GoodTerms()));
}

// The ground has room for all its numbers, and the last one counts.
TEST(Contracted, TheGroundEndsWithTheLastFieldThatIsLost) {
  const contract::Terms terms = contract::GoodTerms();
  EXPECT_EQ(GroundOf(terms).numbers[kGroundNumbers - 1], terms.score_cycles);
}

}  // namespace
}  // namespace torpor::detect
