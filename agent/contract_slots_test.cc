#include "agent/contract_slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "contract/envelope.h"
#include "contract/sign/sign.h"
#include "contract/sign/test_power_cut.h"
#include "contract/test_terms.h"
#include "core/test_folder.h"

namespace torpor::agent {
namespace {

namespace fs = std::filesystem;
namespace sign = contract::sign;
using sign::CutDisk;
using sign::FolderState;
using sign::PowerCut;
using sign::PutState;

const sign::PrivateKey& Key() {
  static const auto key = sign::PrivateKey::FromSeed({std::byte{7}});
  return key;
}

const contract::Keyring& Trusted() {
  static const contract::Keyring keyring = [] {
    contract::Keyring made;
    EXPECT_EQ(made.Add(Key().public_key()), Status::kOk);
    return made;
  }();
  return keyring;
}

// Contract 1, 2 or 3.
Kept Number(std::uint64_t number, const sign::PrivateKey& key = Key()) {
  contract::Terms terms = contract::GoodTerms();
  terms.version.number = number;
  const auto bundle = sign::Sign(terms, key);
  const auto envelope = contract::ParseEnvelope(*bundle);
  return {*bundle, contract::DigestOf(envelope->payload), terms.version, "night-shift"};
}

std::string TextOf(const Kept& kept) {
  return {reinterpret_cast<const char*>(kept.bundle.data()), kept.bundle.size()};
}

const std::string kA = "contract-a.bundle", kB = "contract-b.bundle",
                  kWanted = sign::kWantedFile, kReport = sign::kActivationFile;

class Slots : public testing::Test {
 protected:
  Slots() { fs::create_directory(folder_); }

  static bool Loads(const fs::path& folder, const Kept& wanted) {
    const auto kept = ContractSlots(folder, Trusted()).Load();
    return std::ranges::any_of(
        kept, [&](const Kept& one) { return one.bundle == wanted.bundle; });
  }

  using Act = std::function<Status(ContractSlots&)>;
  using Holds = std::function<void(const fs::path& folder, bool done)>;

  // Cuts the power before each call to the system in turn, and ends the process there; in
  // each folder that may be found afterwards the contract that is obeyed is loaded whole,
  // and `also` holds.
  void CutEverywhere(const FolderState& before, const Kept& obeyed, const Act& act,
                     const Holds& also) const {
    for (int cut = 1; cut < 200; ++cut) {
      PutState(before, folder_);
      CutDisk disk(folder_, cut);
      ContractSlots slots(folder_, Trusted(), disk);
      bool done = false;
      try {
        ASSERT_EQ(act(slots), Status::kOk);
        done = true;
      } catch (const PowerCut&) {
      }
      std::set<FolderState> found = disk.AfterPowerCut();
      found.insert(sign::StateOf(folder_));
      for (const FolderState& state : found) {
        PutState(state, after_);
        ASSERT_TRUE(Loads(after_, obeyed)) << "cut before call " << cut;
        also(after_, done);
      }
      if (done && disk.calls() < cut) return;
    }
    FAIL() << "it never ended";
  }

  // Every way in which the two files may be found while 1 is obeyed, and 2 is not yet.
  [[nodiscard]] std::vector<FolderState> Befores() const {
    const std::string torn = two_.substr(0, two_.size() / 2);
    return {{{kA, one_}},
            {{kB, one_}},
            {{kA, one_}, {kB, three_}},
            {{kA, three_}, {kB, one_}},
            {{kA, torn}, {kB, one_}},
            {{kA, one_}, {kB, ""}},
            {{kA, one_}, {kB, one_}},
            {{kA, one_}, {kB + ".new", torn}}};
  }

