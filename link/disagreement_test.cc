#include "link/disagreement.h"

#include <gtest/gtest.h>

#include "contract/difference.h"
#include "contract/fields.h"
#include "contract/lint.h"
#include "link/ends_under_test.h"

namespace torpor::link {
namespace {

using contract::GoodTerms;

// Another legal value of a field, such that the terms still lint; false where the field
// cannot change alone, so that a neighbour has to move with it.
bool Change(contract::Terms& terms, const contract::Field& field) {
  const contract::Terms good = terms;
  const auto lints = [&] {
    contract::Findings findings;
    contract::Lint(terms, findings);
    return findings.empty();
  };
  if (field.IsNumber()) {
    const std::uint64_t value = field.get(terms);
    for (const std::uint64_t other : {value + 1, value - 1, value + 1000, value * 2}) {
      if (other < field.min || other > field.max) continue;
      field.set(terms, other);
      if (lints()) return true;
      terms = good;
    }
    return false;
  }
  switch (field.number) {
    case contract::kFleetField:
      terms.fleet.Assign("south-hall");
      break;
    case contract::kNameField:
      terms.name.Assign("day-shift");
      break;
    case contract::kTargetsField:
      terms.target_slots[0].id.Assign("hall-4");
      break;
    case contract::kSensorsField:
      terms.sensor_slots[0].full_scale_milli_g /= 2;
      break;
    case contract::kGatewayField:
      terms.gateway.Assign("http://127.0.0.1:9092");
      break;
    case contract::kAlarmSinksField:
      terms.alarm_sink_count = 1;
      break;
    case contract::kCalibrationsField:
      terms.calibration_count = 0;
      break;
    default:
      return false;
  }
  return lints();
}

// Fields that close a sum: moved by a millisecond together with a neighbour of the same
// timeline, the lower field number of the two is the one that is named.
bool ChangeWithNeighbour(contract::Terms& terms, std::uint16_t field,
                         std::uint16_t& named) {
  const contract::Terms good = terms;
  for (const contract::Field& neighbour : contract::Fields()) {
    if (!neighbour.IsNumber() || neighbour.number == field) continue;
    const contract::Field& own = *contract::FindField(field);
    for (const std::uint64_t step : {1U, 5U, 1000U}) {
      for (const bool up : {true, false}) {
        const auto moved = [&](const contract::Field& f, bool plus) {
          return plus ? f.get(good) + step : f.get(good) - step;
        };
        const std::uint64_t a = moved(own, up);
        const std::uint64_t b =
            moved(neighbour, field == contract::kPeriodField ? up : !up);
        if (a < own.min || a > own.max || b < neighbour.min || b > neighbour.max)
          continue;
        terms = good;
        own.set(terms, a);
        neighbour.set(terms, b);
        contract::Findings findings;
        contract::Lint(terms, findings);
        if (findings.empty()) {
          named = std::min(field, neighbour.number);
          return true;
        }
      }
    }
  }
  terms = good;
  return false;
}

// The period is in both timelines, and a bench contract may have addresses that another
// may not.
void ChangeWithSeveral(contract::Terms& terms, std::uint16_t field) {
  if (field == contract::kPeriodField) {
    terms.period += Milliseconds(1000);
    terms.mcu_sleep += Milliseconds(1000);
    terms.computer_sleep += Milliseconds(1000);
  } else {
    ASSERT_EQ(field, contract::kProfileField);
    terms.profile = contract::Profile::kProduction;
    terms.gateway.Assign("https://gateway.example");
    terms.alarm_sink_count = 0;
  }
}

TEST(Disagreement, EachParameterThatDiffersIsNamedByBothSidesWithBothValues) {
  const contract::Terms ours = contract::CalibratedTerms();
  int named_count = 0;
  for (const contract::Field& field : contract::Fields()) {
    SCOPED_TRACE(field.name);
    contract::Terms theirs = ours;
    std::uint16_t expected = field.number;
    if (!Change(theirs, field) && !ChangeWithNeighbour(theirs, field.number, expected)) {
      ChangeWithSeveral(theirs, field.number);
    }
    const auto difference = contract::FirstDifference(ours, theirs);
    ASSERT_TRUE(difference.has_value());
    ASSERT_EQ(difference->field, expected);

    TestLink link(ours, theirs);
    ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
    const Refusal& computers = link.computer->refusal();
    EXPECT_EQ(computers.reason, 1000 + expected);
    EXPECT_EQ(computers.status(), Status::kContractDiffers);
    EXPECT_EQ(computers.ours, difference->ours);
    EXPECT_EQ(computers.theirs, difference->theirs);
    EXPECT_NE(computers.ours, computers.theirs);

    ASSERT_EQ(link.firmware_events.back(), FirmwareEvent::kRefused);
    EXPECT_EQ(link.firmware->refusal(), Swapped(computers));
    EXPECT_EQ(link.firmware->state(), FirmwareEnd::State::kRefused);
    ++named_count;
  }
  EXPECT_EQ(named_count, static_cast<int>(contract::Fields().size()));
}

TEST(Disagreement, NamesWhatMattersBeforeVersionAndDates) {
  contract::Terms theirs = GoodTerms();
  theirs.version.number += 1;
  theirs.issued_at_s += 60;
  theirs.not_before_s += 60;
  theirs.commissioning_cycles += 60;
  TestLink link(GoodTerms(), theirs);
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(NameOf(link.computer->refusal().reason), "commissioning_cycles");
}

TEST(Disagreement, ARefusalSurvivesLossAndStaysUntilRestart) {
  contract::Terms theirs = GoodTerms();
  theirs.commissioning_cycles += 60;
  TestLink link(GoodTerms(), theirs);
  std::mt19937 random(1);
  link.fault = [&](Way, Bytes&) { return random() % 3 == 0 ? 0 : 1; };
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  ASSERT_EQ(link.firmware->state(), FirmwareEnd::State::kRefused);

  // A computer that now holds the firmware's contract is told no all the same.
  TestLink after(theirs, theirs);
  after.firmware = std::move(link.firmware);
  ASSERT_EQ(after.Greet(9), ComputerEvent::kRefused);
  EXPECT_EQ(after.computer->refusal().status(), Status::kPeerRefused);
  EXPECT_EQ(after.computer->refusal().theirs.view(), "commissioning_cycles");
}

TEST(Disagreement, AContractOfAnotherKeyIsKnownOnlyByItsId) {
  TestLink link;
  const auto stranger = contract::sign::PrivateKey::FromSeed({std::byte{9}});
  contract::Terms theirs = GoodTerms();
  theirs.commissioning_cycles += 60;
  const Bytes bundle = *contract::sign::Sign(theirs, stranger);
  contract::Keyring strangers;
  ASSERT_EQ(strangers.Add(stranger.public_key()), Status::kOk);
  const auto verified = contract::Verify(bundle, strangers);
  FirmwareSelf self = SelfOf(link.there);
  self.bundle = bundle;
  self.contract = verified->id();
  link.firmware = std::make_unique<FirmwareEnd>();
  link.firmware->Boot(self, TestPairing());
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(link.computer->refusal().reason,
            static_cast<std::uint16_t>(Status::kContractDiffers));
  EXPECT_EQ(link.computer->refusal().theirs.view(),
            contract::Hex(verified->short_id()).view());
}

TEST(Disagreement, ANewerFloorOnEitherSideIsRefusedByBoth) {
  TestLink link;
  FirmwareSelf self = SelfOf(link.there);
  self.floor.number += 1;
  link.firmware = std::make_unique<FirmwareEnd>();
  link.firmware->Boot(self, TestPairing());
  ASSERT_EQ(link.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(link.computer->refusal().status(), Status::kFloorDiffers);
  EXPECT_EQ(link.computer->refusal().ours.view(), "epoch 1 version 7");
  EXPECT_EQ(link.computer->refusal().theirs.view(), "epoch 1 version 8");
  EXPECT_EQ(link.firmware->refusal(), Swapped(link.computer->refusal()));

  TestLink other;
  other.computer = std::make_unique<ComputerEnd>(
      ComputerSelf{other.here.verified, other.keyring, {2, 1}, {}}, TestPairing(),
      other.buffer);
  ASSERT_EQ(other.Greet(), ComputerEvent::kRefused);
  EXPECT_EQ(other.firmware->refusal().status(), Status::kFloorDiffers);
  EXPECT_EQ(other.computer->refusal(), Swapped(other.firmware->refusal()));
}

}  // namespace
}  // namespace torpor::link
