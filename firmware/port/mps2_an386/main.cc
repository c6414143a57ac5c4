// torpor-firmware on a Cortex-M4.
#include <array>
#include <cstddef>
#include <new>

#include "core/status_table.h"
#include "firmware/core/core.h"
#include "firmware/port/mps2_an386/board.h"

namespace torpor::firmware::mps2 {
namespace {

// Made where it stays, in zeroed memory: a constant of its size would be copied from
// flash.
alignas(Core) std::array<std::byte, sizeof(Core)> room;

}  // namespace

int RunImage() {
  const Wishes& wishes = StartBoard();
  Core& core = *new (room.data()) Core;
  core.Boot();
  while (!wishes.refusal_ends || core.state() != State::kRefused) core.Step();
  return Info(core.refusal().status()).exit_code;
}

}  // namespace torpor::firmware::mps2