  TestFolder root_;
  const fs::path folder_ = root_ / "state", after_ = root_ / "after";
  const Kept first_ = Number(1), second_ = Number(2), third_ = Number(3);
  const std::string one_ = TextOf(first_), two_ = TextOf(second_),
                    three_ = TextOf(third_);
};

TEST_F(Slots, AtEachCutWhatIsObeyedIsLoadedAndWhatWasKeptOnceThatWasSaid) {
  for (const FolderState& before : Befores()) {
    CutEverywhere(
        before, first_,
        [&](ContractSlots& slots) { return slots.Keep(second_.bundle, first_.id); },
        [&](const fs::path& folder, bool done) {
          EXPECT_TRUE(!done || Loads(folder, second_));
        });
  }
}

TEST_F(Slots, ADroppedContractIsGoneForGoodAndTheOtherStays) {
  for (const FolderState& before :
       {FolderState{{kA, one_}, {kB, two_}}, {{kA, two_}, {kB, one_}}}) {
    CutEverywhere(
        before, second_, [&](ContractSlots& slots) { return slots.Drop(first_.id); },
        [&](const fs::path& folder, bool done) {
          EXPECT_FALSE(done && Loads(folder, first_));
        });
  }
}

TEST_F(Slots, AWishIsTakenOnceItIsKeptAndNotForgottenBefore) {
  for (FolderState before : Befores()) {
    before[kWanted] = two_;
    CutEverywhere(
        before, first_,
        [&](ContractSlots& slots) {
          return slots.TakeWanted(*slots.FindWanted(), first_.id);
        },
        [&](const fs::path& folder, bool done) {
          const bool asked = ContractSlots(folder, Trusted()).FindWanted().has_value();
          EXPECT_TRUE(asked || Loads(folder, second_));
          EXPECT_FALSE(asked && done);
        });
  }
}

TEST_F(Slots, PeopleHearWhyBeforeARefusedWishIsGone) {
  sign::ActivationReport before;
  before.active = sign::NamedContract{"night-shift", first_.version, first_.id};
  ASSERT_EQ(SaveReport(folder_, before), Status::kOk);
  const std::string report = sign::StateOf(folder_).at(kReport);
  CutEverywhere(
      {{kA, one_}, {kWanted, two_}, {kReport, report}}, first_,
      [](ContractSlots& slots) {
        return slots.RefuseWanted(*slots.FindWanted(), Status::kExpired, "too late");
      },
      [&](const fs::path& folder, bool done) {
        const ContractSlots slots(folder, Trusted());
        const auto found = slots.LoadReport();
        EXPECT_EQ(found.active, before.active);
        const bool asked = slots.FindWanted().has_value();
        EXPECT_TRUE(asked || found.refused.has_value());
        EXPECT_FALSE(asked && done);
        if (!found.refused) return;
        EXPECT_EQ(found.refused->reason, Status::kExpired);
        EXPECT_EQ(found.refused->contract->id, second_.id);
      });
}

TEST_F(Slots, WhatAnEndedProcessHadNotSyncedIsSureOnceItIsKeptAgain) {
  for (int end = 1; end < 200; ++end) {
    PutState({{kA, one_}}, folder_);
    CutDisk disk(folder_, end);
    ContractSlots slots(folder_, Trusted(), disk);
    bool done = false;
    try {
      done = slots.Keep(second_.bundle, first_.id) == Status::kOk;
    } catch (const PowerCut&) {
    }
    disk.Restart();
    ASSERT_EQ(slots.Keep(second_.bundle, first_.id), Status::kOk);
    for (const FolderState& state : disk.AfterPowerCut()) {
      PutState(state, after_);
      EXPECT_TRUE(Loads(after_, first_) && Loads(after_, second_)) << end;
    }
    if (done) return;
  }
  FAIL() << "it never ended";
}

TEST_F(Slots, ADiskThatFailsAnywhereCostsNothingThatIsObeyed) {
  for (int call = 1; call < 200; ++call) {
    PutState({{kA, three_}, {kB, one_}}, folder_);
    CutDisk disk(folder_, call, EIO);
    ContractSlots slots(folder_, Trusted(), disk);
    const Status status = slots.Keep(second_.bundle, first_.id);
    if (disk.failed().empty()) return;
    EXPECT_EQ(status, Status::kIo) << call;
    EXPECT_TRUE(Loads(folder_, first_)) << call;
  }
}

TEST_F(Slots, WhatIsKeptAlreadyIsNotWrittenAgain) {
  PutState({{kA, one_}, {kB, two_}}, folder_);
  fs::create_hard_link(folder_ / kB, root_ / "same file");
  ContractSlots slots(folder_, Trusted());
  EXPECT_EQ(slots.Keep(second_.bundle, first_.id), Status::kOk);
  EXPECT_EQ(slots.Keep(first_.bundle, first_.id), Status::kOk);
  EXPECT_EQ(fs::hard_link_count(folder_ / kB), 2U);
  EXPECT_EQ(sign::StateOf(folder_), (FolderState{{kA, one_}, {kB, two_}}));
}

TEST_F(Slots, WhenNeitherIsObeyedTheOlderGivesWay) {
  PutState({{kA, two_}, {kB, one_}}, folder_);
  ContractSlots slots(folder_, Trusted());
  ASSERT_EQ(slots.Keep(third_.bundle, Number(9).id), Status::kOk);
  EXPECT_EQ(sign::StateOf(folder_), (FolderState{{kA, two_}, {kB, three_}}));
}

TEST_F(Slots, DamagedFilesAreSkippedAndNamed) {
  std::string bent = one_;
  bent[30] = static_cast<char>(bent[30] ^ 1);
  PutState({{kA, bent}, {kB, two_}}, folder_);
  std::vector<std::string> damaged;
  const auto kept = ContractSlots(folder_, Trusted()).Load(&damaged);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].version.number, 2U);
  ASSERT_EQ(damaged.size(), 1U);
  EXPECT_THAT(damaged[0], testing::HasSubstr(kA));
  EXPECT_THAT(damaged[0], testing::HasSubstr("bad-signature (109)"));
  EXPECT_TRUE(ContractSlots(root_ / "none", Trusted()).Load(&damaged).empty());
  EXPECT_EQ(damaged.size(), 1U) << "an empty slot is not a damaged one";
}

