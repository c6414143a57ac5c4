#include "contract/keyring_document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "contract/envelope.h"
#include "contract/fields.h"
#include "contract/test_keyring_corpus.h"
#include "contract/test_keyrings.h"
#include "contract/test_terms.h"
#include "contract/verify.h"
#include "core/status_table.h"

namespace torpor::contract {
namespace {

std::string Following(const Bytes& document, const KeyringPlan& held) {
  Keyring next;
  return std::string(Info(FollowKeyring(document, KeyringOf(held), next)).name);
}
std::string Opening(const Bytes& document) {
  Keyring opened;
  return std::string(Info(OpenKeyring(document, opened)).name);
}

TEST(KeyringDocument, TheNextIsTakenWhenEnoughOldAndNewRootsHaveSignedIt) {
  const KeyringPlan held;
  const KeyringPlan planned{.version = 2, .roots = {2, 3, 4}, .keys = {11, 12}};
  Keyring next;
  ASSERT_EQ(FollowKeyring(KeyringDocument(planned, {2, 3}), KeyringOf(held), next),
            Status::kOk);
  EXPECT_EQ(next.lineage.version, 2U);
  EXPECT_EQ(next.lineage.threshold, 2U);
  EXPECT_EQ(next.lineage.fleet.view(), "north-hall");
  EXPECT_EQ(next.roots().size(), 3U);
  EXPECT_TRUE(next.Trusts(KeyIdOf(NumberedKey(12).public_key())));
  EXPECT_FALSE(next.Trusts(KeyIdOf(NumberedKey(2).public_key()))) << "a root signs none";
}

// One root lost, or one stolen, decides nothing: the two others replace it.
TEST(KeyringDocument, TwoOfThreeReplaceALostRootAndOneAloneCannot) {
  const KeyringPlan held;
  const KeyringPlan without_1{.version = 2, .roots = {2, 3, 4}};
  EXPECT_EQ(Following(KeyringDocument(without_1, {2, 3}), held), "ok");
  EXPECT_EQ(Following(KeyringDocument(without_1, {2, 4}), held), "too-few-signatures")
      << "two of the new, one of the old";
  const KeyringPlan taken_over{.version = 2, .roots = {1, 8, 9}};
  EXPECT_EQ(Following(KeyringDocument(taken_over, {1, 8, 9}), held),
            "too-few-signatures");
  EXPECT_EQ(Following(KeyringDocument(without_1, {1, 2}), held), "too-few-signatures")
      << "two of the old, one of the new";
  EXPECT_EQ(Following(KeyringDocument(without_1, {1, 2, 3}), held), "ok");
}

TEST(KeyringDocument, EachRuleOfSuccessionHasItsReason) {
  const auto at = [](std::uint32_t version) { return KeyringPlan{.version = version}; };
  EXPECT_EQ(Following(KeyringDocument(at(6), {1, 2}), at(5)), "ok");
  EXPECT_EQ(Following(KeyringDocument(at(5), {1, 2}), at(5)), "rolled-back");
  EXPECT_EQ(Following(KeyringDocument(at(4), {1, 2}), at(5)), "rolled-back");
  EXPECT_EQ(Following(KeyringDocument(at(7), {1, 2}), at(5)), "keyring-skips");
  EXPECT_EQ(Following(KeyringDocument({.version = 6, .fleet = "site-8"}, {1, 2}), at(5)),
            "not-for-this-robot");

  Keyring list;  // of keys, without roots
  ASSERT_EQ(list.Add(NumberedKey(11).public_key()), Status::kOk);
  Keyring next;
  EXPECT_EQ(FollowKeyring(KeyringDocument(at(2), {1, 2}), list, next),
            Status::kKeyringFixed);
  EXPECT_TRUE(next.keys().empty());
}

TEST(KeyringDocument, OneThatIsInstalledMustBeSignedByItsOwnRoots) {
  EXPECT_EQ(Opening(KeyringDocument({}, {1, 3})), "ok");
  EXPECT_EQ(Opening(KeyringDocument({}, {})), "too-few-signatures") << "a draft";
  EXPECT_EQ(Opening(KeyringDocument({}, {1})), "too-few-signatures");
  EXPECT_EQ(Opening(KeyringDocument({}, {1, 8, 9})), "too-few-signatures")
      << "strangers do not count";
  EXPECT_EQ(Opening(KeyringDocument({.roots = {1}, .threshold = 1}, {1})), "ok");
}

TEST(KeyringDocument, KeysStandInOrderAndOnce) {
  EXPECT_EQ(Opening(Spoiled([](auto& records) { records.push_back(records.back()); })),
            "key-order");
  EXPECT_EQ(Opening(Spoiled([](auto& records) { std::swap(records[4], records[5]); })),
            "key-order");
}

TEST(KeyringDocument, EachFormOfTheEnvelopeThatIsNotTheOneIsRefused) {
  const Bytes good = KeyringDocument({}, {1, 2});
  EXPECT_EQ(Opening({}), "bundle-empty");
  EXPECT_EQ(Opening(Bytes(kMaxEnvelopeBytes + 1)), "bundle-too-large");
  for (std::size_t size = 1; size < good.size(); ++size) {
    EXPECT_NE(Opening({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}),
              "ok")
        << size;
  }
  Bytes longer = good;
  longer.push_back(std::byte{0});
  EXPECT_EQ(Opening(longer), "bundle-trailing");
  constexpr std::size_t kSignature = 86;
  Bytes twice = good;
  twice.insert(twice.end(), good.end() - kSignature, good.end());
  EXPECT_EQ(Opening(twice), "duplicate-signature");
  Bytes swapped(good.begin(), good.end() - 2 * kSignature);
  swapped.insert(swapped.end(), good.end() - kSignature, good.end());
  swapped.insert(swapped.end(), good.end() - 2 * kSignature, good.end() - kSignature);
  EXPECT_EQ(Opening(swapped), "duplicate-signature");
}

TEST(KeyringDocument, EveryBitIsCovered) {
  const Bytes good = KeyringDocument({.version = 2}, {1, 2});
  const Keyring held = KeyringOf({});
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    Keyring next;
    ASSERT_NE(FollowKeyring(flipped, held, next), Status::kOk) << "bit " << bit;
    ASSERT_TRUE(next.keys().empty());
  }
}

TEST(KeyringDocument, OneThatWasVerifiedBeforeIsKnownByItsDigest) {
  const Bytes document = KeyringDocument({.version = 2}, {1, 2});
  Keyring opened;
  ASSERT_EQ(ReopenKeyring(document, DigestOf(document), opened), Status::kOk);
  EXPECT_EQ(opened.lineage.version, 2U);
  EXPECT_EQ(opened.roots().size(), 3U);
  const Bytes other = KeyringDocument({.version = 3}, {1, 2});
  EXPECT_EQ(ReopenKeyring(other, DigestOf(document), opened), Status::kBadSignature);
  EXPECT_TRUE(opened.keys().empty());
}

TEST(KeyringDocument, SixSignaturesFitAndASeventhDoesNot) {
  Bytes document =
      KeyringDocument({.version = 2, .roots = {4, 5, 6}}, {1, 2, 3, 4, 5, 6});
  EXPECT_LE(document.size(), kMaxKeyringBytes);
  EXPECT_EQ(Following(document, {}), "ok");
  EXPECT_EQ(sign::SignKeyring(document, NumberedKey(7)).status(),
            Status::kBundleTooLarge);
  EXPECT_EQ(*sign::SignKeyring(document, NumberedKey(6)), document)
      << "again is the same";
  EXPECT_EQ(sign::SignKeyring(document, NumberedKey(11)).status(),
            Status::kKeyWithTwoRoles);
}

// Domain separation: what one role signs is nothing in the other.
TEST(KeyringDocument, RootsSignNoContractsAndKeysOfContractsNoKeyring) {
  const Keyring held = KeyringOf({});
  Terms terms = GoodTerms();
  const auto by_root = sign::Sign(terms, NumberedKey(1));
  EXPECT_EQ(Verify(*by_root, held).status(), Status::kUnknownKey);
  const auto by_key = sign::Sign(terms, NumberedKey(11));
  EXPECT_TRUE(Verify(*by_key, held).ok());
  EXPECT_EQ(Following(*by_key, {}), "wrong-payload-type");
  EXPECT_EQ(Verify(KeyringDocument({.roots = {1}, .threshold = 1}, {1}), held).status(),
            Status::kUnknownKey);
}

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(KeyringCorpus, GivesEachVectorItsReason) {
  const Keyring held = KeyringOf({});
  std::set<std::string> names;
  for (const KeyringVector& v : KeyringCorpus()) {
    Keyring next;
    EXPECT_EQ(Info(FollowKeyring(v.document, held, next)).name, Info(v.expected).name)
        << v.name;
    EXPECT_TRUE(names.insert(v.name).second) << v.name;
  }
}

// Which contract/other_keyring_verifier.mjs reads.
TEST(KeyringCorpus, IsWhatTheFilesHold) {
  const std::filesystem::path folder = TORPOR_SOURCE_DIR "/contract/testdata/keyrings";
  std::string index;
  for (const KeyringVector& v : KeyringCorpus()) {
    index += v.name + "\t" + std::to_string(static_cast<int>(v.expected)) + "\t" +
             std::string(Info(v.expected).name) + "\n";
  }
  if (std::getenv("TORPOR_REGENERATE") != nullptr) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    for (const KeyringVector& v : KeyringCorpus()) {
      std::ofstream(folder / (v.name + ".keyring"), std::ios::binary)
          .write(reinterpret_cast<const char*>(v.document.data()),
                 std::ssize(v.document));
    }
    std::ofstream(folder / "index.tsv") << index;
  }
  EXPECT_EQ(Slurp(folder / "index.tsv"), index);
  for (const KeyringVector& v : KeyringCorpus()) {
    EXPECT_TRUE(
        std::ranges::equal(AsBytes(Slurp(folder / (v.name + ".keyring"))), v.document))
        << v.name;
  }
}

