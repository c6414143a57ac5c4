// A whole robot for tests: the firmware on a fake board, the computer's end of the link,
// and time that only moves when both are asleep. Include it once per test program.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/core.h"
#include "firmware/core/fake_board_test.h"
#include "link/ends_under_test.h"

namespace torpor::firmware {

using contract::GoodTerms;
using link::ComputerEvent;
using link::Held;

class Robot {
 public:
  explicit Robot(const contract::Terms& ours = GoodTerms(),
                 const contract::Terms& theirs = GoodTerms())
      : here(ours), there(theirs), keyring(link::TestKeyring()), buffer(96'000) {
    firmware::board = &board;
    provision.keys[0] = link::TestKey().public_key();
    provision.key_count = 1;
    provision.pairing = link::TestPairing();
    provision.robot.Assign("r-17");
    provision.bundle = there.bundle;
    computer = std::make_unique<link::ComputerEnd>(
        link::ComputerSelf{here.verified, keyring, {1, 1}, {}}, link::TestPairing(),
        buffer);
  }

  void Boot() {
    board.Provision(provision);
    Restart();
  }
  void Restart() {
    board.PowerOn();
    core = std::make_unique<Core>();
    core->Boot();
    Turn();
  }

  void Turn() {
    core->Step();
    ++turns;
  }

  // Moves bytes until both sides are silent.
  void Settle() {
    for (;;) {
      std::array<std::byte, 4 * link::kMaxWire> out{};
      const std::size_t asked = computer->TakeOutput(out);
      if (plugged) {
        board.to_firmware.insert(board.to_firmware.end(), out.begin(),
                                 out.begin() + static_cast<std::ptrdiff_t>(asked));
      }
      if (!board.to_firmware.empty()) Turn();
      const auto said = std::exchange(board.from_firmware, {});
      bytes_said += said.size();
      std::span<const std::byte> bytes = said;
      if (plugged) computer->OnBytes(bytes, board.now);
      if (said.empty() && asked == 0) return;
    }
  }

  // Until `until`, or until the computer has something to say.
  ComputerEvent RunUntil(Instant until) {
    for (;;) {
      Settle();
      const auto event = computer->TakeEvent();
      if (event != ComputerEvent::kNone) return event;
      const Instant next = std::min(
          {until, board.sleep_until, computer->deadline().value_or(Instant::max())});
      if (next >= until) {
        board.now = std::max(board.now, until);
        return ComputerEvent::kNone;
      }
      board.now = std::max(board.now, next);
      computer->OnTime(board.now);
      Turn();
    }
  }
  void Sleep(Microseconds time) {
    ASSERT_EQ(RunUntil(board.now + time), ComputerEvent::kNone);
  }
  ComputerEvent Greet() {
    computer->Greet(board.now, link::TestNonce(++greetings));
    return RunUntil(Instant::max() - Milliseconds(1));
  }
  ComputerEvent Fetch() {
    computer->Fetch(board.now);
    return RunUntil(Instant::max() - Milliseconds(1));
  }
  // One of the samples that arrived: the number of the window it was taken in.
  [[nodiscard]] int Window() const {
    return torpor::ByteReader(computer->batch()).Read<std::uint16_t>();
  }

  Held here, there;
  contract::Keyring keyring;
  std::vector<std::byte> buffer;
  FakeBoard board;
  Provision provision;
  std::unique_ptr<Core> core;
  std::unique_ptr<link::ComputerEnd> computer;
  bool plugged = true;
  std::size_t bytes_said = 0;
  int turns = 0;
  int greetings = 0;
};

}  // namespace torpor::firmware