TEST_F(Slots, WhatCannotBeReadMayBeObeyedAndIsNotReplaced) {
  PutState({{kA, three_}}, folder_);
  fs::create_symlink(kB, folder_ / kB);  // leads nowhere, for root too
  ContractSlots slots(folder_, Trusted());
  EXPECT_EQ(slots.Keep(second_.bundle, first_.id), Status::kIo);
  EXPECT_TRUE(fs::is_symlink(folder_ / kB));
  EXPECT_TRUE(Loads(folder_, third_));
}

TEST_F(Slots, TheLastContractIsNeverDropped) {
  ContractSlots slots(folder_, Trusted());
  EXPECT_EQ(slots.Drop(first_.id), Status::kOk) << "there is none";
  for (const FolderState& before : {FolderState{{kA, one_}},
                                    {{kA, one_}, {kB, one_}},
                                    {{kA, one_}, {kB, two_.substr(0, 90)}}}) {
    PutState(before, folder_);
    EXPECT_EQ(slots.Drop(first_.id), Status::kInternal);
    EXPECT_EQ(sign::StateOf(folder_), before);
  }
}

TEST_F(Slots, WhatNoTrustedKeySignedIsNotKept) {
  const auto other = sign::PrivateKey::FromSeed({std::byte{8}});
  const Kept strange = Number(2, other);
  PutState({{kA, one_}, {kWanted, TextOf(strange)}}, folder_);
  ContractSlots slots(folder_, Trusted());
  EXPECT_EQ(slots.Keep(strange.bundle, first_.id), Status::kUnknownKey);
  const auto wanted = slots.FindWanted();
  ASSERT_TRUE(wanted.has_value());
  EXPECT_EQ(slots.TakeWanted(*wanted, first_.id), Status::kUnknownKey);
  const auto& refused = std::get<sign::RefusedContract>(wanted->what);
  EXPECT_THAT(refused.text, testing::HasSubstr("unknown-key (107)"));
  ASSERT_EQ(slots.RefuseWanted(*wanted, refused.reason, refused.text), Status::kOk);
  EXPECT_FALSE(slots.FindWanted().has_value());
  EXPECT_EQ(slots.LoadReport().refused->reason, Status::kUnknownKey);
  EXPECT_FALSE(slots.LoadReport().refused->contract.has_value());
}

TEST_F(Slots, AReportThatSaysTheSameIsNotWrittenAgain) {
  ContractSlots slots(folder_, Trusted());
  sign::ActivationReport report;
  report.floor = {1, 7};
  ASSERT_EQ(slots.SaveReport(report), Status::kOk);
  fs::create_hard_link(folder_ / kReport, root_ / "same file");
  ASSERT_EQ(slots.SaveReport(report), Status::kOk);
  EXPECT_EQ(fs::hard_link_count(folder_ / kReport), 2U);
  report.floor = {1, 8};
  ASSERT_EQ(slots.SaveReport(report), Status::kOk);
  EXPECT_EQ(fs::hard_link_count(folder_ / kReport), 1U);
}

}  // namespace
}  // namespace torpor::agent
