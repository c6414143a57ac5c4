#include "agent/roll_out.h"

#include <gtest/gtest.h>

#include "core/test_folder.h"
#include "link/ends_under_test.h"

namespace torpor::agent {
namespace {

using link::Held;
using link::Phase;

Held Version(std::uint64_t number) {
  contract::Terms terms = contract::GoodTerms();
  terms.version.number = number;
  return Held(terms);
}

// Counts what a power cut would have to wait for.
class CountingDisk final : public contract::sign::Disk {
 public:
  int Sync(int fd) override {
    ++syncs;
    return Disk::Sync(fd);
  }
  int syncs = 0;
};

class RollOutTest : public testing::Test {
 protected:
  // As torpord does once it knows which contract the firmware obeys.
  void WorkUnder(const Held& held) {
    obeyed_.emplace(Obeyed{held.verified,
                           held.bundle,
                           {},
                           keyring_,
                           {{keyring_}, {}},
                           {link::TestPairing(), std::nullopt},
                           remembered_,
                           ""});
    roll_out_.emplace(
        slots_, *obeyed_, [this](const contract::VerifiedTerms&) { return unfit_; },
        [this] { ++steady_; });
  }
  void Want(const Held& held) {
    ASSERT_EQ(contract::sign::PutWanted(folder_, held.bundle), Status::kOk);
  }
  void Hear(Phase phase, const Digest& staged = {}, const Digest& reverted = {},
            Status why = Status::kOk) {
    link::Statement statement;
    statement.phase = phase;
    statement.staged = staged;
    statement.reverted = reverted;
    statement.reverted_reason = static_cast<std::uint16_t>(why);
    roll_out_->OnAgreed(statement);
  }
  [[nodiscard]] std::vector<std::uint64_t> OnDisk() const {
    std::vector<std::uint64_t> versions;
    for (const Kept& kept : slots_.Load()) versions.push_back(kept.version.number);
    std::ranges::sort(versions);
    return versions;
  }
  // 0: nothing.
  std::uint64_t Offered() {
    const Kept* const kept = roll_out_->ToOffer();
    return kept != nullptr ? kept->version.number : 0;
  }
  [[nodiscard]] Status Refused() const {
    const auto report = slots_.LoadReport();
    return report.refused ? report.refused->reason : Status::kOk;
  }

