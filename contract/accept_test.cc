#include "contract/accept.h"

#include <gtest/gtest.h>

#include "contract/sign/sign.h"
#include "contract/test_terms.h"
#include "core/status_table.h"

namespace torpor::contract {
namespace {

VerifiedTerms Verified(const Terms& terms) {
  static const sign::PrivateKey key = sign::PrivateKey::Generate();
  Keyring keyring;
  EXPECT_EQ(keyring.Add(key.public_key()), Status::kOk);
  const auto bundle = sign::Sign(terms, key);
  EXPECT_TRUE(bundle.ok()) << Info(bundle.status()).name;
  return *Verify(*bundle, keyring);
}

constexpr std::uint64_t kDuring = kTestNotBefore + 1000;
constexpr TimeKnowledge kNow{kDuring, true};

TEST(Accept, IsForTheRobotsAndGroupsItNames) {
  const VerifiedTerms verified = Verified(GoodTerms());  // group hall-3, robot r-17
  const std::string_view hall3[] = {"hall-1", "hall-3"}, hall4[] = {"hall-4", "r-17"};
  const auto accept = [&](const RobotIdentity& robot) {
    return Accept(verified, robot, {}, kNow);
  };
  EXPECT_EQ(accept({"r-17", {}}), Status::kOk);
  EXPECT_EQ(accept({"r-18", hall3}), Status::kOk);
  EXPECT_EQ(accept({"r-18", hall4}), Status::kNotForThisRobot);
  EXPECT_EQ(accept({"hall-3", {}}), Status::kNotForThisRobot) << "a group is no robot";
  EXPECT_EQ(accept({"r-1", {}}), Status::kNotForThisRobot);
  EXPECT_EQ(accept({"r-170", {}}), Status::kNotForThisRobot);
  EXPECT_EQ(accept({"", {}}), Status::kNotForThisRobot);

  Terms all = GoodTerms();
  all.profile = Profile::kProduction;
  all.gateway.Assign("https://gateway.example");
  all.alarm_sink_count = 0;
  all.target_slots[0] = {TargetKind::kAll, {}};
  all.target_count = 1;
  EXPECT_EQ(Accept(Verified(all), {"anyone", {}}, {}, kNow), Status::kOk);
}

TEST(Accept, NeverGoesBelowTheFloorNorFarAboveIt) {
  struct Row {
    Version contract, floor;
    bool same_id;
    Status expected;
  };
  constexpr std::uint64_t kStep = kMaxVersionStep;
  const Row rows[] = {
      {{3, 100}, {0, 0}, false, Status::kOk},  // no floor yet
      {{3, 100}, {3, 99}, false, Status::kOk},
      {{3, 100}, {3, 100}, true, Status::kOk},
      {{3, 100}, {3, 100}, false, Status::kReplayed},
      {{3, 100}, {3, 101}, false, Status::kRolledBack},
      {{3, 100}, {3, 101}, true, Status::kRolledBack},
      {{3, 100}, {4, 1}, false, Status::kRolledBack},  // the epoch is the greater part
      {{3, 100}, {2, 5'000'000}, false, Status::kOk},
      {{3, kStep + 1}, {3, 1}, false, Status::kOk},
      {{3, kStep + 2}, {3, 1}, false, Status::kFastForward},
      {{3, kStep}, {2, 1}, false, Status::kOk},
      {{3, kStep + 1}, {2, 1}, false, Status::kFastForward},
      {{1 + kMaxEpochStep, 1}, {1, 1}, false, Status::kOk},
      {{2 + kMaxEpochStep, 1}, {1, 1}, false, Status::kFastForward},
      {{1, (1ULL << 53) - 1}, {1, 7}, false, Status::kFastForward},
  };
  for (const Row& row : rows) {
    Terms terms = GoodTerms();
    terms.version = row.contract;
    const VerifiedTerms verified = Verified(terms);
    Floor floor{row.floor, {}};
    if (row.same_id) floor.contract_id = verified.id();
    const Status status = Accept(verified, {"r-17", {}}, floor, kNow);
    EXPECT_EQ(Info(status).name, Info(row.expected).name)
        << row.contract.epoch << "." << row.contract.number << " on " << row.floor.epoch
        << "." << row.floor.number;
  }
}

TEST(Accept, OnlyRaisesTheFloor) {
  const VerifiedTerms verified = Verified(GoodTerms());  // 1.7
  EXPECT_EQ(Raised({}, verified).version, (Version{1, 7}));
  EXPECT_EQ(Raised({}, verified).contract_id, verified.id());
  const Floor higher{{1, 8}, {}};
  EXPECT_EQ(Raised(higher, verified).version, (Version{1, 8}));
  EXPECT_EQ(Raised(higher, verified).contract_id, Digest{});
}

TEST(Accept, JudgesTimeOnlyByWhatIsKnown) {
  const VerifiedTerms verified = Verified(GoodTerms());
  struct Row {
    const char* clock;
    TimeKnowledge time;
    Status expected;
  };
  const Row rows[] = {
      {"nothing known", {0, false}, Status::kOk},
      {"a bound before the contract", {kTestNotBefore - 1, false}, Status::kOk},
      {"a bound within", {kDuring, false}, Status::kOk},
      {"a bound at the end", {kTestNotAfter, false}, Status::kExpired},
      {"a bound just before the end", {kTestNotAfter - 1, false}, Status::kOk},
      {"right, too early", {kTestNotBefore - 1, true}, Status::kNotYetValid},
      {"right, at the start", {kTestNotBefore, true}, Status::kOk},
      {"right, last second", {kTestNotAfter - 1, true}, Status::kOk},
      {"right, too late", {kTestNotAfter, true}, Status::kExpired},
      {"1970, and believed", {0, true}, Status::kNotYetValid},
      {"ten years on", {kTestNotAfter + 315'360'000, false}, Status::kExpired},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Info(Accept(verified, {"r-17", {}}, {}, row.time)).name,
              Info(row.expected).name)
        << row.clock;
  }
}

TEST(Accept, SaysFirstWhoThenWhichThenWhen) {
  const VerifiedTerms verified = Verified(GoodTerms());
  const Floor above{{9, 9}, {}};
  const TimeKnowledge late{kTestNotAfter, true};
  EXPECT_EQ(Accept(verified, {"r-18", {}}, above, late), Status::kNotForThisRobot);
  EXPECT_EQ(Accept(verified, {"r-17", {}}, above, late), Status::kRolledBack);
}

}  // namespace
}  // namespace torpor::contract
