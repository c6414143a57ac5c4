// A board that exists only in a test: its time moves when told, its flash can lose power
// in the middle of a word, its sensor counts. Include it once per test program: it
// defines the functions of firmware/core/port.h.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "firmware/core/port.h"
#include "firmware/core/provision.h"
#include "firmware/core/record.h"

namespace torpor::firmware {

struct FakeBoard {
  static constexpr std::uint32_t kSectorBytes = 4096;
  static constexpr std::uint32_t kSectors = 10;
  static constexpr std::size_t kGranule = 8;

  Instant now = FromMicroseconds(5'000'000);
  Instant sleep_until = Instant::max();
  std::deque<std::byte> to_firmware;
  std::vector<std::byte> from_firmware;
  std::size_t line_takes = SIZE_MAX;  // per LinkWrite

  int windows_started = 0;
  bool sampling = false;
  Instant started{};
  std::vector<Instant> starts;
  std::deque<std::uint32_t> shaft_answers;  // then the usual one
  link::Refusal prepared;
  std::uint64_t prepare_refuses_version = 0;  // a contract whose sensor it has not
  Status start_status = Status::kOk;
  Status read_status = Status::kOk;
  Microseconds sensor_late{};  // beyond the window

  std::vector<std::byte> flash =
      std::vector<std::byte>(std::size_t{kSectorBytes} * kSectors, std::byte{0xFF});
  // Words whose programming or erasure was cut: each boot reads them anew, and perhaps
  // otherwise.
  std::vector<bool> unstable = std::vector<bool>(flash.size() / kGranule);
  std::vector<std::byte> torn_to = flash;
  long writes_left = -1;  // granule programs and sector erasures until the cut; -1: none
  bool powered = true;
  std::mt19937 random{1};

  std::vector<std::string> console;

  // Another boot: what a cut left half-done reads one way now.
  void PowerOn() {
    powered = true;
    writes_left = -1;
    for (std::size_t word = 0; word < unstable.size(); ++word) {
      if (!unstable[word]) continue;
      const auto reads = random() % 4;  // right, erased, or neither
      for (std::size_t i = word * kGranule; i < (word + 1) * kGranule; ++i) {
        flash[i] = reads < 2    ? torn_to[i]
                   : reads == 2 ? std::byte{0xFF}
                                : std::byte{0x5A};
      }
    }
    to_firmware.clear();
    from_firmware.clear();
    sampling = false;
  }

  bool Cut() {
    if (!powered) return true;
    if (writes_left == 0) powered = false;
    if (writes_left > 0) --writes_left;
    return !powered;
  }

  void Set(std::size_t word, const std::byte* bytes, bool stable) {
    for (std::size_t i = 0; i < kGranule; ++i) {
      torn_to[word * kGranule + i] = bytes[i];
      if (stable) flash[word * kGranule + i] = bytes[i];
    }
    unstable[word] = !stable;
  }

  void Provision(const firmware::Provision& provision) {
    std::array<std::byte, kProvisionBytes> image{};
    image.fill(std::byte{0xFF});
    if (!WriteProvision(provision, image).ok()) std::abort();
    std::ranges::copy(image, flash.begin());
    RecordStore store;
    store.Open(1);
    if (!store.Load().ok() && store.Store({}) != Status::kOk) std::abort();
  }
};

inline FakeBoard* board = nullptr;

}  // namespace torpor::firmware

namespace torpor::port {

using firmware::board;
using firmware::FakeBoard;

Instant Now() noexcept { return board->now; }
void SleepUntil(Instant deadline, Wait) noexcept { board->sleep_until = deadline; }

std::size_t LinkRead(std::span<std::byte> out) noexcept {
  if (!board->powered) return 0;
  const std::size_t size = std::min(out.size(), board->to_firmware.size());
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = board->to_firmware.front();
    board->to_firmware.pop_front();
  }
  return size;
}

std::size_t LinkWrite(std::span<const std::byte> bytes) noexcept {
  if (!board->powered) return bytes.size();  // what a dead firmware says, nobody hears
  const std::size_t size = std::min(bytes.size(), board->line_takes);
  board->from_firmware.insert(board->from_firmware.end(), bytes.begin(),
                              bytes.begin() + static_cast<std::ptrdiff_t>(size));
  return size;
}

link::Refusal ImuPrepare(const contract::Terms& terms) noexcept {
  return terms.version.number == board->prepare_refuses_version
             ? link::Refused(Status::kRecordingRate)
             : board->prepared;
}

Status ImuStart(const contract::Sensor&, Milliseconds window) noexcept {
  if (board->start_status != Status::kOk) return board->start_status;
  ++board->windows_started;
  board->sampling = true;
  board->started = board->now + window + board->sensor_late;
  board->starts.push_back(board->now);
  return Status::kOk;
}

Result<std::size_t> ImuRead(const contract::Sensor&,
                            std::span<std::int16_t> out) noexcept {
  if (board->read_status != Status::kOk) return board->read_status;
  if (!board->sampling || board->now < board->started) return std::size_t{0};
  std::ranges::fill(out, static_cast<std::int16_t>(board->windows_started));
  return out.size();
}

void ImuStop() noexcept { board->sampling = false; }
std::uint32_t ShaftSpeedMillirpm() noexcept {
  if (board->shaft_answers.empty()) return 1'500'000;
  const std::uint32_t answer = board->shaft_answers.front();
  board->shaft_answers.pop_front();
  return answer;
}

FlashGeometry Flash() noexcept {
  return {FakeBoard::kSectorBytes, FakeBoard::kSectors, FakeBoard::kGranule};
}

bool FlashRead(std::uint32_t address, std::span<std::byte> out) noexcept {
  if (address + out.size() > board->flash.size()) return false;
  std::memcpy(out.data(), board->flash.data() + address, out.size());
  return true;
}

bool FlashErase(std::uint32_t sector) noexcept {
  const bool cut = board->Cut();
  if (cut && board->random() % 3 == 0) return false;  // it never began
  const std::array<std::byte, FakeBoard::kGranule> ones = {
      std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF},
      std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}};
  const std::size_t words = FakeBoard::kSectorBytes / FakeBoard::kGranule;
  for (std::size_t i = 0; i < words; ++i) {
    const std::size_t word = sector * words + i;
    if (cut) {  // torn: what was there, or rubbish, at every boot anew
      const auto was =
          board->flash.begin() + static_cast<std::ptrdiff_t>(word * FakeBoard::kGranule);
      std::array<std::byte, FakeBoard::kGranule> old{};
      std::copy_n(was, FakeBoard::kGranule, old.begin());
      board->Set(word, old.data(), false);
    } else {
      board->Set(word, ones.data(), true);
    }
  }
  return !cut;
}

bool FlashProgram(std::uint32_t address, std::span<const std::byte> bytes) noexcept {
  if (address % FakeBoard::kGranule != 0 || bytes.size() % FakeBoard::kGranule != 0) {
    return false;
  }
  for (std::size_t i = 0; i < bytes.size(); i += FakeBoard::kGranule) {
    const std::size_t word = (address + i) / FakeBoard::kGranule;
    if (!board->Cut()) {
      board->Set(word, bytes.data() + i, true);
      continue;
    }
    const auto how = board->random() % 3;
    if (how > 0) board->Set(word, bytes.data() + i, how == 2);
    return false;
  }
  return true;
}

Digest ProgramDigest() noexcept { return Digest{std::byte{0xF1}}; }
void Console(std::string_view line) noexcept { board->console.emplace_back(line); }
void WatchdogKick() noexcept {}

}  // namespace torpor::port
