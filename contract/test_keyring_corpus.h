// Keyring documents, each with the one reason that any verifier must give when it holds
// the keyring of version 1 with roots 1, 2 and 3, of which two must sign, and key 11. As
// files: contract/testdata/keyrings.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/envelope.h"
#include "contract/keyring_document.h"
#include "contract/test_keyrings.h"
#include "contract/test_wire.h"
#include "core/status.h"

namespace torpor::contract {

struct KeyringVector {
  std::string name;  // [a-z0-9-], the file's
  Bytes document;
  Status expected = Status::kOk;
};

// A keyring of version 2 as records, so that each can be wrong by itself, correctly
// signed by roots 1 and 2.
inline Bytes Spoiled(const std::function<void(std::vector<Record>&)>& spoil,
                     std::string_view type = kKeyringType) {
  const Bytes draft = *sign::DraftKeyring(KeyringOf({.version = 2}));
  const auto parsed = ParseDocument(draft);
  std::vector<Record> records = Split(parsed->payload);
  spoil(records);
  const Bytes payload = Join(records);
  const Bytes one = sign::SignPayload(payload, NumberedKey(1), type);
  const Bytes two = sign::SignPayload(payload, NumberedKey(2), type);
  const auto first = ParseEnvelope(one), second = ParseEnvelope(two);
  Document both;
  both.payload = payload;
  both.payload_type = type;
  both.signature_slots[0] = {first->signature, first->key_id.view()};
  both.signature_slots[1] = {second->signature, second->key_id.view()};
  both.signature_count = 2;
  std::ranges::sort(std::span(both.signature_slots).first(2), {},
                    &DocumentSignature::key_id);
  Bytes written(kMaxEnvelopeBytes);
  written.resize(*WriteDocument(both, written));
  return written;
}

inline std::vector<KeyringVector> KeyringCorpus() {
  using enum Status;
  using Records = std::vector<Record>;
  const auto next = [](std::initializer_list<int> signers) {
    return KeyringDocument({.version = 2}, signers);
  };
  const auto number = [](std::uint32_t field, std::uint64_t value) {
    return Spoiled([=](Records& r) { Find(r, field).value = Varint(value); });
  };
  const auto without = [](std::uint32_t field) {
    return Spoiled([=](Records& records) {
      std::erase_if(records, [=](const Record& r) { return r.number == field; });
    });
  };
  const KeyringPlan replaced{.version = 2, .roots = {2, 3, 4}, .keys = {11, 12}};
  const KeyringPlan others{.version = 2, .roots = {4, 5, 6}};
  const Bytes good = next({1, 2});
  constexpr std::size_t kSignature = 86;
  Bytes trailing = good, twice = good, swapped(good.begin(), good.end() - 2 * kSignature);
  trailing.push_back(std::byte{0});
  twice.insert(twice.end(), good.end() - kSignature, good.end());
  swapped.insert(swapped.end(), good.end() - kSignature, good.end());
  swapped.insert(swapped.end(), good.end() - 2 * kSignature, good.end() - kSignature);
  Bytes bad = good;
  bad[bad.size() - kSignature + 10] ^= std::byte{1};
  Bytes seven = KeyringDocument(others, {1, 2, 3, 4, 5, 6});
  seven.insert(seven.end(), seven.end() - kSignature, seven.end());

  return {
      {"good-two-of-three", good, kOk},
      {"good-all-three", next({1, 2, 3}), kOk},
      {"good-root-replaced", KeyringDocument(replaced, {2, 3}), kOk},
      {"good-all-roots-replaced", KeyringDocument(others, {1, 3, 4, 6}), kOk},
      {"good-six-signatures", KeyringDocument(others, {1, 2, 3, 4, 5, 6}), kOk},
      {"good-a-stranger-beside", next({1, 2, 9}), kOk},
      {"good-one-of-one",
       KeyringDocument({.version = 2, .roots = {1}, .threshold = 1}, {1, 2}), kOk},
      {"draft", next({}), kTooFewSignatures},
      {"one-signature", next({2}), kTooFewSignatures},
      {"one-and-strangers", next({2, 8, 9}), kTooFewSignatures},
      {"one-old-two-new", KeyringDocument(replaced, {2, 4}), kTooFewSignatures},
      {"two-old-one-new", KeyringDocument({.version = 2, .roots = {3, 4, 5}}, {1, 3}),
       kTooFewSignatures},
      {"only-new-roots", KeyringDocument(others, {4, 5, 6}), kTooFewSignatures},
      {"same-version", KeyringDocument({}, {1, 2}), kRolledBack},
      {"version-skipped", KeyringDocument({.version = 3}, {1, 2}), kKeyringSkips},
      {"another-fleet", KeyringDocument({.version = 2, .fleet = "site-8"}, {1, 2}),
       kNotForThisRobot},
      {"contract-type", Spoiled([](Records&) {}, kPayloadType), kWrongPayloadType},
      {"version-too-large", number(2, 65'536), kOutOfRange},
      {"threshold-above-roots", number(4, 4), kOutOfRange},
      {"no-fleet", without(1), kFieldMissing},
      {"no-version", without(2), kFieldMissing},
      {"no-issue-date", without(3), kFieldMissing},
      {"no-threshold", without(4), kFieldMissing},
      {"no-roots", without(5), kFieldMissing},
      {"no-keys", without(6), kFieldMissing},
      {"key-twice", Spoiled([](Records& r) { r.push_back(r.back()); }), kKeyOrder},
      {"roots-swapped", Spoiled([](Records& r) { std::swap(r[4], r[5]); }), kKeyOrder},
      {"five-keys", Spoiled([](Records& r) { r.insert(r.end(), 4, Record(r.back())); }),
       kPayloadMalformed},
      {"key-of-31-bytes", Spoiled([](Records& r) { r.back().value.pop_back(); }),
       kPayloadMalformed},
      {"key-of-33-bytes",
       Spoiled([](Records& r) { r.back().value.push_back(std::byte{1}); }),
       kPayloadMalformed},
      {"key-is-a-root", Spoiled([](Records& r) { r.back().value = r[4].value; }),
       kKeyWithTwoRoles},
      {"neutral-element", Spoiled([](Records& r) {
         std::ranges::fill(r.back().value, std::byte{0});
         r.back().value.front() = std::byte{1};
       }),
       kWeakKey},
      {"fields-swapped", Spoiled([](Records& r) { std::swap(r.front(), r.back()); }),
       kNotCanonical},
      {"unknown-field", Spoiled([](Records& r) { r.push_back(NumberRecord(9, 1)); }),
       kNotCanonical},
      {"capitals", Spoiled([](Records& r) { r.front().value[0] = std::byte{'S'}; }),
       kOutOfRange},
      {"signature-bit", bad, kBadSignature},
      {"trailing-byte", trailing, kBundleTrailing},
      {"signature-twice", twice, kDuplicateSignature},
      {"signatures-swapped", swapped, kDuplicateSignature},
      {"seven-signatures", seven, kBundleTooLarge},
      {"empty", {}, kBundleEmpty},
  };
}

}  // namespace torpor::contract
