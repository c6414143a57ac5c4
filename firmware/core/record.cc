#include "firmware/core/record.h"

#include <algorithm>
#include <array>

#include "core/bytes.h"
#include "core/crc32.h"
#include "firmware/core/port.h"

namespace torpor::firmware {
namespace {

constexpr std::uint32_t kMagic = 0x43525054;  // "TPRC"
constexpr std::size_t kRecordBytes = 64;      // a whole number of any board's granules

}  // namespace

void RecordStore::Open(std::uint32_t first_sector) {
  first_sector_ = first_sector;
  for (std::uint32_t page = 0; page < kRecordSectors; ++page) by_age_[page] = page;
}

std::optional<RecordStore::Copy> RecordStore::Read(std::uint32_t page) const {
  std::array<std::byte, kRecordBytes> bytes{};
  const std::uint32_t sector_bytes = port::Flash().sector_bytes;
  if (!port::FlashRead((first_sector_ + page) * sector_bytes, bytes)) return std::nullopt;
  const auto covered = std::span(bytes).first<kRecordBytes - 4>();
  ByteReader reader(bytes);
  Copy copy;
  const bool ours = reader.Read<std::uint32_t>() == kMagic;
  copy.sequence = reader.Read<std::uint32_t>();
  copy.record.boot_count = reader.Read<std::uint32_t>();
  copy.record.floor.version.epoch = reader.Read<std::uint32_t>();
  copy.record.floor.version.number = reader.Read<std::uint64_t>();
  reader.ReadInto(copy.record.floor.contract_id);
  reader.Take(kRecordBytes - 4 - 56);
  const bool whole = reader.Read<std::uint32_t>() == Crc32(covered);
  if (!ours || !whole) return std::nullopt;
  return copy;
}

Status RecordStore::Write(std::uint32_t page, const Copy& copy) const {
  std::array<std::byte, kRecordBytes> bytes{};
  ByteWriter writer(bytes);
  writer.Write(kMagic);
  writer.Write(copy.sequence);
  writer.Write(copy.record.boot_count);
  writer.Write(copy.record.floor.version.epoch);
  writer.Write(copy.record.floor.version.number);
  writer.Write(std::span<const std::byte>(copy.record.floor.contract_id));
  writer.Write(std::uint32_t{0});  // reserved
  writer.Write(Crc32(writer.written()));
  const std::uint32_t sector = first_sector_ + page;
  const std::uint32_t address = sector * port::Flash().sector_bytes;
  if (!port::FlashErase(sector) || !port::FlashProgram(address, bytes)) {
    return Status::kFlashIo;
  }
  std::array<std::byte, kRecordBytes> back{};
  if (!port::FlashRead(address, back) || back != bytes) return Status::kFlashIo;
  return Status::kOk;
}

Result<Record> RecordStore::Load() {
  std::array<std::uint64_t, kRecordSectors> ages{};  // 0: unreadable
  std::optional<Copy> newest;
  for (std::uint32_t page = 0; page < kRecordSectors; ++page) {
    const auto copy = Read(page);
    if (!copy) continue;
    ages[page] = std::uint64_t{copy->sequence} + 1;
    if (!newest || copy->sequence > newest->sequence) newest = copy;
  }
  if (!newest) return Status::kFlashMalformed;

  // Unreadable ones first, then by age.
  std::ranges::sort(by_age_, {}, [&](std::uint32_t page) { return ages[page]; });
  sequence_ = newest->sequence;
  const bool held_twice =
      ages[by_age_[kRecordSectors - 2]] == ages[by_age_[kRecordSectors - 1]];
  if (held_twice) return newest->record;
  // Found once: not proven to read the same next time. The copies go to the oldest pages,
  // so that this one survives until they are whole.
  const Status stored = Store(newest->record);
  if (stored != Status::kOk) return stored;
  return newest->record;
}

Status RecordStore::Store(const Record& record) {
  const Copy copy{sequence_ + 1, record};
  for (const std::uint32_t page : {by_age_[0], by_age_[1]}) {
    const Status written = Write(page, copy);
    if (written != Status::kOk) return written;
  }
  sequence_ = copy.sequence;
  std::ranges::rotate(by_age_, by_age_.begin() + 2);
  return Status::kOk;
}

}  // namespace torpor::firmware
