#include "contract/sign/key_files.h"

#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "contract/envelope.h"
#include "contract/sign/files.h"

namespace torpor::contract::sign {
namespace {

using enum Status;

constexpr std::string_view kPublicWord = "torpor-ed25519-public ";
constexpr std::string_view kPrivateWord = "torpor-ed25519-private ";
constexpr std::size_t kMaxKeyFileBytes = 4096;
constexpr std::size_t kIdDigits = 16;

// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo.
// Source: RFC 8410, section 4.
constexpr std::array<std::uint8_t, 12> kSpkiHead = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                                    0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};

std::string Base64(std::span<const std::byte> bytes) {
  std::string text(
      sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(),
                    reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // sodium counts the closing zero
  return text;
}

// Exactly kSize bytes, and nothing after them.
template <std::size_t kSize>
std::optional<std::array<std::byte, kSize>> FromBase64(std::string_view text) {
  std::array<std::byte, kSize> bytes{};
  std::size_t size = 0;
  const char* end = nullptr;
  const int bad = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), kSize,
                                    text.data(), text.size(), nullptr, &size, &end,
                                    sodium_base64_VARIANT_ORIGINAL);
  if (bad != 0 || size != kSize || end != text.data() + text.size()) return std::nullopt;
  return bytes;
}

std::string Line(std::string_view word, const ShortHex& id,
                 std::span<const std::byte> bytes) {
  return std::string(word) + std::string(id.view()) + " " + Base64(bytes) + "\n";
}

struct IdAndBase64 {
  std::string_view id, base64;
};

std::optional<IdAndBase64> Split(std::string_view line, std::string_view word) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  if (!line.starts_with(word)) return std::nullopt;
  line.remove_prefix(word.size());
  if (line.size() < kIdDigits + 1 || line[kIdDigits] != ' ') return std::nullopt;
  return IdAndBase64{line.substr(0, kIdDigits), line.substr(kIdDigits + 1)};
}

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<PublicKey> ParsePublicKey(std::string_view line) {
  const auto parts = Split(line, kPublicWord);
  if (!parts) return kKeyMalformed;
  const auto spki = FromBase64<kSpkiHead.size() + 32>(parts->base64);
  if (!spki || !std::ranges::equal(std::as_bytes(std::span(kSpkiHead)),
                                   std::span(*spki).first(kSpkiHead.size()))) {
    return kKeyMalformed;
  }
  PublicKey key{};
  std::ranges::copy(std::span(*spki).subspan(kSpkiHead.size()), key.begin());
  if (KeyIdOf(key).view() != parts->id) return kKeyMalformed;
  Keyring screen;
  const Status status = screen.Add(key);
  if (status != kOk) return status;
  return key;
}

std::string FormatPublicKey(const PublicKey& key) {
  std::vector<std::byte> spki(kSpkiHead.size());
  std::ranges::copy(std::as_bytes(std::span(kSpkiHead)), spki.begin());
  spki.insert(spki.end(), key.begin(), key.end());
  return Line(kPublicWord, KeyIdOf(key), spki);
}

Status WriteKeyPair(const std::string& path, const PrivateKey& key) {
  const std::string pub = path + ".pub";
  if (::access(pub.c_str(), F_OK) == 0) return kFileExists;
  Seed seed = key.seed();
  std::string line = Line(kPrivateWord, KeyIdOf(key.public_key()), seed);
  const Status status = WriteNewFile(path + ".key", AsBytes(line), Secrecy::kSecret);
  sodium_memzero(line.data(), line.size());
  sodium_memzero(seed.data(), seed.size());
  if (status != kOk) return status;
  return WriteNewFile(pub, AsBytes(FormatPublicKey(key.public_key())));
}

Result<PrivateKey> ReadPrivateKey(const std::string& path) {
  auto text = ReadFile(path, kMaxKeyFileBytes, Secrecy::kSecret);
  if (!text.ok()) return text.status() == kFileTooLarge ? kKeyMalformed : text.status();
  const auto parts = Split(AsText(*text), kPrivateWord);
  std::optional<Seed> seed = parts ? FromBase64<32>(parts->base64) : std::nullopt;
  if (!seed) {
    sodium_memzero(text->data(), text->size());
    return kKeyMalformed;
  }
  PrivateKey key = PrivateKey::FromSeed(*seed);
  const bool same = KeyIdOf(key.public_key()).view() == parts->id;
  sodium_memzero(text->data(), text->size());
  sodium_memzero(seed->data(), seed->size());
  if (!same) return kKeyMalformed;
  return key;
}

Result<std::vector<std::byte>> ReadBundle(const std::string& path) {
  auto bytes = ReadFile(path, kMaxEnvelopeBytes);
  if (bytes.status() == kFileMissing) return kBundleMissing;
  if (bytes.status() == kFileTooLarge) return kBundleTooLarge;
  if (bytes.ok() && bytes->empty()) return kBundleEmpty;
  return bytes;
}

PairingKey MakePairingKey() {
  if (sodium_init() < 0) std::abort();
  PairingKey key{};
  randombytes_buf(key.data(), key.size());
  return key;
}

Status WritePairingKey(const std::string& path, const PairingKey& key) {
  return WriteNewFile(path, key, Secrecy::kSecret);
}

Result<PairingKey> ReadPairingKey(const std::string& path) {
  PairingKey key{};
  auto bytes = ReadFile(path, key.size(), Secrecy::kSecret);
  if (bytes.status() == kFileMissing) return kPairingMissing;
  if (bytes.status() == kFileTooLarge) return kKeyMalformed;
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() != key.size()) return kKeyMalformed;
  std::ranges::copy(*bytes, key.begin());
  sodium_memzero(bytes->data(), bytes->size());
  return key;
}

}  // namespace torpor::contract::sign
