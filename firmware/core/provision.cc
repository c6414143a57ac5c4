#include "firmware/core/provision.h"

#include <algorithm>

#include "contract/envelope.h"
#include "core/bytes.h"
#include "core/crc32.h"

namespace torpor::firmware {
namespace {

constexpr std::uint32_t kMagic = 0x56525054;  // "TPRV"
constexpr std::uint32_t kErased = 0xFFFF'FFFF;
constexpr std::uint16_t kLayout = 1;

void WriteName(ByteWriter& writer, const contract::Name& name) {
  writer.Write(name.length);
  writer.Write(std::as_bytes(std::span(name.characters)));
}

bool ReadName(ByteReader& reader, contract::Name& name) {
  name.length = reader.Read<std::uint8_t>();
  for (char& c : name.characters) c = static_cast<char>(reader.Read<std::uint8_t>());
  return name.length <= name.characters.size();
}

}  // namespace

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
  bool good = true;
  provision.key_count = reader.Read<std::uint8_t>();
  good = provision.key_count <= provision.keys.size();
  for (std::size_t i = 0; good && i < provision.key_count; ++i) {
    reader.ReadInto(provision.keys[i]);
  }
  if (reader.Read<std::uint8_t>() != 0) reader.ReadInto(provision.pairing.emplace());
  good = ReadName(reader, provision.robot) && good;
  provision.group_count = reader.Read<std::uint8_t>();
  good = good && provision.group_count <= kMaxGroups;
  for (std::size_t i = 0; good && i < provision.group_count; ++i) {
    good = ReadName(reader, provision.group_slots[i]);
  }
  provision.bundle = reader.Take(reader.Read<std::uint16_t>());
  if (!good || !reader.done()) return Status::kFlashMalformed;
  return provision;
}

Result<std::size_t> WriteProvision(const Provision& provision, std::span<std::byte> out) {
  if (provision.bundle.size() > contract::kMaxEnvelopeBytes) {
    return Status::kBundleTooLarge;
  }
  ByteWriter writer(out);
  const std::size_t size = 8 + 1 + 32 * provision.key_count + 1 +
                           (provision.pairing ? 32U : 0U) + 32 + 1 +
                           32 * provision.group_count + 2 + provision.bundle.size() + 4;
  writer.Write(kMagic);
  writer.Write(kLayout);
  writer.Write(static_cast<std::uint16_t>(size));
  writer.Write(static_cast<std::uint8_t>(provision.key_count));
  for (std::size_t i = 0; i < provision.key_count; ++i) {
    writer.Write(std::span<const std::byte>(provision.keys[i]));
  }
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
