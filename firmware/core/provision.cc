#include "firmware/core/provision.h"

#include <algorithm>

#include "contract/envelope.h"
#include "core/bytes.h"
#include "core/crc32.h"

namespace torpor::firmware {
namespace {

constexpr std::uint32_t kMagic = 0x56525054;  // "TPRV"
constexpr std::uint32_t kErased = 0xFFFF'FFFF;
constexpr std::uint16_t kLayout = 2;

void WriteName(ByteWriter& writer, const contract::Name& name) {
  writer.Write(name.length);
  writer.Write(std::as_bytes(std::span(name.characters)));
}

template <std::size_t kRoom>
void WriteKeys(ByteWriter& writer, const std::array<contract::PublicKey, kRoom>& keys,
               std::size_t count) {
  writer.Write(static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    writer.Write(std::span<const std::byte>(keys[i]));
  }
}

template <std::size_t kRoom>
bool ReadKeys(ByteReader& reader, std::array<contract::PublicKey, kRoom>& keys,
              std::size_t& count) {
  count = reader.Read<std::uint8_t>();
  if (count > kRoom) return false;
  for (std::size_t i = 0; i < count; ++i) reader.ReadInto(keys[i]);
  return true;
}

bool ReadName(ByteReader& reader, contract::Name& name) {
  name.length = reader.Read<std::uint8_t>();
  for (char& c : name.characters) c = static_cast<char>(reader.Read<std::uint8_t>());
  return name.length <= name.characters.size();
}

}  // namespace

Status KeyringOf(const Provision& provision, contract::Keyring& keyring) {
  keyring = {};
  const contract::Keyring::Lineage& lineage = provision.lineage;
  if (lineage.version == 0 || lineage.version > contract::Keyring::kMaxVersion ||
      lineage.threshold > provision.root_count) {
    return Status::kFlashMalformed;
  }
  Status added = Status::kOk;
  for (std::size_t i = 0; added == Status::kOk && i < provision.root_count; ++i) {
    added = keyring.AddRoot(provision.roots[i]);
  }
  for (std::size_t i = 0; added == Status::kOk && i < provision.key_count; ++i) {
    added = keyring.Add(provision.keys[i]);
  }
  keyring.lineage = lineage;
  if (added != Status::kOk) keyring = {};
  return added;
}

void SetKeyring(Provision& provision, const contract::Keyring& keyring) {
  provision.lineage = keyring.lineage;
  provision.key_count = keyring.keys().size();
  std::ranges::transform(keyring.keys(), provision.keys.begin(),
                         &contract::TrustedKey::key);
  provision.root_count = keyring.roots().size();
  std::ranges::copy(keyring.roots(), provision.roots.begin());
}

Result<Provision> ReadProvision(std::span<const std::byte> image) {
  ByteReader reader(image);
  const auto magic = reader.Read<std::uint32_t>();
  if (magic == kErased) return Status::kBundleMissing;
  const auto layout = reader.Read<std::uint16_t>();
  const auto size = reader.Read<std::uint16_t>();
  if (magic != kMagic || layout != kLayout || size < 12 || size > image.size()) {
    return Status::kFlashMalformed;
  }
  const auto covered = image.first(std::size_t{size} - 4);
  if (ByteReader(image.subspan(covered.size(), 4)).Read<std::uint32_t>() !=
      Crc32(covered)) {
    return Status::kFlashMalformed;
  }
  reader = ByteReader(covered.subspan(8));
  Provision provision;
  reader.ReadInto(provision.salt);
  bool good = ReadKeys(reader, provision.keys, provision.key_count) &&
              ReadKeys(reader, provision.roots, provision.root_count) &&
              ReadName(reader, provision.lineage.fleet);
  provision.lineage.version = reader.Read<std::uint32_t>();
  provision.lineage.threshold = reader.Read<std::uint32_t>();
  provision.lineage.issued_at_s = reader.Read<std::uint64_t>();
  if (reader.Read<std::uint8_t>() != 0) reader.ReadInto(provision.pairing.emplace());
  good = ReadName(reader, provision.robot) && good;
  provision.group_count = reader.Read<std::uint8_t>();
  good = good && provision.group_count <= kMaxGroups;
  for (std::size_t i = 0; good && i < provision.group_count; ++i) {
    good = ReadName(reader, provision.group_slots[i]);
  }
  provision.bundle = reader.Take(reader.Read<std::uint16_t>());
  if (!good || !reader.done()) return Status::kFlashMalformed;
  provision.image = covered;
  return provision;
}

Result<std::size_t> WriteProvision(const Provision& provision, std::span<std::byte> out) {
  if (provision.bundle.size() > contract::kMaxEnvelopeBytes) {
    return Status::kBundleTooLarge;
  }
  ByteWriter writer(out);
  const std::size_t size = 8 + 16 + 1 + 32 * provision.key_count + 1 +
                           32 * provision.root_count + 48 + 1 +
                           (provision.pairing ? 32U : 0U) + 32 + 1 +
                           32 * provision.group_count + 2 + provision.bundle.size() + 4;
  writer.Write(kMagic);
  writer.Write(kLayout);
  writer.Write(static_cast<std::uint16_t>(size));
  writer.Write(std::span<const std::byte>(provision.salt));
  WriteKeys(writer, provision.keys, provision.key_count);
  WriteKeys(writer, provision.roots, provision.root_count);
  WriteName(writer, provision.lineage.fleet);
  writer.Write(provision.lineage.version);
  writer.Write(provision.lineage.threshold);
  writer.Write(provision.lineage.issued_at_s);
  writer.Write(static_cast<std::uint8_t>(provision.pairing.has_value()));
  if (provision.pairing) writer.Write(std::span<const std::byte>(*provision.pairing));
  WriteName(writer, provision.robot);
  writer.Write(static_cast<std::uint8_t>(provision.group_count));
  for (const contract::Name& group : provision.groups()) WriteName(writer, group);
  writer.Write(static_cast<std::uint16_t>(provision.bundle.size()));
  writer.Write(provision.bundle);
  writer.Write(Crc32(writer.written()));
  if (!writer.ok() || writer.size() != size) return Status::kFileTooLarge;
  return size;
}

}  // namespace torpor::firmware
