// A robot's life with the real record, slots and transitions, in which the power fails at
// every operation of the flash and within it. Contract 2 takes over from the provisioned
// 1 and is kept; 3 is tried and nobody ends its trial; 4 is kept. After each boot the
// robot obeys what it obeyed or what it was about to, readable, and never less than its
// floor.
#include <gtest/gtest.h>

#include <utility>

#include "core/crc32.h"
#include "firmware/core/activation.h"
#include "firmware/core/bundle_slots.h"
#include "firmware/core/flash_layout.h"
#include "firmware/core/torn_flash_test.h"

namespace torpor::firmware {
namespace {

using link::Phase;

constexpr unsigned kNeverKept = 3, kLast = 4;
constexpr std::uint32_t kTrial = 2;

Digest Id(unsigned number) { return {static_cast<std::byte>(number)}; }
unsigned NumberOf(const Kept& kept) { return std::to_integer<unsigned>(kept.id[0]); }
contract::Floor FloorOf(unsigned number) { return {{1, number}, Id(number)}; }
std::vector<std::byte> Bundle(unsigned number) {
  return std::vector<std::byte>(17 + 8 * number, static_cast<std::byte>(number));
}

constexpr FlashLayout kLayout =
    LayoutOf({TornFlash::kSectorBytes, 10, TornFlash::kGranule});

bool ReadsWell(std::size_t sector, const Image& image) {
  const auto bytes = std::as_bytes(std::span(image));
  if (sector < kLayout.record()) return true;
  if (sector < kLayout.slot(1)) {
    return bytes.size() >= kRecordBytes &&
           ByteReader(bytes.subspan(kRecordBytes - 4)).Read<std::uint32_t>() ==
               Crc32(bytes.first(kRecordBytes - 4));
  }
  ByteReader reader(bytes);
  reader.Take(4);
  const auto size = reader.Read<std::uint32_t>();
  const auto crc = reader.Read<std::uint32_t>();
  return kSlotHeadBytes + size <= bytes.size() &&
         Crc32(bytes.subspan(kSlotHeadBytes, size)) == crc;
}

// How the steps of a record go, each stored before anybody acts on it.
class Robot {
 public:
  std::vector<Readings> sectors =
      std::vector<Readings>(kLayout.sectors(), Readings{Image()});
  int cuts = 0;

  // A robot that was provisioned with contract 1.
  void Found() {
    firmware::Found(record_, {std::byte{0xAA}}, {0, Id(1), 0});
    record_.floor = FloorOf(1);
    store_.Open(kLayout.record());
    Store();
    Acted();
    obeyed_ = 1;
  }

  std::string Live(bool& ends_the_row) {
    wrong_.clear();
    Boot();
    // Until a contract has taken over or was gone back from, or there is none to come.
    bool over = NextContract() > kLast;
    while (torn->powered && wrong_.empty() && !over) {
      const Phase before = record_.phase;
      Step();
      over = before != record_.phase && record_.phase == Phase::kSteady;
    }
    ends_the_row = over && torn->powered;
    return wrong_;
  }

  // Numbers only count against the newest. A record that may not be found is as wrong as
  // any other, and what is in a slot that no record names will not be read.
  [[nodiscard]] std::string Key() {
    std::ranges::sort(attempted_, {},
                      [](const Record& record) { return Name(record, 0); });
    std::vector<Record> may_be_found = {acted_};
    may_be_found.insert(may_be_found.end(), attempted_.begin(), attempted_.end());
    for (const std::uint32_t place : {1U, 2U}) {
      const bool named = std::ranges::any_of(may_be_found, [&](const Record& record) {
        return std::ranges::any_of(
            std::array{record.active, record.previous, record.staged},
            [&](const Kept& kept) { return !kept.empty() && kept.place == place; });
      });
      if (!named) sectors[kLayout.slot(place)] = {Image()};
    }
    std::string key = std::to_string(obeyed_);
    std::vector<std::string> images;
    for (const Record& record : may_be_found) {
      key += Name(record, acted_.boot_count);
      images.push_back(ImageOf(record));
    }
    std::uint32_t newest = 0;
    for (std::size_t i = kLayout.record(); i < kLayout.slot(1); ++i) {
      for (const Image& image : sectors[i]) newest = std::max(newest, Sequence(image));
    }
    for (std::size_t i = kLayout.record(); i < sectors.size(); ++i) {
      key += ';';
      for (const Image& image : sectors[i]) {
        if (image.empty() || i >= kLayout.slot(1)) {
          key += image + ',';
          continue;
        }
        const auto is = std::ranges::find(images, image.substr(8, kRecordBytes - 12));
        key += std::to_string(newest - Sequence(image)) + ':' +
               std::to_string(is == images.end() ? -1 : is - images.begin()) + ',';
      }
    }
    return key;
  }

