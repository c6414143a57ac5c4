// Where batches wait on the firmware: three slots of static memory, no more, because what
// is not stored cannot be inferred late. One is being filled, one is the newest complete
// one, one is being sent and pinned meanwhile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/time.h"

namespace torpor::signal {

inline constexpr std::size_t kSlots = 3;
// 5 s x 3200 Hz x 3 axes x int16, the largest batch of the shipped profiles.
inline constexpr std::size_t kSlotBytes = 96'000;

// What is known about a batch besides its samples.
struct BatchInfo {
  std::uint64_t sequence = 0;  // the number of its window since sampling began, from 1
  Instant capture_end{};
  std::uint32_t bytes = 0;
  std::uint32_t speed_millirpm = 0;  // of the shaft, as the port knows it
};

// Not for interrupts: the main loop owns it.
class BatchSlots {
 public:
  // At most this many slots are used, the one being filled and the one being sent
  // included; 1 to kSlots, anything else means kSlots.
  void Limit(std::uint32_t slots);

  // Room for the next batch. Drops the oldest complete batch that is not pinned when no
  // slot is free; drops the *new* batch (empty span) when even that is impossible. Both
  // are counted. Asked again before Complete or Abandon, it gives the same room.
  [[nodiscard]] std::span<std::byte> Fill();

  // The batch being filled is whole; nothing happens when none is being filled.
  void Complete(const BatchInfo& info);
  void Abandon();

  struct Pinned {
    const BatchInfo& info;
    std::span<const std::byte> samples;
    std::uint32_t dropped;  // batches lost since the last hand-over that arrived
  };
  // Pins the newest complete batch newer than `after`, the last that arrived as the
  // receiver knows; older ones are dropped and counted, because fresher data exist. Has
  // no batch when there is none. Unpin first.
  [[nodiscard]] bool PinNewest(std::uint64_t after);
  [[nodiscard]] Pinned pinned() const;  // only while has_pinned()
  [[nodiscard]] bool has_pinned() const { return pinned_ != kNone; }

  // Arrived: the slot is free, and the drops it told of are forgotten.
  void Delivered();
  // Did not arrive: the batch is an ordinary complete one again.
  void Unpin();

  // Other terms hold from here on: nothing that was taken under the old ones is wanted.
  void DropAll();

  // And not told of in a header that is known to have arrived.
  [[nodiscard]] std::uint32_t dropped() const { return dropped_ - known_; }

 private:
  enum class Use : std::uint8_t { kFree, kFilling, kComplete, kSending };
  static constexpr std::size_t kNone = kSlots;

  struct Slot {
    Use use = Use::kFree;
    BatchInfo info{};
  };

  // What a batch's header told when it was pinned. That it arrived may become known much
  // later, by another number than the last one offered: acks are lost, requests are late.
  struct Offer {
    std::uint64_t sequence = 0;
    std::uint32_t dropped = 0;  // of dropped_, told by it
    bool gave_way = false;      // dropped since, though it may have arrived
  };
  static constexpr std::size_t kOffers = 4;

  [[nodiscard]] std::size_t Find(Use use) const;
  [[nodiscard]] std::size_t OldestComplete() const;
  [[nodiscard]] Offer* FindOffer(std::uint64_t sequence);
  void Remember(std::uint64_t sequence);
  void Arrived(std::uint64_t sequence);
  void Drop(std::size_t slot);

  std::array<Slot, kSlots> slots_{};
  std::size_t limit_ = kSlots;
  std::size_t pinned_ = kNone;
  std::uint32_t dropped_ = 0;  // ever
  std::uint32_t known_ = 0;    // of them, told to somebody who has heard it
  std::uint32_t told_ = 0;     // by the pinned batch's header
  std::array<Offer, kOffers> offers_{};
  std::size_t next_offer_ = 0;
  std::uint64_t arrived_ = 0;  // the newest batch that is known to have arrived
  alignas(8) std::array<std::array<std::byte, kSlotBytes>, kSlots> arena_{};
};

}  // namespace torpor::signal
