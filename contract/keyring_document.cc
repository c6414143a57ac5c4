#include "contract/keyring_document.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <sodium/crypto_sign.h>

#include <algorithm>
#include <array>

#include "contract/envelope.h"
#include "keyring.pb.h"

namespace torpor::contract {
namespace {

using enum Status;
using Wire = torpor_keyring_v0_Keyring;

static_assert(torpor_keyring_v0_Keyring_size <= kMaxKeyringPayloadBytes);
// With its type, and six signatures of 86 bytes.
static_assert(kMaxKeyringPayloadBytes + kKeyringType.size() + 8 + 6 * 86 <=
              kMaxKeyringBytes);
static_assert(sizeof(Wire::roots) == Keyring::kMaxRoots * sizeof(PublicKey));
static_assert(sizeof(Wire::keys) == Keyring::kMaxKeys * sizeof(PublicKey));
static_assert(sizeof(Wire::fleet) == Name{}.characters.size() + 1);

const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

PublicKey KeyOf(const pb_byte_t (&bytes)[32]) {
  PublicKey key{};
  std::ranges::copy(std::as_bytes(std::span(bytes)), key.begin());
  return key;
}

Result<std::size_t> Encode(const Wire& wire, std::span<std::byte> out) {
  pb_ostream_t stream =
      pb_ostream_from_buffer(reinterpret_cast<pb_byte_t*>(out.data()), out.size());
  if (!pb_encode(&stream, torpor_keyring_v0_Keyring_fields, &wire)) return kFileTooLarge;
  return stream.bytes_written;
}

Status CheckRanges(const Keyring& keyring) {
  const Keyring::Lineage& lineage = keyring.lineage;
  if (lineage.fleet.length == 0 || lineage.version == 0 || lineage.issued_at_s == 0 ||
      lineage.threshold == 0 || keyring.roots().empty() || keyring.keys().empty()) {
    return kFieldMissing;
  }
  const bool name = std::ranges::all_of(lineage.fleet.view(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  return name && lineage.version <= Keyring::kMaxVersion &&
                 lineage.threshold <= keyring.roots().size()
             ? kOk
             : kOutOfRange;
}

// Whose keys have been screened before.
struct Known {
  const Keyring* held = nullptr;
  bool all = false;

  [[nodiscard]] Keyring::Screening Of(const PublicKey& key) const {
    return all || (held != nullptr && held->Holds(key)) ? Keyring::Screening::kDoneBefore
                                                        : Keyring::Screening::kNeeded;
  }
};

// Adds keys that stand in ascending order.
template <std::size_t kRoom>
Status AddAll(const pb_byte_t (&from)[kRoom][32], std::size_t count, const Known& known,
              Keyring& to, Status (Keyring::*add)(const PublicKey&, Keyring::Screening)) {
  for (std::size_t i = 0; i < count; ++i) {
    const PublicKey key = KeyOf(from[i]);
    if (i > 0 && key <= KeyOf(from[i - 1])) return kKeyOrder;
    const Status added = (to.*add)(key, known.Of(key));
    if (added != kOk) return added;
  }
  return kOk;
}

Status Decode(std::span<const std::byte> payload, const Known& known, Keyring& keyring) {
  keyring = {};
  Wire wire = torpor_keyring_v0_Keyring_init_zero;
  pb_istream_t stream = pb_istream_from_buffer(
      reinterpret_cast<const pb_byte_t*>(payload.data()), payload.size());
  if (!pb_decode(&stream, torpor_keyring_v0_Keyring_fields, &wire)) {
    return kPayloadMalformed;
  }
  std::array<std::byte, kMaxKeyringPayloadBytes> again{};
  const auto size = Encode(wire, again);
  if (!size.ok() || !std::ranges::equal(std::span(again).first(*size), payload)) {
    return kNotCanonical;
  }
  const auto end = std::ranges::find(wire.fleet, '\0');
  keyring.lineage.fleet.Assign(
      {wire.fleet, static_cast<std::size_t>(end - std::begin(wire.fleet))});
  keyring.lineage.version = wire.version;
  keyring.lineage.issued_at_s = wire.issued_at_unix_s;
  keyring.lineage.threshold = wire.threshold;
  const Status roots =
      AddAll(wire.roots, wire.roots_count, known, keyring, &Keyring::AddRoot);
  if (roots != kOk) return roots;
  const Status keys = AddAll(wire.keys, wire.keys_count, known, keyring, &Keyring::Add);
  return keys != kOk ? keys : CheckRanges(keyring);
}

// Of a document whose signatures are looked at. Not inlined: the stack that decoding
// needs is free again when signatures are checked.
[[gnu::noinline]] Status Take(std::span<const std::byte> document, const Known& known,
                              Document& parsed, Keyring& keyring) {
  const auto taken = ParseDocument(document);
  if (!taken.ok()) return taken.status();
  if (document.size() > kMaxKeyringBytes) return kBundleTooLarge;
  parsed = *taken;
  if (parsed.payload_type != kKeyringType) return kWrongPayloadType;
  return Decode(parsed.payload, known, keyring);
}

const PublicKey* RootOf(const Keyring& keyring, std::string_view key_id) {
  const auto root = std::ranges::find_if(keyring.roots(), [&](const PublicKey& key) {
    return KeyIdOf(key).view() == key_id;
  });
  return root == keyring.roots().end() ? nullptr : &*root;
}

// Whether enough roots of each of the two have signed; each signature is verified once. A
// signature of another key is another's business; one that claims to be of a root and is
// not is refused.
[[gnu::noinline]] Status CheckRoots(const Document& document, const Keyring& held,
                                    const Keyring& next) {
  std::array<std::byte, kMaxKeyringPayloadBytes + kMaxPayloadTypeBytes + 32> pae{};
  const auto size = WritePae(document.payload_type, document.payload, pae);
  if (!size.ok()) return size.status();
  std::uint32_t by_held = 0, by_next = 0;
  for (const DocumentSignature& signature : document.signatures()) {
    const PublicKey* const old_root = RootOf(held, signature.key_id);
    const PublicKey* const new_root = RootOf(next, signature.key_id);
    const PublicKey* const root = old_root != nullptr ? old_root : new_root;
    if (root == nullptr) continue;
    if (crypto_sign_verify_detached(Raw(signature.bytes), Raw(pae), *size, Raw(*root)) !=
        0) {
      return kBadSignature;
    }
    by_held += old_root != nullptr ? 1 : 0;
    by_next += new_root != nullptr ? 1 : 0;
  }
  const bool enough =
      by_held >= held.lineage.threshold && by_next >= next.lineage.threshold;
  return enough ? kOk : kTooFewSignatures;
}

Status CheckLineage(const Keyring::Lineage& held, const Keyring::Lineage& next) {
  if (held.threshold == 0) return kKeyringFixed;
  if (next.fleet.view() != held.fleet.view()) return kNotForThisRobot;
  if (next.version <= held.version) return kRolledBack;
  return next.version == held.version + 1 ? kOk : kKeyringSkips;
}

}  // namespace

Status OpenKeyring(std::span<const std::byte> document, Keyring& opened) {
  Document parsed;
  Status status = Take(document, {}, parsed, opened);
  if (status == kOk) status = CheckRoots(parsed, opened, opened);
  if (status != kOk) opened = {};
  return status;
}

Status ReopenKeyring(std::span<const std::byte> document, const Digest& verified,
                     Keyring& opened) {
  Document parsed;
  Status status = DigestOf(document) == verified ? kOk : kBadSignature;
  if (status == kOk) status = Take(document, {.all = true}, parsed, opened);
  if (status != kOk) opened = {};
  return status;
}

Status FollowKeyring(std::span<const std::byte> document, const Keyring& held,
                     Keyring& next) {
  Document parsed;
  Status status = Take(document, {.held = &held}, parsed, next);
  if (status == kOk) status = CheckLineage(held.lineage, next.lineage);
  if (status == kOk) status = CheckRoots(parsed, held, next);
  if (status != kOk) next = {};
  return status;
}

Result<std::size_t> EncodeKeyring(const Keyring& keyring, std::span<std::byte> out) {
  const Status good = CheckRanges(keyring);
  if (good != kOk) return good;
  Wire wire = torpor_keyring_v0_Keyring_init_zero;
  const Keyring::Lineage& lineage = keyring.lineage;
  std::ranges::copy(lineage.fleet.view(), wire.fleet);
  wire.version = lineage.version;
  wire.issued_at_unix_s = lineage.issued_at_s;
  wire.threshold = lineage.threshold;
  // Each to the place that its rank gives it.
  const auto write = [](const PublicKey& key, auto before, auto& to, pb_size_t& count) {
    std::ranges::copy(key, reinterpret_cast<std::byte*>(to[before]));
    ++count;
  };
  for (const PublicKey& root : keyring.roots()) {
    const auto before = std::ranges::count_if(
        keyring.roots(), [&](const PublicKey& other) { return other < root; });
    write(root, before, wire.roots, wire.roots_count);
  }
  for (const TrustedKey& trusted : keyring.keys()) {
    const auto before = std::ranges::count_if(
        keyring.keys(), [&](const TrustedKey& other) { return other.key < trusted.key; });
    write(trusted.key, before, wire.keys, wire.keys_count);
  }
  return Encode(wire, out);
}

Status ReadUnverifiedKeyring(std::span<const std::byte> payload, Keyring& read) {
  return Decode(payload, {}, read);
}

}  // namespace torpor::contract
