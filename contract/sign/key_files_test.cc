#include "contract/sign/key_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "contract/sign/files.h"
#include "contract/sign/keyring_files.h"
#include "core/test_folder.h"

namespace torpor::contract::sign {
namespace {

namespace fs = std::filesystem;

class KeyFiles : public testing::Test {
 protected:
  [[nodiscard]] std::string Path(const std::string& name) const {
    return (folder_ / name).string();
  }
  void Put(const std::string& name, const std::string& text) const {
    folder_.Write(name, text);
  }

  TestFolder folder_;
};

TEST_F(KeyFiles, AKeyPairIsReadBackAndIsSecret) {
  const PrivateKey key = PrivateKey::Generate();
  ASSERT_EQ(WriteKeyPair(Path("fleet"), key), Status::kOk);
  struct stat info {};
  ASSERT_EQ(::stat(Path("fleet.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);

  const auto again = ReadPrivateKey(Path("fleet.key"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->public_key(), key.public_key());
  const auto keyring = ReadKeyring({Path("fleet.pub")});
  ASSERT_TRUE(keyring.ok());
  EXPECT_EQ(keyring->keys()[0].key, key.public_key());
}

TEST_F(KeyFiles, APrivateKeyThatOthersMayReadIsRefused) {
  ASSERT_EQ(WriteKeyPair(Path("fleet"), PrivateKey::Generate()), Status::kOk);
  for (const unsigned mode : {0640U, 0604U, 0660U, 0601U}) {
    ASSERT_EQ(::chmod(Path("fleet.key").c_str(), mode), 0);
    EXPECT_EQ(ReadPrivateKey(Path("fleet.key")).status(), Status::kKeyFileExposed);
  }
}

TEST_F(KeyFiles, KeysAreNeverOverwritten) {
  ASSERT_EQ(WriteKeyPair(Path("fleet"), PrivateKey::Generate()), Status::kOk);
  EXPECT_EQ(WriteKeyPair(Path("fleet"), PrivateKey::Generate()), Status::kFileExists);
  fs::remove(Path("fleet.pub"));
  const auto before = ReadPrivateKey(Path("fleet.key"))->public_key();
  EXPECT_EQ(WriteKeyPair(Path("fleet"), PrivateKey::Generate()), Status::kFileExists);
  EXPECT_EQ(ReadPrivateKey(Path("fleet.key"))->public_key(), before);
  Put("fleet.pub", "in the way");
  fs::remove(Path("fleet.key"));
  EXPECT_EQ(WriteKeyPair(Path("fleet"), PrivateKey::Generate()), Status::kFileExists);
  EXPECT_FALSE(fs::exists(Path("fleet.key")));
}

TEST_F(KeyFiles, OneCharacterChangedInAPublicKeyIsRefused) {
  const std::string line = FormatPublicKey(PrivateKey::Generate().public_key());
  ASSERT_TRUE(ParsePublicKey(line).ok());
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    std::string bad = line;
    bad[i] = bad[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(ParsePublicKey(bad).ok()) << i;
  }
  EXPECT_EQ(ParsePublicKey("").status(), Status::kKeyMalformed);
  EXPECT_EQ(ParsePublicKey(line + "x").status(), Status::kKeyMalformed);
}

TEST_F(KeyFiles, WhatIsNoKeyIsRefused) {
  EXPECT_EQ(ReadKeyring({}).status(), Status::kKeyringEmpty);
  EXPECT_EQ(ReadKeyring({folder_.string()}).status(), Status::kKeyringEmpty);
  EXPECT_EQ(ReadKeyring({Path("none.pub")}).status(), Status::kFileMissing);
  Put("bad.pub", "torpor-ed25519-public 0000000000000000 AAAA\n");
  EXPECT_EQ(ReadKeyring({Path("bad.pub")}).status(), Status::kKeyMalformed);
  Put("long.pub", std::string(100'000, 'x'));
  EXPECT_EQ(ReadKeyring({Path("long.pub")}).status(), Status::kKeyMalformed);
  EXPECT_EQ(ReadPrivateKey(Path("none.key")).status(), Status::kFileMissing);
  ASSERT_EQ(WriteNewFile(Path("bad.key"), AsBytes("nonsense"), Secrecy::kSecret),
            Status::kOk);
  EXPECT_EQ(ReadPrivateKey(Path("bad.key")).status(), Status::kKeyMalformed);
  EXPECT_EQ(ReadPrivateKey(folder_.string()).status(), Status::kIo);
}

TEST_F(KeyFiles, APairingKeyIsReadBackOrRefused) {
  const PairingKey key = MakePairingKey();
  ASSERT_EQ(WritePairingKey(Path("pairing.key"), key), Status::kOk);
  EXPECT_EQ(*ReadPairingKey(Path("pairing.key")), key);
  EXPECT_EQ(WritePairingKey(Path("pairing.key"), key), Status::kFileExists);
  EXPECT_EQ(ReadPairingKey(Path("none")).status(), Status::kPairingMissing);
  ASSERT_EQ(::chmod(Path("pairing.key").c_str(), 0644), 0);
  EXPECT_EQ(ReadPairingKey(Path("pairing.key")).status(), Status::kKeyFileExposed);
  ASSERT_EQ(WriteNewFile(Path("short"), std::span(key).first(31), Secrecy::kSecret),
            Status::kOk);
  EXPECT_EQ(ReadPairingKey(Path("short")).status(), Status::kKeyMalformed);
}

TEST_F(KeyFiles, ABundleFileIsMissingEmptyOrTooLarge) {
  EXPECT_EQ(ReadBundle(Path("none")).status(), Status::kBundleMissing);
  Put("empty", "");
  EXPECT_EQ(ReadBundle(Path("empty")).status(), Status::kBundleEmpty);
  Put("large", std::string(2049, 'x'));
  EXPECT_EQ(ReadBundle(Path("large")).status(), Status::kBundleTooLarge);
  Put("fits", std::string(2048, 'x'));
  EXPECT_TRUE(ReadBundle(Path("fits")).ok());
}

}  // namespace
}  // namespace torpor::contract::sign
