#include "firmware/core/record.h"

#include <algorithm>
#include <array>

#include "core/bytes.h"
#include "core/crc32.h"
#include "firmware/core/flash_layout.h"
#include "firmware/core/port.h"

namespace torpor::firmware {
namespace {

constexpr std::uint32_t kMagic = 0x33525054;  // "TPR3"
using RecordBytes = std::array<std::byte, kRecordBytes>;

void WriteKept(ByteWriter& writer, const Kept& kept) {
  writer.Write(kept.place);
  writer.Write(std::span<const std::byte>(kept.id));
  writer.Write(kept.lease_left);
}

void ReadKept(ByteReader& reader, Kept& kept) {
  kept.place = reader.Read<std::uint32_t>();
  reader.ReadInto(kept.id);
  kept.lease_left = reader.Read<std::uint32_t>();
}

}  // namespace

void RecordStore::Open(std::uint32_t first_sector, std::uint32_t sectors) {
  first_sector_ = first_sector;
  sectors_ = sectors;
  for (std::uint32_t page = 0; page < kRecordSectors; ++page) by_age_[page] = page;
}

std::optional<RecordStore::Copy> RecordStore::Read(std::uint32_t page) const {
  RecordBytes bytes{};
  const std::uint32_t sector_bytes = port::Flash().sector_bytes;
  if (!port::FlashRead((first_sector_ + page) * sector_bytes, bytes)) return std::nullopt;
  const std::span<const std::byte> whole(bytes);
  const auto covered = whole.first(kRecordBytes - 4);
  if (ByteReader(whole.last(4)).Read<std::uint32_t>() != Crc32(covered)) {
    return std::nullopt;
  }
  ByteReader reader(covered);
  if (reader.Read<std::uint32_t>() != kMagic) return std::nullopt;
  Copy copy;
  copy.sequence = reader.Read<std::uint32_t>();
  Record& record = copy.record;
  record.boot_count = reader.Read<std::uint32_t>();
  record.floor.version.epoch = reader.Read<std::uint32_t>();
  record.floor.version.number = reader.Read<std::uint64_t>();
  reader.ReadInto(record.floor.contract_id);
  reader.ReadInto(record.provisioned);
  record.phase = static_cast<link::Phase>(reader.Read<std::uint32_t>());
  record.trial_left = reader.Read<std::uint32_t>();
  for (Kept* kept : {&record.active, &record.previous, &record.staged}) {
    ReadKept(reader, *kept);
  }
  reader.ReadInto(record.reverted);
  record.reverted_reason = reader.Read<std::uint16_t>();
  (void)reader.Read<std::uint16_t>();  // reserved
  record.keyring.place = reader.Read<std::uint32_t>();
  reader.ReadInto(record.keyring.id);
  reader.ReadInto(record.pairing);
  return copy;
}

Status RecordStore::Write(std::uint32_t page, const Copy& copy) const {
  const Record& record = copy.record;
  RecordBytes bytes{};
  ByteWriter writer(bytes);
  writer.Write(kMagic);
  writer.Write(copy.sequence);
  writer.Write(record.boot_count);
  writer.Write(record.floor.version.epoch);
  writer.Write(record.floor.version.number);
  writer.Write(std::span<const std::byte>(record.floor.contract_id));
  writer.Write(std::span<const std::byte>(record.provisioned));
  writer.Write(static_cast<std::uint32_t>(record.phase));
  writer.Write(record.trial_left);
  for (const Kept* kept : {&record.active, &record.previous, &record.staged}) {
    WriteKept(writer, *kept);
  }
  writer.Write(std::span<const std::byte>(record.reverted));
  writer.Write(record.reverted_reason);
  writer.Write(std::uint16_t{0});  // reserved
  writer.Write(record.keyring.place);
  writer.Write(std::span<const std::byte>(record.keyring.id));
  writer.Write(std::span<const std::byte>(record.pairing));
  const auto covered = std::span(bytes).first(kRecordBytes - 4);
  if (!writer.ok() || writer.size() > covered.size()) return Status::kInternal;
  ByteWriter(std::span(bytes).last(4)).Write(Crc32(covered));
  const std::uint32_t sector = first_sector_ + page;
  const std::uint32_t address = sector * port::Flash().sector_bytes;
  if (!port::FlashErase(sector) || !port::FlashProgram(address, bytes)) {
    return Status::kFlashIo;
  }
  return ReadsBack(address, bytes) ? Status::kOk : Status::kFlashIo;
}

Result<Record> RecordStore::Load() {
  std::array<std::uint64_t, kRecordSectors> ages{};  // 0: unreadable
  std::optional<Copy> newest;
  for (std::uint32_t page = 0; page < sectors_; ++page) {
    const auto copy = Read(page);
    if (!copy) continue;
    ages[page] = std::uint64_t{copy->sequence} + 1;
    if (!newest || copy->sequence > newest->sequence) newest = copy;
  }
  if (!newest) return Status::kFlashMalformed;

  // What reads as nothing may read as something at the next boot, and its number, which
  // nobody sees now, would be given again: two contents under one number. It goes first.
  for (std::uint32_t page = 0; page < sectors_; ++page) {
    if (ages[page] == 0 && !port::FlashErase(first_sector_ + page)) {
      return Status::kFlashIo;
    }
  }
  // Unreadable ones first, then by age.
  const auto pages = std::span(by_age_).first(sectors_);
  std::ranges::sort(pages, {}, [&](std::uint32_t page) { return ages[page]; });
  sequence_ = newest->sequence;
  const bool held_twice = ages[pages[sectors_ - 2]] == ages[pages[sectors_ - 1]];
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
  const auto pages = std::span(by_age_).first(sectors_);
  std::rotate(pages.begin(), pages.begin() + 2, pages.end());
  return Status::kOk;
}

}  // namespace torpor::firmware
