#include "contract/verify.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "contract/lint.h"
#include "contract/sign/sign.h"
#include "contract/test_wire.h"
#include "core/hex.h"
#include "core/status_table.h"

namespace torpor::contract {
namespace {

std::string_view NameOf(Status status) { return Info(status).name; }

template <std::size_t N>
std::array<std::byte, N> FromHex(std::string_view text) {
  const auto bytes = ReadHex<N>(text);
  EXPECT_TRUE(bytes) << text;
  return bytes.value_or(std::array<std::byte, N>{});
}

// RFC 8032, section 7.1, tests 1 and 2: secret seeds and their public keys.
constexpr std::string_view kSeed1 =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr std::string_view kPublic1 =
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
constexpr std::string_view kSeed2 =
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
constexpr std::string_view kPublic2 =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

sign::PrivateKey Key1() { return sign::PrivateKey::FromSeed(FromHex<32>(kSeed1)); }
sign::PrivateKey Key2() { return sign::PrivateKey::FromSeed(FromHex<32>(kSeed2)); }

Keyring RingOf(std::initializer_list<PublicKey> keys) {
  Keyring keyring;
  for (const PublicKey& key : keys) EXPECT_EQ(keyring.Add(key), Status::kOk);
  return keyring;
}

class Verify : public testing::Test {
 protected:
  static Status Check(const Bytes& bundle) {
    return contract::Verify(bundle, RingOf({Key1().public_key()})).status();
  }
  const Bytes good_ = *sign::Sign(GoodTerms(), Key1());
};

TEST_F(Verify, TakesItsKeysFromTheStandard) {
  EXPECT_EQ(Key1().public_key(), FromHex<32>(kPublic1));
  EXPECT_EQ(Key2().public_key(), FromHex<32>(kPublic2));
}

// Computed with node's own crypto and confirmed by openssl; not by code of ours.
TEST_F(Verify, SignsAsOthersDo) {
  const auto payload = FromHex<71>(
      "0801120861636d652d776831180750e0d40358882768dc0b70fca1037803800180b6dc05"
      "a201209372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4");
  const Bytes bundle =
      sign::SignPayload(payload, Key1(), "application/vnd.torpor.contract.v1");
  const auto envelope = ParseEnvelope(bundle);
  ASSERT_TRUE(envelope.ok());
  EXPECT_EQ(
      envelope->signature,
      FromHex<64>("3b421efa6c8208d95fd11bbde8ff00a5663bcdb7f909e5daa5628fbcba878b7a"
                  "ed094659d94ddc99677c29ecceb53a05f6e98ca10b2806c1dcf9d57382c8ee06"));
  EXPECT_EQ(bundle.size(), 195U);
}

TEST_F(Verify, EncodesWhatIsSignedAsDsseSays) {
  const auto pae = [](std::string_view type, std::string_view body) {
    Bytes out(300);
    const auto size = WritePae(type, AsBytes(body), out);
    return std::string(reinterpret_cast<const char*>(out.data()), *size);
  };
  // The example of DSSE's protocol.md.
  EXPECT_EQ(pae("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(pae("", ""), "DSSEv1 0  0 ");
  for (const std::size_t n : {9U, 10U, 99U, 100U}) {
    EXPECT_EQ(pae("a", std::string(n, 'x')),
              "DSSEv1 1 a " + std::to_string(n) + " " + std::string(n, 'x'));
  }
  Bytes small(10);
  EXPECT_EQ(WritePae("a", AsBytes("b"), small).status(), Status::kBundleTooLarge);
}

TEST_F(Verify, AcceptsAGoodBundleAndKeepsItsBytes) {
  const auto verified = contract::Verify(good_, RingOf({Key1().public_key()}));
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->terms().version, (Version{1, 7}));
  const Bytes payload = PayloadOf(GoodTerms());
  EXPECT_TRUE(std::ranges::equal(verified->payload(), payload));
  EXPECT_EQ(verified->id(), DigestOf(payload));
  EXPECT_EQ(verified->key_id(), KeyIdOf(Key1().public_key()));
}

// The contract's public surface: these bytes. TORPOR_REGENERATE=1 writes them anew.
TEST_F(Verify, TheGoldenBundleHasNotChanged) {
  const std::string path = TORPOR_SOURCE_DIR "/contract/testdata/good.dsse.hex";
  std::string hex(good_.size() * 2, '0');
  WriteHex(good_, hex);
  if (std::getenv("TORPOR_REGENERATE") != nullptr) std::ofstream(path) << hex << "\n";
  std::string golden;
  std::ifstream(path) >> golden;
  EXPECT_EQ(hex, golden);
}

TEST_F(Verify, RefusesEverySingleBitFlip) {
  const Keyring keyring = RingOf({Key1().public_key()});
  for (std::size_t bit = 0; bit < good_.size() * 8; ++bit) {
    Bytes flipped = good_;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_FALSE(contract::Verify(flipped, keyring).ok()) << "bit " << bit;
  }
}

TEST_F(Verify, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < good_.size(); ++size) {
    const Status status =
        Check(Bytes(good_.begin(), good_.begin() + static_cast<long>(size)));
    EXPECT_EQ(NameOf(status),
              NameOf(size == 0 ? Status::kBundleEmpty : Status::kBundleTruncated))
        << size;
  }
}

TEST_F(Verify, RefusesEveryExtensionByOneByte) {
  for (unsigned value = 0; value < 256; ++value) {
    Bytes longer = good_;
    longer.push_back(static_cast<std::byte>(value));
    EXPECT_EQ(NameOf(Check(longer)), NameOf(value == 0x1A ? Status::kDuplicateSignature
                                                          : Status::kBundleTrailing));
  }
}

TEST_F(Verify, RefusesWhatIsTooLargeBeforeItLooks) {
  EXPECT_EQ(Check(Bytes(kMaxEnvelopeBytes + 1)), Status::kBundleTooLarge);
  EXPECT_EQ(Check(Bytes(std::size_t{1} << 20)), Status::kBundleTooLarge);
  EXPECT_EQ(Check(Bytes(kMaxEnvelopeBytes)), Status::kEnvelopeMalformed);
}

TEST_F(Verify, RefusesASecondSignature) {
  Bytes twice = good_;
  twice.insert(twice.end(), good_.end() - 86, good_.end());
  EXPECT_EQ(Check(twice), Status::kDuplicateSignature);
}

TEST_F(Verify, RefusesAnOverlongLength) {
  // 0A, then the payload's length of two bytes, stretched to three.
  Bytes stretched = good_;
  stretched[2] |= std::byte{0x80};
  stretched.insert(stretched.begin() + 3, std::byte{0});
  EXPECT_EQ(Check(stretched), Status::kEnvelopeMalformed);
}

TEST_F(Verify, SaysWhichKeyIsToBlame) {
  const PublicKey one = Key1().public_key(), two = Key2().public_key();
  const auto check = [&](const Bytes& bundle, const Keyring& keyring) {
    return NameOf(contract::Verify(bundle, keyring).status());
  };
  // The key id of key 2 over a signature of key 1.
  Bytes other_hint = good_;
  std::ranges::copy(AsBytes(KeyIdOf(two).view()), other_hint.end() - 16);
  Bytes broken = good_;
  broken[good_.size() - 40] ^= std::byte{1};  // inside the signature

  EXPECT_EQ(check(good_, {}), NameOf(Status::kKeyringEmpty));
  EXPECT_EQ(check(good_, RingOf({one})), "ok");
  EXPECT_EQ(check(good_, RingOf({two, one})), "ok");
  EXPECT_EQ(check(good_, RingOf({two})), NameOf(Status::kUnknownKey));
  EXPECT_EQ(check(other_hint, RingOf({one, two})), NameOf(Status::kKeyIdMismatch));
  EXPECT_EQ(check(other_hint, RingOf({one})), NameOf(Status::kKeyIdMismatch));
  EXPECT_EQ(check(other_hint, RingOf({two})), NameOf(Status::kBadSignature));
  EXPECT_EQ(check(broken, RingOf({one, two})), NameOf(Status::kBadSignature));
}

TEST_F(Verify, RefusesAnotherKindOfDocumentThatIsCorrectlySigned) {
  const Bytes payload = PayloadOf(GoodTerms());
  for (const char* type :
       {"application/vnd.torpor.contract.v1", "application/x", "text"}) {
    EXPECT_EQ(Check(sign::SignPayload(payload, Key1(), type)), Status::kWrongPayloadType);
  }
}

TEST_F(Verify, RefusesASignatureShiftedByTheGroupOrder) {
  // S + L verifies in lenient libraries. Source: RFC 8032, section 5.1.7 (S below L).
  constexpr std::string_view kOrder =
      "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
  const auto order = FromHex<32>(kOrder);
  Bytes shifted = good_;
  unsigned carry = 0;
  const std::size_t s = good_.size() - 18 - 32;
  for (std::size_t i = 0; i < 32; ++i) {
    carry +=
        std::to_integer<unsigned>(shifted[s + i]) + std::to_integer<unsigned>(order[i]);
    shifted[s + i] = static_cast<std::byte>(carry & 0xFF);
    carry >>= 8;
  }
  ASSERT_NE(shifted, good_);
  EXPECT_EQ(Check(shifted), Status::kBadSignature);
}

TEST_F(Verify, RunsTheLintOnWhatIsCorrectlySigned) {
  Terms terms = GoodTerms();
  terms.mcu_sleep += Milliseconds(1);
  Finding why;
  const auto verified =
      contract::Verify(sign::SignPayload(PayloadOf(terms), Key1(), kPayloadType),
                       RingOf({Key1().public_key()}), &why);
  EXPECT_EQ(verified.status(), Status::kMcuTimeline);
  EXPECT_EQ(why.found, 10'001U);
}

TEST(Keyring, RefusesWeakKeys) {
  // Points of small order and encodings that are not canonical. Source: the list of small
  // order points in "Taming the many EdDSAs" (Chalkias et al., 2020), table 6.
  for (const char* weak :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0200000000000000000000000000000000000000000000000000000000000000"}) {
    Keyring keyring;
    EXPECT_EQ(keyring.Add(FromHex<32>(weak)), Status::kWeakKey) << weak;
    EXPECT_TRUE(keyring.keys().empty());
  }
}

TEST(Keyring, HoldsFourKeysAndEachOnce) {
  Keyring keyring;
  for (int i = 0; i < 4; ++i) {
    const PublicKey key = sign::PrivateKey::Generate().public_key();
    EXPECT_EQ(keyring.Add(key), Status::kOk);
    EXPECT_EQ(keyring.Add(key), Status::kOk);
  }
  EXPECT_EQ(keyring.keys().size(), 4U);
  EXPECT_EQ(keyring.Add(keyring.keys()[0].key), Status::kOk);
  EXPECT_EQ(keyring.Add(Key1().public_key()), Status::kKeyringFull);
}

}  // namespace
}  // namespace torpor::contract
