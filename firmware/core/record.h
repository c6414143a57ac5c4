// What the firmware must never forget, kept so that a power cut at any moment leaves
// either the old or the new: how often it has booted, the newest contract it obeyed for
// good, and which it obeys, has staged and has on trial.
//
// A ring of sectors holds copies, each written whole. A record counts as stored once two
// sectors hold it; one that is found only once after a cut may be a half-written one that
// happened to read well, so it is stored again under the next number before anybody acts
// on it. A sector that reads as nothing after a cut may read as a record later, so it is
// erased before a number is given that it may hold. Each cut that follows another can
// spoil one more sector, so five of them survive four in a row (docs/model-checking.md;
// record_power_cut_test.cc).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "contract/accept.h"
#include "core/bytes.h"
#include "core/result.h"
#include "link/messages.h"
#include "link/seal.h"

namespace torpor::firmware {

// A contract that is kept in flash.
struct Kept {
  std::uint32_t place = 0;  // 0: with the provision; 1 and 2: the slots (bundle_slots.h)
  Digest id{};              // zeros: none is held
  std::uint32_t lease_left =
      0;  // periods that it may still be obeyed; 0: its lease is over

  [[nodiscard]] bool empty() const { return id == Digest{}; }
  friend bool operator==(const Kept&, const Kept&) = default;
};

// A keyring that came over the link.
struct KeptKeyring {
  std::uint32_t place = 0;  // 0: none, the provision's holds; 3 and 4: the slots
  Digest id{};              // of the document
  friend bool operator==(const KeptKeyring&, const KeptKeyring&) = default;
};

// How contracts take over is firmware/core/activation.h.
struct Record {
  std::uint32_t boot_count = 0;
  contract::Floor floor;
  Digest provisioned{};  // of the provision that all below was founded on
  link::Phase phase = link::Phase::kSteady;
  std::uint32_t trial_left = 0;  // periods and boots; of the staged one, once it begins
  Kept active, previous, staged;
  Digest reverted{};  // what it last went back from, and why
  std::uint16_t reverted_reason = 0;
  KeptKeyring keyring;
  link::PairingKey pairing{};  // zeros: the provision's

  friend bool operator==(const Record&, const Record&) = default;
};

inline constexpr std::uint32_t kRecordSectors = 5;
// A whole number of any board's granules. The last four are a CRC-32 of the others.
inline constexpr std::size_t kRecordBytes = 352;

class RecordStore {
 public:
  // Owns that many sectors from `first_sector` on; with fewer than kRecordSectors a test
  // shows that they are too few.
  void Open(std::uint32_t first_sector, std::uint32_t sectors = kRecordSectors);

  // Reads the newest record and repairs what a power cut left.
  //   kFlashMalformed  no sector holds a record
  //   kFlashIo         the flash refuses to be read or written
  [[nodiscard]] Result<Record> Load();

  // Two copies, the second only once the first has been read back. Only after Load(), or
  // on sectors that hold nothing of worth.
  //   kFlashIo  the flash refuses, or does not hold what was written
  [[nodiscard]] Status Store(const Record& record);

 private:
  struct Copy {
    std::uint32_t sequence = 0;
    Record record;
  };
  [[nodiscard]] std::optional<Copy> Read(std::uint32_t page) const;
  [[nodiscard]] Status Write(std::uint32_t page, const Copy& copy) const;

  std::uint32_t first_sector_ = 0;
  std::uint32_t sectors_ = 0;
  std::uint32_t sequence_ = 0;                          // of the newest copy seen
  std::array<std::uint32_t, kRecordSectors> by_age_{};  // pages, to overwrite first first
};

}  // namespace torpor::firmware
