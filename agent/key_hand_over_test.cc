#include "agent/key_hand_over.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "contract/digest.h"
#include "contract/test_keyrings.h"
#include "link/ends_under_test.h"

namespace torpor::agent {
namespace {

using contract::KeyringDocument;
using contract::KeyringOf;
using contract::KeyringPlan;
using link::Cargo;

class KeyHandOverTest : public testing::Test {
 protected:
  // Keyrings 1 to `newest` are installed, and `in_force` is in force.
  void Work(std::uint32_t newest, std::uint32_t in_force, bool next_pairing = false) {
    contract::sign::InstalledKeyring installed;
    for (std::uint32_t version = 1; version <= newest; ++version) {
      const KeyringPlan plan{.version = version};
      installed.keyrings.push_back(KeyringOf(plan));
      installed.documents.push_back(KeyringDocument(plan, {1, 2}));
    }
    link::Pairing pairing{link::TestPairing(1), std::nullopt};
    if (next_pairing) pairing.next = link::TestPairing(2);
    obeyed_.emplace(Obeyed{held_.verified,
                           held_.bundle,
                           {},
                           installed.keyrings[in_force - 1],
                           installed,
                           pairing,
                           Remembered{},
                           ""});
    keys_.emplace(*obeyed_,
                  KeyHandOver::Doings{[this](const KeyHandOver::Report& report) {
                                        reports_.push_back(report);
                                      },
                                      [this] { ++promoted_; }, [] { return false; }});
  }
  void Hear(std::uint16_t keyring, bool paired_anew = false) {
    link::Statement statement;
    statement.keyring_version = keyring;
    keys_->OnAgreed(statement, paired_anew);
  }
  // "", "keyring N" or "pairing".
  std::string Offered() {
    offered_ = keys_->ToOffer();
    if (!offered_) return "";
    if (offered_->cargo == Cargo::kPairing) return "pairing";
    for (std::size_t i = 0; i < obeyed_->keyrings.documents.size(); ++i) {
      if (std::ranges::equal(offered_->bytes, obeyed_->keyrings.documents[i])) {
        return "keyring " + std::to_string(i + 1);
      }
    }
    return "what nobody has installed";
  }
  bool Answer(Status why) {
    return keys_->OnStaged(*offered_, static_cast<std::uint16_t>(why));
  }
  [[nodiscard]] const KeyHandOver::Report& Said() const { return reports_.back(); }

  link::Held held_{contract::GoodTerms()};
  std::optional<Obeyed> obeyed_;
  std::optional<KeyHandOver> keys_;
  std::optional<link::Offering> offered_;
  std::vector<KeyHandOver::Report> reports_;
  int promoted_ = 0;
};

TEST_F(KeyHandOverTest, HandsOneKeyringOverAfterTheOtherAndThenThePairing) {
  Work(4, 4, true);
  EXPECT_EQ(Offered(), "") << "nobody has stated anything";
  Hear(1);
  for (const char* expected : {"keyring 2", "keyring 3", "keyring 4"}) {
    ASSERT_EQ(Offered(), expected);
    EXPECT_FALSE(Answer(Status::kOk)) << "the agreement goes on";
  }
  EXPECT_EQ(Said().firmware, 4U);
  EXPECT_TRUE(Said().pairing_changes);
  ASSERT_EQ(Offered(), "pairing");
  EXPECT_TRUE(Answer(Status::kOk)) << "the agreement is over";
  Hear(4, true);
  EXPECT_EQ(promoted_, 1);
  EXPECT_FALSE(Said().pairing_changes);
  EXPECT_EQ(Offered(), "");
  Hear(4, true);
  EXPECT_EQ(promoted_, 1);
}

TEST_F(KeyHandOverTest, OneThatDropsTheSignerWaitsAndSaysSo) {
  Work(3, 2);
  Hear(2);
  EXPECT_EQ(Offered(), "") << "it is not in force here either";
  ASSERT_TRUE(Said().refused);
  EXPECT_EQ(Said().refused->version, 3U);
  EXPECT_EQ(Said().refused->reason, Status::kSignerDropped);
}

TEST_F(KeyHandOverTest, WhatTheFirmwareRefusesIsToldAndNotOfferedAgain) {
  Work(2, 2);
  Hear(1);
  ASSERT_EQ(Offered(), "keyring 2");
  EXPECT_FALSE(Answer(Status::kSignerDropped));
  EXPECT_EQ(Offered(), "");
  EXPECT_EQ(Said().refused->reason, Status::kSignerDropped);
  Hear(1);
  EXPECT_EQ(Offered(), "");
}

TEST_F(KeyHandOverTest, WhatPassesIsOfferedAgain) {
  Work(2, 2, true);
  Hear(1);
  for (const Status why : {Status::kTakeOverUnderWay, Status::kFlashIo,
                           Status::kPacketCorrupt, Status::kLinkTimeout}) {
    ASSERT_EQ(Offered(), "keyring 2");
    EXPECT_EQ(Answer(why), why == Status::kLinkTimeout) << "new nonces may help";
    EXPECT_FALSE(Said().refused);
  }
  ASSERT_EQ(Offered(), "keyring 2");
  Answer(Status::kOk);
  ASSERT_EQ(Offered(), "pairing");
  EXPECT_TRUE(Answer(Status::kLinkTimeout));
  Hear(2);
  EXPECT_EQ(Offered(), "pairing");
}

TEST_F(KeyHandOverTest, NoKeyringIsOfferedWhileAContractTakesOver) {
  Work(2, 2);
  link::Statement statement;
  statement.keyring_version = 1;
  for (const auto phase : {link::Phase::kActivating, link::Phase::kTrial}) {
    statement.phase = phase;
    keys_->OnAgreed(statement, false);
    EXPECT_EQ(Offered(), "");
  }
  Hear(1);
  EXPECT_EQ(Offered(), "keyring 2");
}

// Its answer was lost: the statement says it.
TEST_F(KeyHandOverTest, AKeyringThatWasTakenUnheardIsNotOfferedAgain) {
  Work(2, 2);
  Hear(1);
  ASSERT_EQ(Offered(), "keyring 2");
  EXPECT_TRUE(Answer(Status::kLinkTimeout));
  Hear(2);
  EXPECT_EQ(Offered(), "");
}

TEST_F(KeyHandOverTest, SaysNothingTwice) {
  Work(2, 2);
  Hear(1);
  Hear(1);
  EXPECT_EQ(reports_.size(), 1U);
}

}  // namespace
}  // namespace torpor::agent
