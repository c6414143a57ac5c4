#include "signal/batch_slots.h"

namespace torpor::signal {

void BatchSlots::Limit(std::uint32_t slots) {
  limit_ = slots >= 1 && slots <= kSlots ? slots : kSlots;
}

std::size_t BatchSlots::Find(Use use) const {
  for (std::size_t i = 0; i < limit_; ++i) {
    if (slots_[i].use == use) return i;
  }
  return kNone;
}

std::size_t BatchSlots::OldestComplete() const {
  std::size_t oldest = kNone;
  for (std::size_t i = 0; i < limit_; ++i) {
    if (slots_[i].use != Use::kComplete) continue;
    if (oldest == kNone || slots_[i].info.sequence < slots_[oldest].info.sequence) {
      oldest = i;
    }
  }
  return oldest;
}

BatchSlots::Offer* BatchSlots::FindOffer(std::uint64_t sequence) {
  for (Offer& offer : offers_) {
    if (sequence != 0 && offer.sequence == sequence) return &offer;
  }
  return nullptr;
}

void BatchSlots::Remember(std::uint64_t sequence) {
  Offer* offer = FindOffer(sequence);
  if (offer == nullptr) {
    offer = &offers_[next_offer_];
    next_offer_ = (next_offer_ + 1) % kOffers;
  }
  *offer = {sequence, dropped_, false};
}

void BatchSlots::Arrived(std::uint64_t sequence) {
  const Offer* offer = FindOffer(sequence);
  if (offer == nullptr || sequence <= arrived_) return;
  arrived_ = sequence;
  // What arrived was not lost, even if it was dropped before that was known.
  known_ = offer->dropped + (offer->gave_way ? 1U : 0U);
}

void BatchSlots::Drop(std::size_t slot) {
  slots_[slot].use = Use::kFree;
  ++dropped_;
  if (Offer* offer = FindOffer(slots_[slot].info.sequence)) offer->gave_way = true;
}

std::span<std::byte> BatchSlots::Fill() {
  std::size_t slot = Find(Use::kFilling);
  if (slot == kNone) slot = Find(Use::kFree);
  if (slot == kNone) {
    slot = OldestComplete();
    if (slot != kNone) Drop(slot);
  }
  if (slot == kNone) {  // the only slot is being sent
    ++dropped_;
    return {};
  }
  slots_[slot].use = Use::kFilling;
  return arena_[slot];
}

void BatchSlots::Complete(const BatchInfo& info) {
  const std::size_t slot = Find(Use::kFilling);
  if (slot == kNone) return;
  slots_[slot] = Slot{Use::kComplete, info};
}

void BatchSlots::Abandon() {
  const std::size_t slot = Find(Use::kFilling);
  if (slot != kNone) slots_[slot].use = Use::kFree;
}

bool BatchSlots::PinNewest(std::uint64_t after) {
  if (has_pinned()) return false;
  Arrived(after);
  std::size_t newest = kNone;
  for (std::size_t i = 0; i < limit_; ++i) {
    if (slots_[i].use != Use::kComplete) continue;
    if (slots_[i].info.sequence <= after) {  // it has arrived; only the last ack was lost
      slots_[i].use = Use::kFree;
    } else if (newest == kNone) {
      newest = i;
    } else if (slots_[i].info.sequence > slots_[newest].info.sequence) {
      Drop(newest);
      newest = i;
    } else {
      Drop(i);
    }
  }
  if (newest == kNone) return false;
  slots_[newest].use = Use::kSending;
  pinned_ = newest;
  told_ = dropped();
  Remember(slots_[newest].info.sequence);
  return true;
}

BatchSlots::Pinned BatchSlots::pinned() const {
  const Slot& slot = slots_[pinned_];
  const std::size_t bytes = slot.info.bytes;
  const std::span<const std::byte> room = arena_[pinned_];
  return {slot.info, room.first(bytes < room.size() ? bytes : room.size()), told_};
}

void BatchSlots::Delivered() {
  if (!has_pinned()) return;
  Arrived(slots_[pinned_].info.sequence);
  slots_[pinned_].use = Use::kFree;
  pinned_ = kNone;
}

void BatchSlots::Unpin() {
  if (!has_pinned()) return;
  slots_[pinned_].use = Use::kComplete;
  pinned_ = kNone;
}

void BatchSlots::DropAll() {
  Unpin();
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (slots_[i].use == Use::kComplete) Drop(i);
    slots_[i].use = Use::kFree;
  }
}

}  // namespace torpor::signal
