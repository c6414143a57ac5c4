// What tests/model/record.pml proves of a model, shown of the code: every order of power
// cuts, each at every operation and within it, and every way that the sectors may read
// after it. Two stores that are wrong, and too few sectors, are found out in the same
// way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "core/crc32.h"
#include "firmware/core/record.h"
#include "firmware/core/torn_flash_test.h"

namespace torpor::firmware {
namespace {

std::uint32_t Number(const Image& image, std::size_t at) {
  return ByteReader(std::as_bytes(std::span(image)).subspan(at, 4)).Read<std::uint32_t>();
}

// As the firmware writes it. The values that are stored here are boot counts, each used
// once.
constexpr std::size_t kSequenceAt = 4, kValueAt = 8;

bool IsRecord(const Image& image, std::size_t bytes) {
  return image.size() >= bytes &&
         Number(image, bytes - 4) ==
             Crc32(std::as_bytes(std::span(image)).first(bytes - 4));
}

// The firmware's own, on so many sectors.
template <std::uint32_t kSectors>
struct Ring {
  static constexpr std::uint32_t kUsed = kSectors;
  static constexpr std::size_t kBytes = kRecordBytes;

  Result<std::uint32_t> Load() {
    store.Open(0, kSectors);
    const auto record = store.Load();
    if (!record.ok()) return record.status();
    return record->boot_count;
  }
  Status Store(std::uint32_t value) {
    Record record;
    record.boot_count = value;
    return store.Store(record);
  }
  RecordStore store;
};

// What one would write without a proof: two sectors in turn, the newest that reads well.
struct NewestOfTwo {
  static constexpr std::uint32_t kUsed = 2;
  static constexpr std::size_t kBytes = 16;
  using Bytes = std::array<std::byte, kBytes>;

  Result<std::uint32_t> Load() {
    std::uint32_t value = 0;
    for (std::uint32_t page = 0; page < kUsed; ++page) {
      Bytes bytes{};
      if (!port::FlashRead(page * TornFlash::kSectorBytes, bytes)) {
        return Status::kFlashIo;
      }
      ByteReader reader(bytes);
      reader.Take(4);
      const auto number = reader.Read<std::uint32_t>();
      const auto found = reader.Read<std::uint32_t>();
      if (reader.Read<std::uint32_t>() != Crc32(std::span(bytes).first(12))) continue;
      if (number <= sequence) continue;
      sequence = number;
      newest = page;
      value = found;
    }
    if (sequence == 0) return Status::kFlashMalformed;
    return value;
  }
  Status Store(std::uint32_t value) {
    Bytes bytes{};
    ByteWriter writer(bytes);
    writer.Write(std::uint32_t{0});
    writer.Write(sequence + 1);
    writer.Write(value);
    writer.Write(Crc32(writer.written()));
    const std::uint32_t page = 1 - newest;
    if (!port::FlashErase(page) ||
        !port::FlashProgram(page * TornFlash::kSectorBytes, bytes)) {
      return Status::kFlashIo;
    }
    newest = page;
    ++sequence;
    return Status::kOk;
  }
  std::uint32_t sequence = 0, newest = 1;
};

// A life at rest: what flash may read as, what was acted on last, and which values were
// on their way since. One of these is what the next boot may find, and no other.
template <class Store>
struct Life {
  std::vector<Readings> sectors = std::vector<Readings>(Store::kUsed, Readings{Image()});
  int cuts = 0;
  std::uint32_t acted = 0;
  std::set<std::uint32_t> attempted;
  std::uint32_t next = 1;  // a value that nobody stored yet

  std::string Live(bool& stored) {
    Store store;
    const auto found = store.Load();
    if (!torn->powered) return "";
    if (!found.ok()) return "the record is lost";
    if (*found != acted && !attempted.contains(*found)) {
      return "went back from " + std::to_string(acted) + " to " + std::to_string(*found);
    }
    Acted(*found);
    for (int i = 0; i < 2; ++i) {
      const std::uint32_t value = next++;
      attempted.insert(value);
      const Status status = store.Store(value);
      if (!torn->powered) return "";
      if (status != Status::kOk) return "a store failed";
      Acted(value);
      stored = true;
    }
    return "";
  }
  void Acted(std::uint32_t value) {
    if (value != acted) attempted.clear();
    acted = value;
  }

  // Numbers only count against the newest, and values by whether they may be found.
  [[nodiscard]] std::string Key() const {
    std::uint32_t newest = 0;
    for (const Readings& readings : sectors) {
      for (const Image& image : readings) {
        if (!image.empty()) newest = std::max(newest, Number(image, kSequenceAt));
      }
    }
    std::vector<std::uint32_t> names = {acted};  // in the order that they come up
    std::string key;
    for (const Readings& readings : sectors) {
      for (const Image& image : readings) {
        if (image.empty()) {
          key += '-';
          continue;
        }
        const std::uint32_t value = Number(image, kValueAt);
        std::ptrdiff_t name = -1;  // may not be found
        if (value == acted || attempted.contains(value)) {
          name = std::ranges::find(names, value) - names.begin();
          if (name == std::ssize(names)) names.push_back(value);
        }
        key += static_cast<char>('a' + (newest - Number(image, kSequenceAt)));
        key += static_cast<char>('1' + name);
      }
      key += ' ';
    }
    return key;
  }
};

template <class Store>
Explored Prove(const Bounds& bounds) {
  TornFlash flash;
  flash.reads_well = [](std::size_t, const Image& image) {
    return IsRecord(image, Store::kBytes);
  };
  torn = &flash;
  flash.sectors.resize(Store::kUsed, Readings{Image()});
  // The first record is there; then every place of the ring comes by itself.
  Life<Store> first;
  flash.PowerOn(0);
  Store store;
  (void)store.Load();
  EXPECT_EQ(store.Store(first.next), Status::kOk);
  flash.PowerOff();
  first.sectors = flash.sectors;
  first.acted = first.next++;
  return Explore(flash, std::vector{first}, bounds);
}

TEST(RecordPowerCut, FourCutsInARowCostTheRingNothing) {
  Bounds bounds{.cuts_in_a_row = 4, .every_word = 0};
  if (!Exhaustive()) {
    bounds.states = 2'000;
    PrintSampled("power cuts of the record", bounds);
  }
  const Explored explored = Prove<Ring<kRecordSectors>>(bounds);
  Print("five sectors, four cuts in a row", explored);
  EXPECT_EQ(explored.disagreement, "");
}

TEST(RecordPowerCut, FiveCutsInARowAreTooManyForFiveSectors) {
  if (!Exhaustive()) return;  // it takes 20,000 states to find out
  const Explored explored = Prove<Ring<kRecordSectors>>({5});
  Print("five sectors, five cuts in a row", explored);
  EXPECT_EQ(explored.disagreement, "the record is lost");
}

TEST(RecordPowerCut, ThreeSectorsSurviveTwoCutsInARowAndNotThree) {
  const Explored two = Prove<Ring<3>>({.cuts_in_a_row = 2, .every_word = 2});
  Print("three sectors, two cuts in a row", two);
  EXPECT_EQ(two.disagreement, "");
  const Explored three = Prove<Ring<3>>({3});
  Print("three sectors, three cuts in a row", three);
  EXPECT_EQ(three.disagreement, "the record is lost");
}

TEST(RecordPowerCut, TheNewestOfTwoGoesBackOrIsLost) {
  const Explored explored = Prove<NewestOfTwo>({2});
  Print("the newest of two, two cuts in a row", explored);
  EXPECT_NE(explored.disagreement, "");
}

}  // namespace
}  // namespace torpor::firmware
