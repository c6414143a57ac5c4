#include "contract/payload.h"

#include <gtest/gtest.h>

#include <array>

#include "contract/difference.h"
#include "contract/fields.h"
#include "contract/lint.h"
#include "contract/test_terms.h"
#include "core/status_table.h"

namespace torpor::contract {
namespace {

TEST(Payload, WhatIsEncodedIsDecoded) {
  const Terms terms = GoodTerms();
  std::array<std::byte, kMaxPayloadBytes> buffer{};
  const auto size = EncodePayload(terms, buffer);
  ASSERT_TRUE(size.ok()) << Info(size.status()).name;
  Finding why;
  const auto decoded = DecodePayload(std::span(buffer).first(*size), &why);
  ASSERT_TRUE(decoded.ok()) << Info(decoded.status()).name << " field " << why.field;
  const auto difference = FirstDifference(terms, *decoded);
  EXPECT_FALSE(difference) << FieldName(difference->field) << ": "
                           << difference->ours.view() << " is not "
                           << difference->theirs.view();
}

TEST(Payload, GoodTermsPassTheLint) {
  Findings findings;
  Lint(GoodTerms(), findings);
  for (const Finding& f : findings.list()) {
    ADD_FAILURE() << Info(f.status).name << " " << FieldName(f.field) << " found "
                  << f.found << " allowed " << f.allowed;
  }
}

}  // namespace
}  // namespace torpor::contract
