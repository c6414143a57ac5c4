// The machine code of the firmware, its flash and its power, for tests: the image runs
// under QEMU, and this program is everything else, in one thread: the sensors, the time,
// which moves only when the image sleeps, and the computer's end of the link. Include it
// once per test program.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "contract/sign/files.h"
#include "contract/sign/key_files.h"
#include "core/test_folder.h"
#include "firmware/port/host/provision_flash.h"
#include "firmware/port/mps2_an386/flash.h"
#include "firmware/port/qemu/answers.h"
#include "firmware/port/qemu/machine.h"
#include "link/ends_under_test.h"

namespace torpor::firmware::qemu {

namespace fs = std::filesystem;
using link::ComputerEvent;

constexpr const char* kImage = TORPOR_FIRMWARE_BUILD "/bin/torpor-firmware.elf";
constexpr int kPowerCut = 80;  // the image's exit code

// Says so when there is nothing to try.
inline bool ImageIsMissing() {
  const bool emulator = std::system("command -v qemu-system-arm > /dev/null") == 0;
  if (emulator && fs::exists(kImage)) return false;
  std::fprintf(stderr, "NOT RUN: no image or no qemu-system-arm: ./dev firmware\n");
  return true;
}

// A folder with a provisioned flash in it.
class Installed : public testing::Test {
 protected:
  void Install(const contract::Terms& terms, const std::string& robot) {
    using namespace contract::sign;
    ASSERT_EQ(WriteKeyPair(folder_ / "fleet", link::TestKey()), Status::kOk);
    ASSERT_EQ(WritePairingKey(folder_ / "pairing.key", link::TestPairing()), Status::kOk);
    ASSERT_EQ(WriteNewFile(folder_ / "bundle", link::TestBundle(terms)), Status::kOk);
    auto flash = host::FlashFile::Open(flash_path(), host::Missing::kMake);
    ASSERT_TRUE(flash.ok());
    host::Board board;
    board.flash = &*flash;
    host::Use(board);
    const auto done = host::ProvisionFlash(*flash, {folder_ / "bundle",
                                                    {folder_ / "fleet.pub"},
                                                    folder_ / "pairing.key",
                                                    robot,
                                                    {}});
    ASSERT_TRUE(done.ok()) << done.refusal().what;
  }

  [[nodiscard]] std::string flash_path() const { return folder_ / "flash"; }

  TestFolder folder_;
};

// One erasure or programming, as the image's diary has it.
struct Operation {
  std::uint32_t address = 0;
  std::uint32_t granules = 0;
  bool erases = false;
};

class ImageUnderTest {
 public:
  static constexpr std::uint32_t kFlashBytes = mps2::kDiaryAt;
  static constexpr std::uint32_t kGranule = mps2::kGeometry.granule_bytes;
  using Flash = std::string;

  ImageUnderTest(std::string flash_path, unsigned seed)
      : random(seed), path_(std::move(flash_path)) {}

  ImageUnderTest(const ImageUnderTest&) = delete;
  ImageUnderTest& operator=(const ImageUnderTest&) = delete;
  ~ImageUnderTest() { PowerOff(); }

  [[nodiscard]] Flash flash() const { return Read(0, kFlashBytes); }
  void set_flash(const Flash& bytes) { Write(0, bytes); }

  // Power comes, and fails in the middle of the n-th granule written from now on; 0:
  // never. What earlier cuts left half-done reads one way now, and perhaps another way at
  // the next boot.
  void PowerOn(std::uint32_t cut_after) {
    for (const auto& [address, granule] : unsure_) {
      const std::array<std::string, 4> readings = {
          granule.was, granule.half, granule.whole, std::string(kGranule, 'Z')};
      Write(address, readings[random() % readings.size()]);
    }
    Write(mps2::kDiaryAt, std::string(4, '\0'));
    MachineOptions options;
    options.image = kImage;
    options.flash = path_;
    options.words = {"compressed", "cut-after=" + std::to_string(cut_after)};
    sensors_.emplace(simulate::BearingOptions{});
    answers_.emplace(*sensors_, std::nullopt);
    auto machine = Machine::Start(options);
    ASSERT_TRUE(machine.ok()) << machine.refusal().what;
    machine_.emplace(std::move(*machine));
    cut_after_ = cut_after;
    booted_ = now;
    asleep_until_.reset();
    said_.clear();
  }

  // Power fails while nothing is written.
  void PowerOff() {
    while (powered() && !asleep_until_) Serve();
    if (powered()) Wake({}, true);
    while (powered()) Serve();
  }

  [[nodiscard]] bool powered() const { return machine_.has_value(); }

  // Until `until`, or until the computer has something to say. Without power it waits in
  // vain.
  ComputerEvent RunUntil(link::ComputerEnd& computer, Instant until) {
    for (;;) {
      const auto event = computer.TakeEvent();
      if (event != ComputerEvent::kNone) return event;
      if (!said_.empty()) {
        std::span<const std::byte> bytes = said_;
        computer.OnBytes(bytes, now);
        said_.assign(bytes.begin(), bytes.end());
      } else if (powered() && !asleep_until_) {
        Serve();
      } else {
        std::vector<std::byte> bytes(std::size_t{4} * link::kMaxWire);
        bytes.resize(computer.TakeOutput(bytes));
        const Instant due = asleep_until_.value_or(Instant::max());
        if (bytes.empty()) {
          const Instant next =
              std::min(due, computer.deadline().value_or(Instant::max()));
          if (next >= until) {
            now = std::max(now, until);
            return ComputerEvent::kNone;
          }
          now = std::max(now, next);
          computer.OnTime(now);
        }
        if (powered() && (!bytes.empty() || now >= due)) Wake(bytes, false);
      }
    }
  }

