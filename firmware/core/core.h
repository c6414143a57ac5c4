// The firmware's main loop without a register in it: boots by contract, agrees, samples
// once per period by its own counter, keeps the newest batches, answers when asked, and
// otherwise sleeps. The board is behind firmware/core/port.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "contract/wire_size.h"
#include "firmware/core/contract_keeper.h"
#include "firmware/core/sampler.h"
#include "firmware/core/states.h"
#include "link/firmware_end.h"
#include "signal/batch_slots.h"

namespace torpor::firmware {

static_assert(signal::kSlots == contract::kSlots);
static_assert(signal::kSlotBytes == contract::kSlotBytes);

// Some 300 kB: one static object, no heap. Construct it once; it has no other state.
class Core {
 public:
  // Verifies the contract in flash and counts the boot. Whatever it finds, the link is
  // answered afterwards.
  void Boot();

  // One turn of the main loop: everything that is due now, then sleep until something
  // may be.
  void Step();

  [[nodiscard]] State state() const { return state_; }
  // Why, in kRefused.
  [[nodiscard]] const link::Refusal& refusal() const { return end_.refusal(); }
  [[nodiscard]] std::uint32_t boot_count() const { return keeper_.record().boot_count; }
  [[nodiscard]] const ContractKeeper& keeper() const { return keeper_; }

 private:
  [[nodiscard]] link::FirmwareSelf Self();
  void Refuse(const link::Refusal& refusal);

  // One contract takes over from another: core_take_over.cc.
  void BeginPeriod(Instant now);
  void Obey(ContractKeeper::Turn turn, Instant now);
  void Scrub(Instant now);
  [[nodiscard]] bool PeriodsGoOnUnheard() const;

  void Take(Event event);
  void Heed(link::FirmwareEvent event, Instant now);
  void TakeOffered();
  void Agree(Instant now);
  void AnswerFetch(Instant now);
  [[nodiscard]] link::NothingNew Nothing(Instant now) const;

  void ReadLink(Instant now);
  void WriteLink(Instant now);
  void Sample(Instant now);
  void Say(const link::Refusal& refusal);
  [[nodiscard]] Instant NextDeadline() const;

  State state_ = State::kBooting;
  ContractKeeper keeper_;
  Instant next_period_{};          // of a trial that no computer has agreed to
  std::uint32_t since_scrub_ = 0;  // periods

  link::FirmwareEnd end_;
  std::optional<link::Refusal> said_;  // last on the console
  std::array<std::byte, 4 * link::kMaxWire> out_{};
  std::span<const std::byte> unsent_;

  signal::BatchSlots slots_;
  Sampler sampler_{slots_};
};

}  // namespace torpor::firmware
