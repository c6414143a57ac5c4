// The host's port, made of the same parts, and wrong in the way that --wrong names; then
// the checks of the suite whose names begin with --check. Exit code: how many failed.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <thread>

#include "firmware/core/port.h"
#include "firmware/port/conformance/suite.h"
#include "firmware/port/conformance/wrong_ports.h"
#include "firmware/port/host/flash_file.h"
#include "firmware/port/host/options.h"
#include "firmware/port/host/refuse.h"
#include "firmware/port/host/sensors.h"
#include "firmware/port/host/world.h"
#include "link/messages.h"

namespace torpor::firmware::conformance {
namespace {

std::string wrong;
host::FlashFile* flash = nullptr;
host::World* world = nullptr;
host::Sensors* sensors = nullptr;

bool Is(std::string_view name) { return wrong == name; }

void Dawdle(Microseconds time) { std::this_thread::sleep_for(time); }

}  // namespace
}  // namespace torpor::firmware::conformance

namespace torpor::port {

using namespace firmware;
using namespace firmware::conformance;

// ---- Time

Instant Now() noexcept {
  const auto us = world->Now().time_since_epoch().count();
  if (Is("CountsTicks")) return FromMicroseconds(us - us % 10'000);
  if (Is("Wraps")) return FromMicroseconds(us % 0x10000);
  return FromMicroseconds(us);
}

void SleepUntil(Instant deadline, Wait) noexcept {
  const Instant now = world->Now();
  if (Is("Polls")) return;
  if (Is("WaitsATick")) deadline = std::max(deadline, now + Milliseconds(10));
  if (Is("Ticks")) deadline = std::min(deadline, now + Milliseconds(10));
  if (Is("IsDeaf") || Is("IsDeafToRoom"))
    return Dawdle(std::max(deadline - now, Microseconds(0)));
  world->SleepUntil(deadline);
  // From the deadline on: what returned early is no late waking, and 10 ms from anywhere
  // before could end at the deadline.
  if (Is("WakesLate") && world->Now() >= deadline) Dawdle(Milliseconds(10));
}

// ---- Link

std::size_t LinkRead(std::span<std::byte> out) noexcept {
  static std::deque<std::byte> kept;
  std::size_t size = world->Read(out);
  if (Is("MakesUpBytes") && size == 0) return 1;
  if (Is("SwapsBytes")) std::ranges::reverse(out.first(size));
  if (!Is("KeepsOnePacket")) return size;
  for (; size > 0; size = world->Read(out)) {
    kept.insert(kept.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
    kept.resize(std::min<std::size_t>(kept.size(), 512));
  }
  size = std::min(kept.size(), out.size());
  std::copy_n(kept.begin(), size, out.begin());
  kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(size));
  return size;
}

// Where room matters, 256 bytes in 3 ms.
std::size_t LinkWrite(std::span<const std::byte> bytes) noexcept {
  static Instant sent{};
  if (!Is("DropsWhatIsTooMuch") && !Is("IsDeafToRoom")) return world->Write(bytes);
  std::size_t taken = 0;
  if (world->Now() >= sent) {
    taken = world->Write(bytes.first(std::min<std::size_t>(bytes.size(), 256)));
    sent = world->Now() + Milliseconds(3);
  }
  return Is("DropsWhatIsTooMuch") ? bytes.size() : taken;
}

// ---- Sensor

link::Refusal ImuPrepare(const contract::Terms& terms) noexcept {
  static bool refused = false;
  if (Is("MistakesHertz") && terms.sensor_slots[0].sample_rate_millihertz > 25'600) {
    return link::Refused(Status::kRecordingRate);
  }
  if (Is("StaysRefused") && refused) return link::Refused(Status::kRecordingRate);
  std::string what;
  const link::Refusal refusal = sensors->Prepare(terms, what);
  refused = refusal.reason != 0;
  return Is("TakesAnything") ? link::Refusal{} : refusal;
}

Status ImuStart(const contract::Sensor& sensor, Milliseconds window) noexcept {
  static bool started = false;
  if (Is("BeginsNothing")) return Status::kOk;
  if (Is("StartsOnce") && std::exchange(started, true)) return Status::kInternal;
  auto began = world->Now().time_since_epoch();
  if (Is("HasAll")) began -= window;
  return sensors->Start(sensor, window, began);
}

Result<std::size_t> ImuRead(const contract::Sensor& sensor,
                            std::span<std::int16_t> out) noexcept {
  static std::vector<std::int16_t> first;
  std::span<std::int16_t> into = out;
  if (Is("IsNeverReady")) into = out.first(out.size() - sensor.axes);
  if (into.empty()) return std::size_t{0};
  const auto read = sensors->Read(sensor, world->Now().time_since_epoch(), into);
  if (!read.ok() || *read == 0) return read;
  for (std::size_t i = 0; i < *read; ++i) {
    if (Is("ReadsZeros") || (Is("LacksAnAxis") && i % 3 == 2)) into[i] = 0;
  }
  if (Is("RepeatsItself")) {
    if (first.empty()) first.assign(into.begin(), into.end());
    std::ranges::copy(first, into.begin());
  }
  if (Is("WritesBehind")) *(out.data() + out.size()) = 1;
  if (Is("CountsBytes")) return 2 * *read;
  if (Is("CountsFrames")) return *read / sensor.axes;
  return read;
}

void ImuStop() noexcept {
  if (!Is("GoesOnSampling")) sensors->Stop();
}

std::uint32_t ShaftSpeedMillirpm() noexcept {
  if (Is("TurnsBackwards")) return static_cast<std::uint32_t>(-1'500'000);
  if (Is("AwaitsAPulse")) Dawdle(Milliseconds(40));
  return sensors->ShaftMillirpm();
}

// ---- Flash

FlashGeometry Flash() noexcept {
  return {host::kSectorBytes, Is("HasTwoSectors") ? 2 : host::kSectors,
          host::kGranuleBytes};
}

bool FlashRead(std::uint32_t address, std::span<std::byte> out) noexcept {
  constexpr std::uint32_t kBytes = host::kSectorBytes * host::kSectors;
  const auto end = static_cast<std::uint32_t>(address + out.size());
  if (Is("Overflows") && address > kBytes && end <= kBytes) return true;
  if (Is("ReadsShort") && end >= kBytes) return false;
  if (Is("ReadsWords")) address -= address % 4;
  return flash->Read(address, out);
}

bool FlashErase(std::uint32_t sector) noexcept {
  if (Is("ErasesAnything") && sector >= host::kSectors) return true;
  if (Is("ErasesSlowly")) Dawdle(Milliseconds(150));
  if (Is("ErasesTwo")) return flash->Erase(sector) && flash->Erase(sector ^ 1U);
  if (!Is("ErasesHalf")) return flash->Erase(sector);
  constexpr std::uint32_t kHalf = host::kSectorBytes / 2;
  std::array<std::byte, kHalf> second{};
  return flash->Read(sector * host::kSectorBytes + kHalf, second) &&
         flash->Erase(sector) &&
         flash->Program(sector * host::kSectorBytes + kHalf, second);
}

bool FlashProgram(std::uint32_t address, std::span<const std::byte> bytes) noexcept {
  constexpr std::uint32_t kGranule = host::kGranuleBytes, kPage = 256;
  if (Is("ProgramsAnything") && address >= host::kSectorBytes * host::kSectors) {
    return true;
  }
  if (Is("ProgramsLater")) bytes = bytes.first(bytes.size() - kGranule);
  if (Is("FillsUp")) {
    address -= address % kGranule;
    bytes = bytes.first(bytes.size() / kGranule * kGranule);
  }
  if (Is("SetsBits")) {
    std::vector<std::byte> sector(host::kSectorBytes);
    const std::uint32_t begin = address - address % host::kSectorBytes;
    const auto size = std::min(bytes.size(), sector.size() - (address - begin));
    const bool good =
        flash->Read(begin, sector) && flash->Erase(begin / host::kSectorBytes);
    std::ranges::copy(bytes.first(size), sector.begin() + (address - begin));
    return good && flash->Program(begin, sector);
  }
  if (!Is("WrapsInItsPage")) return flash->Program(address, bytes);
  bool good = bytes.size() % kGranule == 0;
  for (std::uint32_t at = 0; good && at < bytes.size(); at += kGranule) {
    const std::uint32_t to = address - address % kPage + (address + at) % kPage;
    good = flash->Program(to, bytes.subspan(at, kGranule));
  }
  return good;
}

// ---- The rest

Digest ProgramDigest() noexcept {
  static std::uint8_t times = 0;
  if (Is("HasNoDigest")) return {};
  return {std::byte{1}, static_cast<std::byte>(Is("DigestsItsData") ? ++times : 0)};
}

void Console(std::string_view line) noexcept {
  if (Is("AwaitsItsReader")) Dawdle(Milliseconds(101));
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void WatchdogKick() noexcept {
  if (Is("AwaitsItsWindow")) Dawdle(Milliseconds(2));
}

}  // namespace torpor::port

int main(int argc, char** argv) {
  using namespace torpor::firmware;
  std::string check;
  const host::Parsed parsed = host::ParseOptions(argc, argv, [&check](CLI::App& app) {
    app.add_option("--wrong", conformance::wrong, "A name of wrong_ports.h")->required();
    app.add_option("--check", check, "The checks whose names begin so");
  });
  if (!parsed.options) return parsed.exit_code;
  auto flash = host::FlashFile::Open(parsed.options->flash, host::Missing::kMake);
  if (!flash.ok()) return host::Refuse(flash.refusal());
  auto world = host::OpenWorld(parsed.options->link);
  if (!world.ok()) return host::Refuse(world.refusal());
  host::Sensors sensors(parsed.options->source);
  conformance::flash = &*flash;
  conformance::world = world->get();
  conformance::sensors = &sensors;
  return conformance::RunSuite(conformance::UsualTerms(), check);
}
