// The microcontroller of a robot that is one of many: windows once a period into the
// firmware's own slots, and when the next one is ready. Virtual time; no sample in them.
#pragma once

#include <cstdint>
#include <memory>

#include "contract/terms.h"
#include "core/time.h"
#include "signal/batch_slots.h"
#include "simulate/wire.h"

namespace torpor::simulate {

class SamplingFirmware {
 public:
  // `terms` outlives this. The first window begins at `begins`.
  SamplingFirmware(const contract::Terms& terms, Instant begins)
      : terms_(&terms),
        bytes_(contract::BatchBytes(terms.sensors()[0], terms.sample)),
        begins_(begins),
        slots_(std::make_unique<signal::BatchSlots>()) {
    slots_->Limit(terms.queue_limit_batches);
  }

  // Samples until then; never backwards.
  void Until(Instant now) {
    for (;;) {
      if (filling_ && begins_ + terms_->sample > now) return;
      if (filling_) {
        slots_->Complete({++sequence_, begins_ + terms_->sample, bytes_, 0});
        filling_ = false;
        begins_ += terms_->period;
      }
      if (begins_ > now) return;
      filling_ = true;
      (void)slots_->Fill();  // never refused: one of three slots is free or gives way
    }
  }

  [[nodiscard]] Microseconds ready_in(Instant now) const {
    return begins_ + terms_->sample - now;
  }
  // That one hand-over takes on the contract's link.
  [[nodiscard]] Microseconds wire_time() const {
    return Microseconds(terms_->link_batch_wire_bytes * kBitsPerByte * 1'000'000 /
                        terms_->link_baud);
  }
  [[nodiscard]] signal::BatchSlots& slots() { return *slots_; }
  // Windows that were completed, ever.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

 private:
  const contract::Terms* terms_;
  std::uint32_t bytes_;
  Instant begins_;  // the window that is being filled, or the next
  bool filling_ = false;
  std::uint64_t sequence_ = 0;
  std::unique_ptr<signal::BatchSlots> slots_;
};

}  // namespace torpor::simulate
