#include "contract/difference.h"

#include <gtest/gtest.h>

#include <vector>

#include "contract/fields.h"
#include "contract/test_terms.h"

namespace torpor::contract {
namespace {

// The good terms with this field, and no other, changed.
Terms ChangedIn(const Field& field) {
  Terms t = GoodTerms();
  if (field.IsNumber()) {
    const std::uint64_t value = field.get(t);
    field.set(t, value == field.max ? value - 1 : value + 1);
  } else if (field.number == kFleetField) {
    t.fleet.Assign("south-hall");
  } else if (field.number == kNameField) {
    t.name.Assign("day-shift");
  } else if (field.number == kGatewayField) {
    t.gateway.Assign("http://127.0.0.1:9092");
  } else if (field.kind == FieldKind::kTargets) {
    t.target_slots[1].id.Assign("r-18");
  } else if (field.kind == FieldKind::kSensors) {
    t.sensor_slots[0].axes = 3;
  } else if (field.kind == FieldKind::kDigests) {
    t.calibration_count = 1;
  } else {
    t.alarm_sink_count = 1;
  }
  return t;
}

TEST(Difference, NamesEachFieldThatDiffersWithBothValues) {
  for (const Field& field : Fields()) {
    const Terms ours = GoodTerms(), theirs = ChangedIn(field);
    const auto difference = FirstDifference(ours, theirs);
    ASSERT_TRUE(difference) << field.name;
    EXPECT_EQ(difference->field, field.number) << field.name;
    EXPECT_EQ(difference->reason(), 1000U + field.number);
    EXPECT_FALSE(difference->ours == difference->theirs) << difference->ours.view();
    EXPECT_GT(difference->ours.length, 0) << field.name;

    const auto other_way = FirstDifference(theirs, ours);
    ASSERT_TRUE(other_way) << field.name;
    EXPECT_EQ(other_way->ours, difference->theirs) << field.name;
  }
}

TEST(Difference, EqualTermsDoNotDiffer) {
  EXPECT_FALSE(FirstDifference(GoodTerms(), GoodTerms()));
}

TEST(Difference, ListsThemAllInOrder) {
  Terms theirs = GoodTerms();
  for (const Field& field : Fields()) {
    const Terms changed = ChangedIn(field);
    if (field.IsNumber()) field.set(theirs, field.get(changed));
  }
  std::vector<Difference> all(Fields().size());
  const std::size_t count = Differences(GoodTerms(), theirs, all);
  EXPECT_EQ(count, 45U);
  for (std::size_t i = 1; i < count; ++i) EXPECT_LT(all[i - 1].field, all[i].field);
  Difference one;
  EXPECT_EQ(Differences(GoodTerms(), theirs, std::span(&one, 1)), count);
}

TEST(Difference, ShowsValuesAsPeopleReadThem) {
  const Terms terms = GoodTerms();
  EXPECT_EQ(FormatField(terms, kPeriodField).view(), "10000 ms");
  EXPECT_EQ(FormatField(terms, kProfileField).view(), "bench");
  EXPECT_EQ(FormatField(terms, kTargetsField).view(), "group:hall-3; robot:r-17");
  EXPECT_EQ(FormatField(terms, kSensorsField).view(),
            "id 1, 25600000 mHz, 2 axes, 50000 mg, 16 bits");
  EXPECT_EQ(FormatField(terms, 0).view(), "");
  EXPECT_EQ(FormatField(terms, 53).view(), "");
  EXPECT_EQ(FieldName(53), "?");
  EXPECT_EQ(FormatField(CalibratedTerms(), kCalibrationsField).view(),
            "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c000");
  Terms none = terms;
  none.alarm_sink_count = 0;
  EXPECT_EQ(FormatField(none, kAlarmSinksField).view(), "none");
}

TEST(Difference, OfDigestsTheLastDigitCounts) {
  const Terms ours = CalibratedTerms(2);
  Terms theirs = ours;
  theirs.calibration_slots[1].back() = std::byte{2};
  const auto difference = FirstDifference(ours, theirs);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->field, kCalibrationsField);
  EXPECT_TRUE(difference->ours.view().starts_with("[1] c0c0"));
  EXPECT_TRUE(difference->ours.view().ends_with("c001"));
  EXPECT_TRUE(difference->theirs.view().ends_with("c002"));
}

TEST(Difference, IsCutToFitAndNotBeyond) {
  Terms ours = GoodTerms(), theirs = GoodTerms();
  ours.gateway.Assign("http://" + std::string(120, 'a'));
  theirs.gateway.Assign("http://" + std::string(119, 'a') + "b");
  const auto difference = FirstDifference(ours, theirs);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->ours.length, 127);
}

}  // namespace
}  // namespace torpor::contract
