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

void RecordStore::Open(std::uint32_t first_sector) { first_sector_ = first_sector; }

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
  std::array<std::optional<Copy>, kRecordSectors> pages{};
  for (std::uint32_t page = 0; page < kRecordSectors; ++page) pages[page] = Read(page);

  // Unreadable ones first, then by age.
  std::array<std::uint32_t, kRecordSectors> by_age = {0, 1, 2};
  const auto age_of = [&](std::uint32_t page) {
    return pages[page] ? std::uint64_t{pages[page]->sequence} + 1 : 0;
  };
  std::ranges::sort(by_age, {}, age_of);
  const auto& newest = pages[by_age[2]];
  if (!newest) return Status::kFlashMalformed;

  sequence_ = newest->sequence;
  oldest_ = by_age[0];
  second_ = by_age[1];
  const bool held_twice = age_of(by_age[1]) == age_of(by_age[2]);
  if (held_twice) return newest->record;
  // Found once: not proven to read the same next time. The copies go to the two oldest
  // pages, so that this one survives until the first of them is whole.
  const Status stored = Store(newest->record);
  if (stored != Status::kOk) return stored;
  return newest->record;
}

Status RecordStore::Store(const Record& record) {
  const Copy copy{sequence_ + 1, record};
  for (const std::uint32_t page : {oldest_, second_}) {
    const Status written = Write(page, copy);
    if (written != Status::kOk) return written;
  }
  sequence_ = copy.sequence;
  const std::uint32_t third = kRecordSectors - oldest_ - second_;  // 0 + 1 + 2
  second_ = oldest_;
  oldest_ = third;
  return Status::kOk;
}

}  // namespace torpor::firmware
