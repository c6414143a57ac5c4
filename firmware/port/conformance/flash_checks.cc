// On a flash whose contents nobody needs.
#include <algorithm>
#include <array>
#include <utility>

#include "firmware/core/flash_layout.h"
#include "firmware/core/port.h"
#include "firmware/port/conformance/checks.h"

namespace torpor::firmware::conformance {
namespace {

using std::chrono_literals::operator""ms;  // NOLINT(misc-unused-using-decls)

constexpr std::uint32_t kPiece = 64;  // a whole number of any board's granules
using Piece = std::array<std::byte, kPiece>;
constexpr std::byte kErased{0xFF};

std::uint32_t Address(std::uint32_t sector) {
  return sector * port::Flash().sector_bytes;
}
std::uint32_t Size() { return Address(port::Flash().sectors); }

Piece Words(unsigned seed) {
  Piece piece{};
  for (std::size_t i = 0; i < piece.size(); ++i) {
    piece[i] = static_cast<std::byte>(seed + 37 * i);
  }
  return piece;
}

bool Holds(std::uint32_t address, const Piece& words) {
  Piece found{};
  return port::FlashRead(address, found) && found == words;
}

bool IsErased(std::uint32_t begin, std::uint32_t end) {
  for (std::uint32_t at = begin; at < end; at += kPiece) {
    Piece found{};
    if (!port::FlashRead(at, found)) return false;
    if (!std::ranges::all_of(found, [](auto b) { return b == kErased; })) return false;
  }
  return true;
}

const char* Fits() {
  const port::FlashGeometry flash = port::Flash();
  if (flash.sector_bytes < kPiece || flash.sector_bytes % kPiece != 0) {
    return "a sector is not a multiple of 64 bytes";
  }
  if (flash.sectors < LayoutOf(flash).sectors()) {
    return "too few sectors for a provision, five records and two contracts";
  }
  if (flash.granule_bytes == 0 || flash.granule_bytes > 16 ||
      kPiece % flash.granule_bytes != 0) {
    return "a granule is neither 1, 2, 4, 8 nor 16 bytes";
  }
  return nullptr;
}

const char* ErasesOneSector() {
  const std::uint32_t bytes = port::Flash().sector_bytes;
  for (std::uint32_t sector = 0; sector < 3; ++sector) {
    if (!port::FlashErase(sector)) return "it cannot";
  }
  const std::uint32_t before = Address(1) - kPiece;
  for (const std::uint32_t at :
       {before, Address(1), Address(2) - std::uint32_t{kPiece}, Address(2)}) {
    if (!port::FlashProgram(at, Words(at))) return "what is erased cannot be programmed";
  }
  if (!port::FlashErase(1)) return "it cannot";
  if (!IsErased(Address(1), Address(1) + bytes)) return "not all of it is ones";
  if (!Holds(before, Words(before))) return "it changed the sector before";
  if (!Holds(Address(2), Words(Address(2)))) return "it changed the sector behind";
  return nullptr;
}

const char* ErasesInTime() {
  Microseconds best = 10'000ms;
  for (int i = 0; i < 3; ++i) {
    const Instant before = port::Now();
    if (!port::FlashErase(0)) return "it cannot";
    best = std::min(best, port::Now() - before);
  }
  return best <= 110ms ? nullptr : "it takes longer than some 100 ms";
}

const char* Programs() {
  if (!port::FlashErase(0)) return "FlashErase cannot";
  if (!port::FlashProgram(kPiece, Words(5))) return "it cannot";
  if (!Holds(kPiece, Words(5))) return "other bytes are read than were written";
  if (!IsErased(0, kPiece) || !IsErased(2 * kPiece, Address(1))) {
    return "it changed what is beside";
  }
  return nullptr;
}

// As a contract is written: longer than a chip's page, and from amidst one. A chip that
// is told to go on over its page's end writes at that page's begin.
const char* CrossesPages() {
  constexpr std::uint32_t kFrom = 16;
  static std::array<std::byte, 1024> written, found;
  for (std::size_t i = 0; i < written.size(); ++i) {
    written[i] = static_cast<std::byte>(i * 7 + i / 251);
  }
  if (!port::FlashErase(0)) return "FlashErase cannot";
  if (!port::FlashProgram(kFrom, written)) return "it cannot";
  if (!port::FlashRead(kFrom, found)) return "it cannot be read";
  if (found != written) return "other bytes are read than were written";
  std::array<std::byte, kFrom> before{};
  if (!port::FlashRead(0, before)) return "it cannot be read";
  const bool erased = std::ranges::all_of(before, [](auto b) { return b == kErased; });
  return erased ? nullptr : "it changed what is before";
}

// Programming twice is not asked for. A chip may refuse it; if not, ones stay gone.
const char* SetsNoBit() {
  if (!port::FlashErase(0) || !port::FlashProgram(0, Words(9))) return "it cannot";
  Piece other = Words(9);
  std::ranges::transform(other, other.begin(), [](auto b) { return ~b; });
  port::FlashProgram(0, other);
  Piece found{};
  if (!port::FlashRead(0, found)) return "it cannot be read";
  const Piece first = Words(9);
  for (std::size_t i = 0; i < kPiece; ++i) {
    if ((found[i] & ~first[i]) != std::byte{0}) return "a bit came back without erasing";
  }
  return nullptr;
}

const char* RefusesHalves() {
  const std::uint32_t granule = port::Flash().granule_bytes;
  if (granule == 1) return nullptr;
  if (!port::FlashErase(0)) return "FlashErase cannot";
  const Piece words = Words(1);
  if (port::FlashProgram(granule / 2, std::span(words).first(granule))) {
    return "it takes an address inside a granule";
  }
  if (port::FlashProgram(0, std::span(words).first(granule / 2))) {
    return "it takes half a granule";
  }
  return IsErased(0, Address(1)) ? nullptr : "what it refused, it wrote";
}

const char* ReadsAnyBytes() {
  const Piece words = Words(7);
  if (!port::FlashErase(0) || !port::FlashProgram(0, words)) return "it cannot";
  for (const auto& [from, size] : {std::pair{3U, 1U}, {1U, 4U}, {5U, 11U}, {0U, 64U}}) {
    Piece found{};
    if (!port::FlashRead(from, std::span(found).first(size))) return "not some of them";
    if (!std::ranges::equal(std::span(found).first(size),
                            std::span(words).subspan(from, size))) {
      return "other bytes than were asked for";
    }
    const auto behind = std::span(found).subspan(size);
    if (std::ranges::any_of(behind, [](auto b) { return b != std::byte{}; })) {
      return "it wrote behind the room it was given";
    }
  }
  return nullptr;
}

const char* ReadsInside() {
  Piece piece{};
  if (!port::FlashRead(Size() - kPiece, piece)) return "not its last bytes";
  if (port::FlashRead(Size() - kPiece + 1, piece)) return "more than there is";
  return port::FlashRead(0xFFFF'FFF0, piece) ? "at the end of the addresses" : nullptr;
}

const char* WritesInside() {
  const Piece words = Words(1);
  if (port::FlashProgram(Size(), words)) return "behind the last sector";
  if (port::FlashProgram(0xFFFF'FFF0, words)) return "at the end of the addresses";
  return nullptr;
}

const char* ErasesInside() {
  return port::FlashErase(port::Flash().sectors) ? "a sector that there is not" : nullptr;
}

constexpr std::array kChecks = {
    Check{"Flash.IsLargeEnoughInUnitsThatFit", Fits},
    Check{"FlashErase.SetsAllBitsOfItsSectorAndNoOther", ErasesOneSector},
    Check{"FlashErase.TakesSome100msAtMost", ErasesInTime},
    Check{"FlashErase.RefusesASectorOutside", ErasesInside},
    Check{"FlashProgram.WritesWhatIsReadThen", Programs},
    Check{"FlashProgram.WritesOverTheEndOfAPage", CrossesPages},
    Check{"FlashProgram.SetsNoBit", SetsNoBit},
    Check{"FlashProgram.RefusesHalfAGranule", RefusesHalves},
    Check{"FlashProgram.RefusesWhatIsOutside", WritesInside},
    Check{"FlashRead.GivesAnyBytesAndNoMore", ReadsAnyBytes},
    Check{"FlashRead.ReadsToTheLastByteAndNotBehind", ReadsInside},
};

}  // namespace

std::span<const Check> FlashChecks() { return kChecks; }

namespace {
std::uint32_t MarkAt() { return Address(port::Flash().sectors - 1); }
constexpr unsigned kMark = 0x77;
}  // namespace

bool HasMark() { return Holds(MarkAt(), Words(kMark)); }
bool RemoveMark() { return port::FlashErase(port::Flash().sectors - 1); }
bool LeaveMark() { return RemoveMark() && port::FlashProgram(MarkAt(), Words(kMark)); }

}  // namespace torpor::firmware::conformance