 private:
  static std::uint32_t Sequence(const Image& image) {
    return image.empty() ? 0
                         : ByteReader(std::as_bytes(std::span(image)).subspan(4))
                               .Read<std::uint32_t>();
  }
  // What is in a sector that holds it, behind the sequence and without the checksum.
  static std::string ImageOf(const Record& record) {
    TornFlash flash;
    flash.reads_well = ReadsWell;
    flash.sectors = Robot().sectors;
    TornFlash* const real = std::exchange(torn, &flash);
    flash.PowerOn(0);
    RecordStore store;
    store.Open(kLayout.record());
    EXPECT_EQ(store.Store(record), Status::kOk);
    flash.PowerOff();
    torn = real;
    return flash.sectors[kLayout.record()].front().substr(8, kRecordBytes - 12);
  }
  static std::string Name(const Record& record, std::uint32_t boots) {
    std::string name = '/' + std::to_string(static_cast<int>(record.boot_count - boots));
    for (const std::uint32_t number :
         {static_cast<std::uint32_t>(record.phase), record.trial_left,
          NumberOf(record.active), NumberOf(record.previous), NumberOf(record.staged),
          record.active.place, record.previous.place, record.staged.place,
          std::to_integer<std::uint32_t>(record.reverted[0]),
          static_cast<std::uint32_t>(record.floor.version.number)}) {
      name += '.' + std::to_string(number);
    }
    return name;
  }

  void Wrong(const std::string& what) {
    if (torn->powered && wrong_.empty()) wrong_ = what;
  }
  [[nodiscard]] bool MayBeFound(const Record& record) const {
    return record == acted_ || std::ranges::find(attempted_, record) != attempted_.end();
  }
  void Acted() {
    if (!(record_ == acted_)) attempted_.clear();
    acted_ = record_;
  }
  void Store() {
    if (!torn->powered) return;
    if (!MayBeFound(record_)) attempted_.push_back(record_);
    const Status status = store_.Store(record_);
    if (status != Status::kOk) return Wrong("a store failed");
    Acted();
  }

  // Obeys what the record says from here on.
  void Obey() {
    if (!torn->powered) return;
    const unsigned number = NumberOf(record_.active);
    if (record_.active.place == 0) {
      if (number != 1) Wrong("obeys what is not the provisioned contract");
    } else {
      std::array<std::byte, contract::kMaxEnvelopeBytes> room{};
      const auto read = ReadSlot(record_.active.place, room);
      if (!read.ok()) return Wrong("cannot read what it obeys");
      if (!std::ranges::equal(*read, Bundle(number))) Wrong("obeys another contract");
    }
    if (number < record_.floor.version.number) Wrong("obeys less than its floor");
    if (number < obeyed_ && record_.reverted != Id(obeyed_)) Wrong("went back unasked");
    if (record_.reverted == record_.active.id) Wrong("obeys what it went back from");
    obeyed_ = number;
  }

  void Boot() {
    store_ = RecordStore();
    store_.Open(kLayout.record());
    const auto found = store_.Load();
    if (!torn->powered) return;
    if (!found.ok()) return Wrong("the record is lost");
    record_ = *found;
    if (!MayBeFound(record_)) {
      return Wrong("found a record of before");
    }
    Acted();
    Advance(record_);
    ++record_.boot_count;
    Store();
    Obey();
  }

  [[nodiscard]] unsigned NextContract() const {
    return std::max(NumberOf(record_.active),
                    std::to_integer<unsigned>(record_.reverted[0])) +
           1;
  }

  void Step() {
    const Kept active = record_.active;
    if (record_.phase == Phase::kTrial && NumberOf(active) != kNeverKept) {
      Keep(record_, active.id, FloorOf(NumberOf(active)));
      return Store();
    }
    if (record_.phase != Phase::kSteady) {  // a period begins
      Advance(record_);
      Store();
      return Obey();
    }
    if (!record_.staged.empty()) {
      if (!Activate(record_, record_.staged.id)) Wrong("does not activate");
      return Store();
    }
    const unsigned number = NextContract();
    if (MayStage(record_, Id(number), {1, number}) != Status::kOk) Wrong("may not stage");
    const std::uint32_t place = FreePlace(record_);
    Unstage(record_);
    Store();
    if (!torn->powered) return;
    if (WriteSlot(place, Bundle(number)) != Status::kOk) return Wrong("slot failed");
    Stage(record_, {place, Id(number), 0}, kTrial);
    Store();
  }

  RecordStore store_;
  Record record_;
  Record acted_;                   // the newest that anybody acted on
  std::vector<Record> attempted_;  // what was to come after it
  unsigned obeyed_ = 0;
  std::string wrong_;
};

Explored Prove(const Bounds& bounds) {
  TornFlash flash;
  flash.reads_well = ReadsWell;
  flash.sectors = Robot().sectors;
  torn = &flash;
  Robot robot;
  flash.PowerOn(0);
  robot.Found();
  flash.PowerOff();
  robot.sectors = flash.sectors;
  return Explore(flash, std::vector{robot}, bounds);
}

TEST(TakeOverPowerCut, ObeysTheOldOrTheNewWhereverThePowerGoes) {
  const bool all = Exhaustive();
  // All lives with three cuts in one take-over are too many for any run of minutes.
  const Bounds three{.cuts_in_a_row = 3, .every_word = 0, .states = all ? 10'000U : 600U};
  const Explored sampled = Prove(three);
  Print("three cuts in a take-over, sampled", sampled);
  EXPECT_EQ(sampled.disagreement, "") << "seed " << three.seed;
  const Bounds two{.cuts_in_a_row = 2, .every_word = 0};
  if (!all) return PrintSampled("power cuts of a take-over", three);
  const Explored explored = Prove(two);
  Print("two cuts in a take-over, all of them", explored);
  EXPECT_EQ(explored.disagreement, "");
}

}  // namespace
}  // namespace torpor::firmware