  using Versions = std::vector<std::uint64_t>;
  TestFolder folder_;
  contract::Keyring keyring_ = link::TestKeyring();
  CountingDisk disk_;
  ContractSlots slots_{folder_, keyring_, disk_};
  Remembered remembered_;
  Held v7_ = Version(7), v8_ = Version(8), v9_ = Version(9);
  std::optional<Refusal> unfit_;
  std::optional<Obeyed> obeyed_;
  std::optional<RollOut> roll_out_;
  int steady_ = 0;
};

TEST_F(RollOutTest, OffersWhatIsWantedOnceASteadyFirmwareHasStatedItself) {
  WorkUnder(v7_);
  Want(v8_);
  EXPECT_EQ(Offered(), 0U) << "nobody has stated anything";
  Hear(Phase::kTrial);
  EXPECT_EQ(Offered(), 0U);
  Hear(Phase::kActivating);
  EXPECT_EQ(Offered(), 0U);
  Hear(Phase::kSteady);
  EXPECT_EQ(Offered(), 8U);
  EXPECT_EQ(OnDisk(), (Versions{7, 8})) << "both are kept before it is offered";
}

// Kept by an earlier run, whose baseline or options were others.
TEST_F(RollOutTest, WhatIsKeptAndCannotBeWorkedUnderAnyMoreIsToldAndDropped) {
  ASSERT_EQ(slots_.Keep(v7_.bundle, v7_.verified.id()), Status::kOk);
  ASSERT_EQ(slots_.Keep(v8_.bundle, v7_.verified.id()), Status::kOk);
  unfit_ = Refusal{Status::kBaselineMismatch, 0, "axes", "3", "2"};
  WorkUnder(v7_);
  EXPECT_EQ(OnDisk(), (Versions{7, 8})) << "the firmware may obey it by now";
  Hear(Phase::kSteady);
  EXPECT_EQ(Offered(), 0U);
  EXPECT_EQ(Refused(), Status::kBaselineMismatch);
  EXPECT_EQ(OnDisk(), Versions{7});
}

// The model's mutation CHANGE_AFTER: what may be obeyed by now stays on disk.
TEST_F(RollOutTest, WhatItAskedToActivateIsNotReplacedBeforeAStatement) {
  WorkUnder(v7_);
  Want(v8_);
  Hear(Phase::kSteady);
  ASSERT_EQ(Offered(), 8U);
  ASSERT_TRUE(roll_out_->OnStaged(0));
  Want(v9_);
  EXPECT_EQ(Offered(), 0U);
  EXPECT_EQ(OnDisk(), (Versions{7, 8}));
  Hear(Phase::kSteady, v8_.verified.id());  // the order was lost
  EXPECT_EQ(Offered(), 9U);
  EXPECT_EQ(OnDisk(), (Versions{7, 9}));
}

TEST_F(RollOutTest, ATrialIsKeptOnceACycleWasJudgedUnderIt) {
  ASSERT_EQ(slots_.Keep(v7_.bundle, v7_.verified.id()), Status::kOk);
  ASSERT_EQ(slots_.Keep(v8_.bundle, v7_.verified.id()), Status::kOk);
  WorkUnder(v8_);
  Hear(Phase::kTrial);
  EXPECT_FALSE(roll_out_->KeepDue());
  EXPECT_EQ(steady_, 0) << "the floor stays while it may go back";
  EXPECT_EQ(OnDisk(), (Versions{7, 8}));
  roll_out_->OnJudged();
  EXPECT_TRUE(roll_out_->KeepDue());
  Hear(Phase::kSteady);
  EXPECT_FALSE(roll_out_->KeepDue());
  EXPECT_EQ(steady_, 1);
  EXPECT_EQ(OnDisk(), Versions{8}) << "nobody needs the old one any more";
}

// A restart: all that it would write is there already, and a verdict waits for no disk.
TEST_F(RollOutTest, WhatAnEarlierRunHasWrittenIsMadeSureOnceTheCycleIsTold) {
  WorkUnder(v7_);
  Hear(Phase::kSteady);
  EXPECT_EQ(steady_, 1) << "the first run raises the floor at once";
  remembered_.floor_contract = v7_.verified.id();
  WorkUnder(v7_);
  disk_.syncs = 0;
  Hear(Phase::kSteady);
  EXPECT_EQ(Offered(), 0U);
  EXPECT_EQ(disk_.syncs, 0);
  EXPECT_EQ(steady_, 1);
  roll_out_->OnTold();
  EXPECT_EQ(steady_, 2) << "the floor is written again";
  EXPECT_GE(disk_.syncs, 4) << "bundle and report, each with its folder";
  disk_.syncs = 0;
  roll_out_->OnTold();
  EXPECT_EQ(disk_.syncs, 0) << "once";
}

TEST_F(RollOutTest, WhatAnEarlierRunHasWrittenIsMadeSureBeforeANewerOneIsOffered) {
  WorkUnder(v7_);
  Hear(Phase::kSteady);
  remembered_.floor_contract = v7_.verified.id();
  WorkUnder(v7_);
  Want(v8_);
  disk_.syncs = 0;
  Hear(Phase::kSteady);
  EXPECT_EQ(disk_.syncs, 0);
  EXPECT_EQ(Offered(), 8U);
  EXPECT_EQ(disk_.syncs, 9) << "two of them for what is obeyed, two to tell of it";
  EXPECT_EQ(steady_, 2) << "and the floor";
  EXPECT_EQ(OnDisk(), (Versions{7, 8}));
}

TEST_F(RollOutTest, WhatTheFirmwareWentBackFromIsToldAndNotOfferedAgain) {
  ASSERT_EQ(slots_.Keep(v7_.bundle, v7_.verified.id()), Status::kOk);
  ASSERT_EQ(slots_.Keep(v8_.bundle, v7_.verified.id()), Status::kOk);
  WorkUnder(v7_);
  Hear(Phase::kSteady, {}, v8_.verified.id(), Status::kTrialOver);
  EXPECT_EQ(Refused(), Status::kTrialOver);
  EXPECT_EQ(slots_.LoadReport().refused->contract->version.number, 8U);
  EXPECT_EQ(Offered(), 0U);
  EXPECT_EQ(OnDisk(), Versions{7});
}

TEST_F(RollOutTest, WhatTheFirmwareRefusesIsToldAndWhatIsOnlyLateIsOfferedAgain) {
  WorkUnder(v7_);
  Want(v8_);
  Hear(Phase::kSteady);
  for (const Status later :
       {Status::kLinkTimeout, Status::kTakeOverUnderWay, Status::kFlashIo}) {
    ASSERT_EQ(Offered(), 8U);
    EXPECT_FALSE(roll_out_->OnStaged(static_cast<std::uint16_t>(later)));
    EXPECT_EQ(Refused(), Status::kOk);
  }
  ASSERT_EQ(Offered(), 8U);
  EXPECT_FALSE(roll_out_->OnStaged(1044));
  EXPECT_EQ(Refused(), Status::kContractDiffers);
  EXPECT_NE(slots_.LoadReport().refused->text.find("link_baud"), std::string::npos);
  EXPECT_EQ(Offered(), 0U);
  EXPECT_EQ(OnDisk(), Versions{7});
}

TEST_F(RollOutTest, WhatThisRobotCannotWorkUnderIsNeverOffered) {
  WorkUnder(v7_);
  unfit_ = Refusal{Status::kBaselineMismatch, 0, "score_cycles", "6", "5"};
  Want(v8_);
  Hear(Phase::kSteady);
  EXPECT_EQ(Offered(), 0U);
  EXPECT_EQ(Refused(), Status::kBaselineMismatch);
  EXPECT_FALSE(slots_.FindWanted()) << "it is dealt with";
  unfit_.reset();
  contract::Terms same_version = v7_.verified.terms();
  same_version.commissioning_cycles += 60;
  Want(Held(same_version));
  EXPECT_EQ(Offered(), 0U);
  EXPECT_EQ(Refused(), Status::kRolledBack) << "not newer";
  Want(Version(6));
  EXPECT_EQ(Offered(), 0U);
  EXPECT_EQ(Refused(), Status::kRolledBack);
  Want(v7_);
  EXPECT_EQ(Offered(), 0U) << "it is obeyed already";
  EXPECT_FALSE(slots_.FindWanted());
  Want(v9_);
  EXPECT_EQ(Offered(), 9U);
  EXPECT_EQ(Refused(), Status::kOk);
}

}  // namespace
}  // namespace torpor::agent
