#include "agent/trust.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "contract/test_keyrings.h"
#include "contract/test_terms.h"
#include "core/test_folder.h"

namespace torpor::agent {
namespace {

namespace fs = std::filesystem;
namespace sign = contract::sign;
using contract::KeyringPlan;

class TrustTest : public testing::Test {
 protected:
  TrustTest() {
    fs::create_directory(folder_ / "keys");
    options_.keyring = {folder_ / "keys"};
    options_.pairing = folder_ / "pairing.key";
    EXPECT_EQ(sign::WritePairingKey(options_.pairing, sign::MakePairingKey()),
              Status::kOk);
    Install({}, "1.keyring");
  }

  void Install(const KeyringPlan& plan, const std::string& name) const {
    ASSERT_EQ(sign::WriteNewFile(folder_ / "keys" / name,
                                 contract::KeyringDocument(plan, {1, 2})),
              Status::kOk);
  }
  [[nodiscard]] Status Loaded(std::uint32_t remembered = 1) const {
    Remembered state;
    state.keyring_version = remembered;
    const auto loaded = LoadTrust(options_, state);
    const auto* const refusal = std::get_if<Refusal>(&loaded);
    return refusal != nullptr ? refusal->status : Status::kOk;
  }
  [[nodiscard]] Trust Load() const { return std::get<Trust>(LoadTrust(options_, {})); }
  static std::vector<std::byte> SignedBy(int key) {
    return *sign::Sign(contract::GoodTerms(), contract::NumberedKey(key));
  }

  TestFolder folder_;
  Options options_;
};

TEST_F(TrustTest, TheNewestKeyringIsNeverOlderThanOneThatWasInForce) {
  EXPECT_EQ(Loaded(1), Status::kOk);
  EXPECT_EQ(Loaded(2), Status::kRolledBack);
  Install({.version = 2}, "2.keyring");
  EXPECT_EQ(Loaded(2), Status::kOk);
}

TEST_F(TrustTest, AContractIsGoodUnderTheNewestKeyringThatTrustsItsSigner) {
  Install({.version = 2, .keys = {11, 12}}, "2.keyring");
  Install({.version = 3, .keys = {12}}, "3.keyring");
  const Trust trust = Load();
  const auto& keyrings = trust.keyrings.keyrings;
  ASSERT_EQ(keyrings.size(), 3U);
  EXPECT_EQ(VerifyUnderAny(SignedBy(11), keyrings)->keyring, 1U)
      << "the keyring that drops it waits";
  EXPECT_EQ(VerifyUnderAny(SignedBy(12), keyrings)->keyring, 2U);
  EXPECT_EQ(VerifyUnderAny(SignedBy(13), keyrings).status(), Status::kUnknownKey);
  auto forged = SignedBy(12);
  forged[200] ^= std::byte{1};
  EXPECT_EQ(VerifyUnderAny(forged, keyrings).status(), Status::kBadSignature);
}

TEST_F(TrustTest, TheNextPairingKeyIsReadAndTakesThePresentOnesPlace) {
  EXPECT_FALSE(Load().pairing.next);
  const auto next = sign::MakePairingKey();
  ASSERT_EQ(sign::WritePairingKey(NextPairingPath(options_), next), Status::kOk);
  EXPECT_EQ(Load().pairing.next, next);
  ASSERT_EQ(PromotePairing(options_), Status::kOk);
  EXPECT_EQ(Load().pairing.now, next);
  EXPECT_FALSE(Load().pairing.next);
  EXPECT_EQ(PromotePairing(options_), Status::kIo) << "there is none any more";
}

TEST_F(TrustTest, ANextPairingKeyThatOthersMayReadIsRefused) {
  std::ofstream(NextPairingPath(options_)) << std::string(32, 'k');
  fs::permissions(NextPairingPath(options_), fs::perms{0644});
  EXPECT_EQ(Loaded(), Status::kKeyFileExposed);
}

TEST_F(TrustTest, EachChangeOfTheKeyFilesIsSeen) {
  const std::string before = FingerprintOfKeys(options_);
  EXPECT_EQ(FingerprintOfKeys(options_), before);
  Install({.version = 2}, "2.keyring");
  const std::string with_two = FingerprintOfKeys(options_);
  EXPECT_NE(with_two, before);
  ASSERT_EQ(sign::WritePairingKey(NextPairingPath(options_), sign::MakePairingKey()),
            Status::kOk);
  const std::string with_next = FingerprintOfKeys(options_);
  EXPECT_NE(with_next, with_two);
  fs::remove(folder_ / "keys/2.keyring");
  EXPECT_NE(FingerprintOfKeys(options_), with_next);
}

}  // namespace
}  // namespace torpor::agent
