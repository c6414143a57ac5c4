#include "contract/sign/sign.h"

#include <gtest/gtest.h>

#include "contract/test_terms.h"
#include "contract/verify.h"
#include "core/status_table.h"

namespace torpor::contract::sign {
namespace {

TEST(Sign, WhatIsSignedVerifies) {
  const PrivateKey key = PrivateKey::Generate();
  const auto bundle = Sign(GoodTerms(), key);
  ASSERT_TRUE(bundle.ok()) << Info(bundle.status()).name;
  Keyring keyring;
  ASSERT_EQ(keyring.Add(key.public_key()), Status::kOk);
  const auto verified = Verify(*bundle, keyring);
  ASSERT_TRUE(verified.ok()) << Info(verified.status()).name;
  EXPECT_EQ(verified->terms().name.view(), "night-shift");
  EXPECT_EQ(verified->id(), DigestOf(verified->payload()));
}

TEST(Sign, RefusesWhatTheLintRefuses) {
  Terms terms = GoodTerms();
  terms.mcu_sleep += Milliseconds(1);
  EXPECT_EQ(Sign(terms, PrivateKey::Generate()).status(), Status::kMcuTimeline);
}

}  // namespace
}  // namespace torpor::contract::sign