TEST(Verify, RefusesAContractOfAnotherFleetThanTheKeyrings) {
  Terms terms = GoodTerms();
  terms.fleet.Assign("site-8");
  const auto bundle = sign::Sign(terms, NumberedKey(11));
  Finding why;
  EXPECT_EQ(Verify(*bundle, KeyringOf({}), &why).status(), Status::kNotForThisRobot);
  EXPECT_EQ(why.field, kFleetField);
  Keyring list;
  ASSERT_EQ(list.Add(NumberedKey(11).public_key()), Status::kOk);
  EXPECT_TRUE(Verify(*bundle, list).ok()) << "a list is of any fleet";
}

TEST(Verify, RefusesAContractThatAsksForANewerKeyring) {
  Terms terms = GoodTerms();
  terms.keyring_version_min = 3;
  const auto bundle = sign::Sign(terms, NumberedKey(11));
  ASSERT_TRUE(bundle.ok());
  Finding why;
  EXPECT_EQ(Verify(*bundle, KeyringOf({.version = 2}), &why).status(),
            Status::kKeyringTooOld);
  EXPECT_EQ(why.field, kKeyringVersionField);
  EXPECT_EQ(why.found, 2U);
  EXPECT_EQ(why.allowed, 3U);
  EXPECT_TRUE(Verify(*bundle, KeyringOf({.version = 3})).ok());
  EXPECT_TRUE(Verify(*bundle, KeyringOf({.version = 4})).ok());
}

}  // namespace
}  // namespace torpor::contract
