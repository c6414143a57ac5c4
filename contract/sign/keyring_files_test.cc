#include "contract/sign/keyring_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "contract/test_keyrings.h"
#include "core/test_folder.h"

namespace torpor::contract::sign {
namespace {

namespace fs = std::filesystem;

class KeyringFiles : public testing::Test {
 protected:
  [[nodiscard]] std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }
  void Put(const std::string& name, const std::string& text) const {
    folder_.Write(name, text);
  }

  void Document(const std::string& name, const KeyringPlan& plan,
                std::initializer_list<int> signers) const {
    ASSERT_EQ(WriteNewFile(Path(name), KeyringDocument(plan, signers)), Status::kOk);
  }

  TestFolder folder_;
};

TEST_F(KeyringFiles, AKeyringComesFromFilesAndFolders) {
  fs::create_directory(folder_ / "trusted");
  std::string lines;
  for (int i = 0; i < 3; ++i) {
    const PrivateKey key = PrivateKey::Generate();
    ASSERT_EQ(WriteKeyPair(Path("trusted/k" + std::to_string(i)), key), Status::kOk);
    lines += FormatPublicKey(key.public_key());
  }
  EXPECT_EQ(ReadKeyring({Path("trusted")})->keys().size(), 3U);
  Put("all.pub", lines + "\n" + lines);
  EXPECT_EQ(ReadKeyring({Path("all.pub")})->keys().size(), 3U) << "no key twice";

  ASSERT_EQ(WriteKeyPair(Path("k3"), PrivateKey::Generate()), Status::kOk);
  ASSERT_EQ(WriteKeyPair(Path("k4"), PrivateKey::Generate()), Status::kOk);
  EXPECT_EQ(ReadKeyring({Path("trusted"), Path("k3.pub")})->keys().size(), 4U);
  std::string culprit;
  EXPECT_EQ(
      ReadKeyring({Path("trusted"), Path("k3.pub"), Path("k4.pub")}, &culprit).status(),
      Status::kKeyringFull);
  EXPECT_EQ(culprit, Path("k4.pub"));
}

TEST_F(KeyringFiles, DocumentsLeadFromTheInstalledOneToTheNewest) {
  Document("a.keyring", {.version = 4, .keys = {11, 12}}, {1, 2});
  Document("b.keyring", {.version = 3}, {1, 2});
  Document("c.keyring", {.version = 5, .roots = {2, 3, 4}, .keys = {12}}, {2, 3});
  const auto installed = ReadInstalledKeyring({folder_.string()});
  ASSERT_TRUE(installed.ok());
  EXPECT_EQ(installed->newest().lineage.version, 5U);
  EXPECT_FALSE(installed->newest().Trusts(KeyIdOf(NumberedKey(11).public_key())));
  ASSERT_EQ(installed->documents.size(), 3U);
  EXPECT_EQ(installed->documents[0], KeyringDocument({.version = 3}, {1, 2}));

  Document("copy.keyring", {.version = 4, .keys = {11, 12}}, {1, 2});
  Document("signed-by-more.keyring", {.version = 4, .keys = {11, 12}}, {1, 2, 3});
  EXPECT_EQ(ReadInstalledKeyring({folder_.string()})->documents.size(), 3U);
}

TEST_F(KeyringFiles, OneThatDoesNotFollowIsRefusedByName) {
  Document("1.keyring", {}, {1, 2});
  const auto refused = [&](const std::string& name, const KeyringPlan& plan,
                           std::initializer_list<int> signers, Status why) {
    Document(name, plan, signers);
    std::string culprit;
    EXPECT_EQ(ReadInstalledKeyring({folder_.string()}, &culprit).status(), why) << name;
    EXPECT_EQ(culprit, Path(name));
    fs::remove(Path(name));
  };
  refused("3.keyring", {.version = 3}, {1, 2}, Status::kKeyringSkips);
  refused("2.keyring", {.version = 2}, {1}, Status::kTooFewSignatures);
  refused("2.keyring", {.version = 2, .fleet = "site-8"}, {1, 2},
          Status::kNotForThisRobot);
  refused("another.keyring", {.keys = {12}}, {1, 2}, Status::kRolledBack);
}

TEST_F(KeyringFiles, AListBesideADocumentIsRefused) {
  Document("1.keyring", {}, {1, 2});
  ASSERT_EQ(WriteKeyPair(Path("fleet"), PrivateKey::Generate()), Status::kOk);
  EXPECT_EQ(ReadKeyring({folder_.string()}).status(), Status::kKeyringMixed);
  EXPECT_TRUE(ReadKeyring({Path("1.keyring")}).ok());
}

TEST_F(KeyringFiles, WhatIsNoDocumentIsRefused) {
  Put("empty.keyring", "");
  EXPECT_EQ(ReadKeyring({Path("empty.keyring")}).status(), Status::kBundleEmpty);
  Put("text.keyring", "torpor-ed25519-public");
  EXPECT_EQ(ReadKeyring({Path("text.keyring")}).status(), Status::kEnvelopeMalformed);
  Put("huge.keyring", std::string(100'000, '\n'));
  EXPECT_EQ(ReadKeyring({Path("huge.keyring")}).status(), Status::kBundleTooLarge);
  EXPECT_EQ(ReadKeyring({Path("none.keyring")}).status(), Status::kFileMissing);
}

}  // namespace
}  // namespace torpor::contract::sign
