#include "link/seal.h"

#include <sodium.h>

#include <algorithm>
#include <string_view>

namespace torpor::link {
namespace {

static_assert(sizeof(PairingKey) == crypto_auth_KEYBYTES);
static_assert(sizeof(Mac) == crypto_auth_BYTES);

// libsodium speaks of unsigned char.
const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT
}
unsigned char* RawOut(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());  // NOLINT
}

Mac Authenticate(std::span<const std::byte> message, const PairingKey& key) {
  Mac mac{};
  crypto_auth(RawOut(mac), Raw(message), message.size(), Raw(key));
  return mac;
}

// What the MAC covers: a label, so that no other use of the key can make one, the type
// and the body.
Mac MacOf(Type type, const PairingKey& key, std::span<const std::byte> body) {
  std::array<std::byte, 32 + kMaxBody> covered{};
  ByteWriter writer(covered);
  writer.Write(AsBytes("torpor link v1 message "));
  writer.Write(static_cast<std::uint8_t>(type));
  writer.Write(body);
  return Authenticate(writer.written(), key);
}

}  // namespace

LinkKeys DeriveKeys(const PairingKey& pairing, const Salt& salt) {
  constexpr std::string_view kNonces = "torpor link v1 nonces";
  std::array<std::byte, kNonces.size() + sizeof(Salt)> nonces{};
  ByteWriter writer(nonces);
  writer.Write(AsBytes(kNonces));
  writer.Write(std::span<const std::byte>(salt));
  return {.firmware = Authenticate(AsBytes("torpor link v1 firmware"), pairing),
          .computer = Authenticate(AsBytes("torpor link v1 computer"), pairing),
          .nonces = Authenticate(nonces, pairing),
          .wrapping = Authenticate(AsBytes("torpor link v1 wrapping"), pairing)};
}

Nonce MakeNonce(const LinkKeys& keys, std::uint32_t boot_count, std::uint32_t counter) {
  std::array<std::byte, 8> input{};
  ByteWriter writer(input);
  writer.Write(boot_count);
  writer.Write(counter);
  const Mac mac = Authenticate(input, keys.nonces);
  Nonce nonce{};
  std::ranges::copy(std::span(mac).first<sizeof(Nonce)>(), nonce.begin());
  return nonce;
}

PairingKey Wrap(const PairingKey& key, const LinkKeys& keys, const Nonce& computer,
                const Nonce& firmware, const Digest& id) {
  std::array<std::byte, 2 * sizeof(Nonce) + sizeof(Digest)> input{};
  ByteWriter writer(input);
  writer.Write(std::span<const std::byte>(computer));
  writer.Write(std::span<const std::byte>(firmware));
  writer.Write(std::span<const std::byte>(id));
  const Mac stream = Authenticate(input, keys.wrapping);
  PairingKey wrapped{};
  std::ranges::transform(key, stream, wrapped.begin(),
                         [](std::byte a, std::byte b) { return a ^ b; });
  return wrapped;
}

std::span<const std::byte> Seal(Type type, const PairingKey& key, std::size_t body_size,
                                std::span<std::byte> out) {
  const Mac mac = MacOf(type, key, out.first(body_size));
  std::ranges::copy(mac, out.begin() + static_cast<std::ptrdiff_t>(body_size));
  return out.first(body_size + sizeof(Mac));
}

Result<std::span<const std::byte>> Unseal(Type type, const PairingKey& key,
                                          std::span<const std::byte> sealed) {
  if (sealed.size() < sizeof(Mac) || sealed.size() > kMaxBody) return Status::kBadMac;
  const auto body = sealed.first(sealed.size() - sizeof(Mac));
  const Mac mac = MacOf(type, key, body);
  const auto claimed = sealed.last(sizeof(Mac));
  if (sodium_memcmp(mac.data(), claimed.data(), sizeof(Mac)) != 0) return Status::kBadMac;
  return body;
}

}  // namespace torpor::link