  // Since power came, or of the last boot.
  [[nodiscard]] std::vector<Operation> Operations() const {
    const std::uint32_t count = Word(0);
    EXPECT_LE(count, mps2::kDiaryEntries);
    std::vector<Operation> operations;
    for (std::uint32_t i = 0; i < std::min(count, mps2::kDiaryEntries); ++i) {
      const std::uint32_t word = Word(1 + i);
      operations.push_back({word & 0x7FFEU, word >> 16U, (word & 1U) != 0});
    }
    return operations;
  }
  [[nodiscard]] std::uint32_t GranulesWritten() const {
    std::uint32_t sum = 0;
    for (const Operation& operation : Operations()) sum += operation.granules;
    return sum;
  }

  Instant now = FromMicroseconds(1'000'000);
  std::mt19937 random;
  int torn_erasures = 0, torn_programmings = 0;

 private:
  [[nodiscard]] std::string Read(std::uint32_t at, std::size_t size) const {
    std::string bytes(size, '\0');
    std::ifstream file(path_, std::ios::binary);
    file.seekg(at);
    file.read(bytes.data(), std::ssize(bytes));
    EXPECT_TRUE(file.good());
    return bytes;
  }
  void Write(std::uint32_t at, const std::string& bytes) const {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(at);
    file.write(bytes.data(), std::ssize(bytes));
    EXPECT_TRUE(file.good());
  }
  [[nodiscard]] std::uint32_t Word(std::uint32_t n) const {
    const std::string bytes = Read(mps2::kDiaryAt + 4 * n, 4);
    return ByteReader(AsBytes(bytes)).Read<std::uint32_t>();
  }

  // The image's next question, or its end.
  void Serve() {
    before_ = flash();
    operations_before_ = Word(0);
    const auto request = machine_->Next();
    if (!request) return Ended();
    ByteReader body(request->body);
    const Instant at =
        booted_ + Microseconds(static_cast<std::int64_t>(body.Read<std::uint64_t>()));
    switch (request->kind) {
      case channel::Kind::kSend: {
        const auto bytes = body.rest();
        said_.insert(said_.end(), bytes.begin(), bytes.end());
        return machine_->Answer({});
      }
      case channel::Kind::kSleep: {
        EXPECT_EQ(at, now) << "its time moves only while it sleeps";
        const auto deadline =
            FromMicroseconds(static_cast<std::int64_t>(body.Read<std::uint64_t>()));
        asleep_until_ =
            deadline == Instant::max() ? deadline : booted_ + (deadline - Instant());
        return;
      }
      default:
        return machine_->Answer(answers_->To(*request));
    }
  }

  void Wake(std::span<const std::byte> bytes, bool stop) {
    asleep_until_.reset();
    std::vector<std::byte> answer(9 + bytes.size());
    ByteWriter writer(answer);
    writer.Write(static_cast<std::uint64_t>((now - booted_).count()));
    writer.Write(static_cast<std::uint8_t>(stop ? 1 : 0));
    writer.Write(bytes);
    machine_->Answer(answer);
  }

  void Ended() {
    const int exit_code = machine_->End();
    machine_.reset();
    said_.clear();
    asleep_until_.reset();
    const auto operations = Operations();
    for (const Operation& operation : operations) {
      if (operation.erases) {  // sure again
        std::erase_if(unsure_, [&](const auto& granule) {
          return Sector(granule.first) == Sector(operation.address);
        });
      }
    }
    if (exit_code == 0) return;  // told to stop
    ASSERT_EQ(exit_code, kPowerCut);
    ASSERT_FALSE(operations.empty());
    Tear(operations);
  }

  // The last operation is not whole. Of an erasure no granule is sure: all of a sector is
  // erased at once.
  void Tear(std::span<const Operation> operations) {
    const Operation& torn = operations.back();
    std::uint32_t earlier = 0;
    bool erased = !torn.erases;  // since before_
    for (std::size_t i = 0; i + 1 < operations.size(); ++i) {
      const Operation& operation = operations[i];
      earlier += operation.granules;
      erased = erased || (i >= operations_before_ && operation.erases &&
                          Sector(operation.address) == Sector(torn.address));
    }
    ++(torn.erases ? torn_erasures : torn_programmings);
    const std::uint32_t reached = cut_after_ - 1 - earlier;
    ASSERT_LT(reached, torn.granules);
    const std::string ones(kGranule, '\xFF');
    const std::uint32_t first = torn.erases ? 0 : reached;
    const std::uint32_t end = torn.erases ? torn.granules : reached + 1;
    for (std::uint32_t i = first; i < end; ++i) {
      const std::uint32_t address = torn.address + i * kGranule;
      const std::string half = Read(address, kGranule);
      unsure_[address] = {.was = !erased       ? before_.substr(address, kGranule)
                                 : torn.erases ? half
                                               : ones,
                          .half = half,
                          .whole = torn.erases ? ones : Read(mps2::kTornAt, kGranule)};
    }
  }

  static std::uint32_t Sector(std::uint32_t address) {
    return address / mps2::kGeometry.sector_bytes;
  }

  std::string path_;
  std::optional<host::Sensors> sensors_;
  std::optional<Answers> answers_;
  std::optional<Machine> machine_;
  std::uint32_t cut_after_ = 0;
  Instant booted_{};
  std::optional<Instant> asleep_until_;  // none while it computes
  std::vector<std::byte> said_;
  Flash before_;                         // at its last question, as is
  std::uint32_t operations_before_ = 0;  // this
  // What a granule that a cut left half-done may read as, beside rubbish; by address.
  struct Unsure {
    std::string was, half, whole;
  };
  std::map<std::uint32_t, Unsure> unsure_;
};

}  // namespace torpor::firmware::qemu
