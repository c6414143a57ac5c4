#include "contract/digest.h"

#include <sodium/crypto_hash_sha512.h>

#include <algorithm>

#include "core/hex.h"

namespace torpor::contract {

Digest DigestOf(std::span<const std::byte> bytes) {
  std::array<unsigned char, crypto_hash_sha512_BYTES> hash{};
  crypto_hash_sha512(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  Digest digest{};
  std::ranges::copy(std::as_bytes(std::span(hash)).first(digest.size()), digest.begin());
  return digest;
}

ShortDigest ShortOf(const Digest& digest) {
  ShortDigest cut{};
  std::copy_n(digest.begin(), cut.size(), cut.begin());
  return cut;
}

ShortHex Hex(const ShortDigest& digest) {
  ShortHex hex;
  WriteHex(digest, hex.digits);
  return hex;
}

}  // namespace torpor::contract
