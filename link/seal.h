// Sealed messages: whoever holds the pairing key made them, in this direction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "link/codec.h"
#include "link/messages.h"

namespace torpor::link {

using PairingKey = std::array<std::byte, 32>;
using Mac = std::array<std::byte, 32>;
using Salt = std::array<std::byte, 16>;

// What the pairing key becomes: one key per direction, so that a reflected message is
// none, one for the firmware's nonces, and one under which a new pairing key travels.
struct LinkKeys {
  PairingKey firmware{}, computer{}, nonces{}, wrapping{};

  [[nodiscard]] const PairingKey& Of(Role role) const {
    return role == Role::kFirmware ? firmware : computer;
  }
};
// Source: HMAC-SHA-512-256 (libsodium crypto_auth) as a key derivation, one label each.
// `salt` goes into the key of the nonces alone, which no other side makes.
LinkKeys DeriveKeys(const PairingKey& pairing, const Salt& salt = {});

// A nonce that never repeats and that nobody without the key foresees, from a boot count
// that was stored before use: no random generator is needed.
Nonce MakeNonce(const LinkKeys& keys, std::uint32_t boot_count, std::uint32_t counter);

// A pairing key that only a holder of the present one can read; wrapping it again gives
// it back. `id` is the new key's digest: together with the nonces of an agreement, of the
// computer and of the firmware, it makes a stream of bytes that serves once.
PairingKey Wrap(const PairingKey& key, const LinkKeys& keys, const Nonce& computer,
                const Nonce& firmware, const Digest& id);

// Appends the MAC over the packet's type and `body`, which begins at out.front(); the
// whole is returned. `out` must have room for both.
std::span<const std::byte> Seal(Type type, const PairingKey& key, std::size_t body_size,
                                std::span<std::byte> out);

// The body without its MAC.
//   kBadMac  another key, another type, or a changed byte
Result<std::span<const std::byte>> Unseal(Type type, const PairingKey& key,
                                          std::span<const std::byte> sealed);

template <class Message>
std::span<const std::byte> EncodeSealed(Type type, const Message& message,
                                        const LinkKeys& keys, std::span<std::byte> out) {
  const auto body = EncodeBody(message, out);
  return Seal(type, keys.Of(message.role), body.size(), out);
}

// `from` is the side that must have made it.
//   kUnexpectedMessage  not this message's layout
//   kBadMac             not made by `from` with this pairing key
template <class Message>
Result<Message> DecodeSealed(Type type, Role from, const LinkKeys& keys,
                             std::span<const std::byte> sealed) {
  if (sealed.size() != SizeOf<Message>() + sizeof(Mac)) {
    return Status::kUnexpectedMessage;
  }
  const auto body = Unseal(type, keys.Of(from), sealed);
  if (!body.ok()) return body.status();
  const auto message = DecodeBody<Message>(*body);
  if (!message.ok() || message->role != from) return Status::kUnexpectedMessage;
  return *message;
}

}  // namespace torpor::link
