#include "firmware/port/host/board.h"

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "firmware/core/port.h"
#include "link/messages.h"

namespace torpor::firmware::host {
namespace {

Board* board = nullptr;

}  // namespace

void Use(Board& used) { board = &used; }

}  // namespace torpor::firmware::host

namespace torpor::port {

using firmware::host::board;

Instant Now() noexcept { return board->world->Now(); }
void SleepUntil(Instant deadline, Wait) noexcept { board->world->SleepUntil(deadline); }

std::size_t LinkRead(std::span<std::byte> out) noexcept {
  return board->world->Read(out);
}
std::size_t LinkWrite(std::span<const std::byte> bytes) noexcept {
  return board->world->Write(bytes);
}

link::Refusal ImuPrepare(const contract::Terms& terms) noexcept {
  std::string what;
  const link::Refusal refusal = board->sensors->Prepare(terms, what);
  if (refusal.reason != 0) Console("torpor-firmware: " + what);
  return refusal;
}
Status ImuStart(const contract::Sensor& sensor, Milliseconds window) noexcept {
  return board->sensors->Start(sensor, window, Now().time_since_epoch());
}
Result<std::size_t> ImuRead(const contract::Sensor& sensor,
                            std::span<std::int16_t> out) noexcept {
  return board->sensors->Read(sensor, Now().time_since_epoch(), out);
}
void ImuStop() noexcept { board->sensors->Stop(); }
std::uint32_t ShaftSpeedMillirpm() noexcept { return board->sensors->ShaftMillirpm(); }

FlashGeometry Flash() noexcept {
  using namespace firmware::host;
  return {kSectorBytes, kSectors, kGranuleBytes};
}
bool FlashRead(std::uint32_t address, std::span<std::byte> out) noexcept {
  return board->flash->Read(address, out);
}
bool FlashErase(std::uint32_t sector) noexcept { return board->flash->Erase(sector); }
bool FlashProgram(std::uint32_t address, std::span<const std::byte> bytes) noexcept {
  return board->flash->Program(address, bytes);
}

Digest ProgramDigest() noexcept { return board->program; }

// A pipe that can be written at all takes PIPE_BUF bytes at once, which is more than any
// line; one that nobody reads takes none, and loses them.
void Console(std::string_view line) noexcept {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) <= 0 || (out.revents & POLLOUT) == 0) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void WatchdogKick() noexcept {}

}  // namespace torpor::port
