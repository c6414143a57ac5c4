// Payloads that are correctly signed and still not a canonical contract.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "contract/envelope.h"
#include "contract/explain.h"
#include "contract/fields.h"
#include "contract/sign/sign.h"
#include "contract/test_wire.h"
#include "contract/verify.h"
#include "core/status_table.h"

namespace torpor::contract {
namespace {

using Records = std::vector<Record>;

std::string_view NameOf(Status status) { return Info(status).name; }

// What a robot says of this payload under a good signature, and of which field.
Finding SignedVerdict(const Bytes& payload) {
  static const sign::PrivateKey key = sign::PrivateKey::Generate();
  Keyring keyring;
  EXPECT_EQ(keyring.Add(key.public_key()), Status::kOk);
  Finding why;
  const auto verified =
      Verify(sign::SignPayload(payload, key, kPayloadType), keyring, &why);
  if (verified.ok()) return {};
  EXPECT_EQ(why.status, verified.status());
  return why;
}

void ExpectRefused(const char* what, const Bytes& payload, Status status,
                   std::uint16_t field) {
  const Finding why = SignedVerdict(payload);
  EXPECT_EQ(NameOf(why.status), NameOf(status)) << what;
  EXPECT_EQ(why.field, field) << what;
}

Bytes Spoiled(const std::function<void(Records&)>& spoil) {
  Records records = GoodRecords();
  spoil(records);
  return Join(records);
}

TEST(Canonical, TheGoodPayloadIsAccepted) {
  EXPECT_EQ(SignedVerdict(Join(GoodRecords())).status, Status::kOk);
}

TEST(Canonical, EachWayToBeAnotherFormHasItsOwnReason) {
  const auto at = [](Records& r, std::uint64_t number) {
    return r.begin() + (&Find(r, number) - r.data());
  };
  ExpectRefused("a version twice",
                Spoiled([&](Records& r) { r.insert(at(r, 4), NumberRecord(4, 6)); }),
                Status::kDuplicateField, 4);
  ExpectRefused("a version again at the end",
                Spoiled([](Records& r) { r.push_back(NumberRecord(4, 6)); }),
                Status::kDuplicateField, 4);
  ExpectRefused("an unknown field",
                Spoiled([](Records& r) { r.push_back(NumberRecord(53, 1)); }),
                Status::kUnknownField, 53);
  ExpectRefused("an unknown field of fixed width", Spoiled([](Records& r) {
                  r.push_back({60, 5, Bytes(4)});
                }),
                Status::kUnknownField, 60);
  ExpectRefused("two fields swapped",
                Spoiled([](Records& r) { std::swap(Find(r, 10), Find(r, 11)); }),
                Status::kFieldOrder, 10);
  ExpectRefused("an overlong number", Spoiled([](Records& r) {
                  Find(r, 3).value = {std::byte{0x81}, std::byte{0}};
                }),
                Status::kOverlongVarint, 3);
  ExpectRefused("a number of eleven bytes", Spoiled([](Records& r) {
                  Find(r, 4).value = Bytes(10, std::byte{0x80});
                  Find(r, 4).value.push_back(std::byte{1});
                }),
                Status::kOverlongVarint, 4);
  ExpectRefused("an explicit zero",
                Spoiled([](Records& r) { Find(r, 38) = NumberRecord(38, 0); }),
                Status::kDefaultValue, 38);
  ExpectRefused("an explicit empty text",
                Spoiled([](Records& r) { Find(r, 42) = TextRecord(42, ""); }),
                Status::kDefaultValue, 42);
  ExpectRefused("a number where a text belongs",
                Spoiled([](Records& r) { Find(r, 1) = NumberRecord(1, 5); }),
                Status::kWrongWireType, 1);
  ExpectRefused("a text where a number belongs",
                Spoiled([](Records& r) { Find(r, 10) = TextRecord(10, "60"); }),
                Status::kWrongWireType, 10);
  ExpectRefused("a field of fixed width", Spoiled([](Records& r) {
                  Find(r, 10) = {10, 5, Bytes(4, std::byte{1})};
                }),
                Status::kWrongWireType, 10);
  ExpectRefused("a missing field", Spoiled([&](Records& r) { r.erase(at(r, 20)); }),
                Status::kFieldMissing, 20);
  ExpectRefused("a text beyond its room", Spoiled([](Records& r) {
                  Find(r, 1) = TextRecord(1, std::string(32, 'a'));
                }),
                Status::kFieldTooLong, 1);
  ExpectRefused("a text with a zero in it", Spoiled([](Records& r) {
                  Find(r, 1) = TextRecord(1, std::string_view("a\0b", 3));
                }),
                Status::kOutOfRange, 1);
  const auto digest_of = [](std::size_t size) {
    return Spoiled([size](Records& r) {
      r.push_back({52, 2, Bytes(size, std::byte{1})});
    });
  };
  ExpectRefused("a digest without bytes", digest_of(0), Status::kOutOfRange, 52);
  ExpectRefused("a digest too short", digest_of(31), Status::kOutOfRange, 52);
  ExpectRefused("a digest too long", digest_of(33), Status::kFieldTooLong, 52);
  ExpectRefused("a number too large for its type", Spoiled([](Records& r) {
                  Find(r, 10) = NumberRecord(10, (std::uint64_t{1} << 32) + 10'000);
                }),
                Status::kOutOfRange, 10);
  ExpectRefused("a choice nobody knows",
                Spoiled([](Records& r) { Find(r, 40) = NumberRecord(40, 5); }),
                Status::kOutOfRange, 40);
  ExpectRefused("a choice that would wrap round",
                Spoiled([](Records& r) { Find(r, 40) = NumberRecord(40, 257); }),
                Status::kOutOfRange, 40);
  ExpectRefused("field number zero",
                Spoiled([](Records& r) { r.insert(r.begin(), NumberRecord(0, 1)); }),
                Status::kPayloadMalformed, 0);
}

TEST(Canonical, OfAnEntryTheLengthIsNamed) {
  const auto refused = [](Record record) {
    return SignedVerdict(Spoiled([&](Records& r) {
      std::erase_if(r,
                    [&](const Record& other) { return other.number == record.number; });
      const auto above = [&](const Record& other) {
        return other.number > record.number;
      };
      r.insert(std::ranges::find_if(r, above), record);
    }));
  };
  EXPECT_EQ(refused(TextRecord(43, std::string(128, 'a'))),
            (Finding{Status::kFieldTooLong, kAlarmSinksField, 0, 0, 128, 127}));
  EXPECT_EQ(refused({52, 2, Bytes(31)}),
            (Finding{Status::kOutOfRange, kCalibrationsField, 0, 0, 31, 32}));
}

TEST(Canonical, InsideAnEntryTheSameRulesHold) {
  const auto in_sensor = [](const std::function<void(Records&)>& spoil) {
    return Spoiled([&](Records& records) {
      Records inner = Split(Find(records, 21).value);
      spoil(inner);
      Find(records, 21).value = Join(inner);
    });
  };
  ExpectRefused("twice", in_sensor([](Records& r) { r.push_back(NumberRecord(5, 12)); }),
                Status::kDuplicateField, 21);
  ExpectRefused("unknown", in_sensor([](Records& r) { r.push_back(NumberRecord(6, 1)); }),
                Status::kUnknownField, 21);
  ExpectRefused("swapped", in_sensor([](Records& r) { std::swap(r[0], r[1]); }),
                Status::kFieldOrder, 21);
  ExpectRefused("overlong", in_sensor([](Records& r) {
                  r[0].value = {std::byte{0x81}, std::byte{0}};
                }),
                Status::kOverlongVarint, 21);
  ExpectRefused("zero", in_sensor([](Records& r) { r[2] = NumberRecord(3, 0); }),
                Status::kDefaultValue, 21);
  ExpectRefused("missing", in_sensor([](Records& r) { r.pop_back(); }),
                Status::kFieldMissing, 21);
  ExpectRefused("text for a number",
                in_sensor([](Records& r) { r[0] = TextRecord(1, "1"); }),
                Status::kWrongWireType, 21);
}

TEST(Canonical, EveryTruncationOfAPayloadIsRefused) {
  const Bytes good = PayloadOf(GoodTerms());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto decoded = DecodePayload(std::span(good).first(size));
    EXPECT_FALSE(decoded.ok()) << size;
  }
  EXPECT_EQ(DecodePayload(Bytes(kMaxPayloadBytes + 1)).status(), Status::kFieldTooLong);
}

TEST(Canonical, ALengthBeyondTheEndIsMalformed) {
  Bytes payload = PayloadOf(GoodTerms());
  payload[1] = std::byte{0x7F};  // the length of the fleet's name
  payload.resize(20);
  ExpectRefused("length", payload, Status::kPayloadMalformed, 1);
}

// Whatever bytes a payload is changed to: either they are refused, or they are the one
// form of the terms they decode to.
TEST(Canonical, WhatIsAcceptedEncodesToTheSameBytes) {
  const Bytes good = PayloadOf(GoodTerms());
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (unsigned value = 0; value < 256; ++value) {
      Bytes changed = good;
      changed[i] = static_cast<std::byte>(value);
      const auto terms = DecodePayload(changed);
      if (!terms.ok()) continue;
      ++accepted;
      ASSERT_EQ(PayloadOf(*terms), changed) << "byte " << i << " = " << value;
    }
  }
  EXPECT_GT(accepted, good.size()) << "most other values are other contracts";
}

}  // namespace
}  // namespace torpor::contract
