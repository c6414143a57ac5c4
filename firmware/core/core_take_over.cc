// What the main loop does when one contract takes over from another, and how it notices
// that the one it obeys has changed in memory.
#include "firmware/core/core.h"
#include "firmware/core/port.h"

namespace torpor::firmware {

// A trial ends by the firmware's own counter also when nobody talks to it. What is
// activated begins by it where nothing is sampled, as under a lease that is over: at
// once, for that period has long begun.
bool Core::PeriodsGoOnUnheard() const {
  const link::Phase phase = keeper_.record().phase;
  if (state_ == State::kRefused && phase == link::Phase::kActivating) return true;
  return phase == link::Phase::kTrial &&
         (state_ == State::kUnconfirmed || state_ == State::kRefused);
}

void Core::BeginPeriod(Instant now) {
  Obey(keeper_.BeginPeriod(), now);
  if (keeper_.has_contract()) {
    next_period_ = now + keeper_.contract().terms().period;
    Scrub(now);
  }
}

void Core::TakeOffered() {
  auto reason = static_cast<std::uint16_t>(Status::kUnexpectedMessage);
  switch (end_.cargo()) {
    case link::Cargo::kContract:
      reason = keeper_.Stage(end_.offered());
      break;
    case link::Cargo::kKeyring:
      reason = keeper_.TakeKeyring(end_.offered());
      break;
    case link::Cargo::kPairing: {
      const auto pairing = end_.offered_pairing();
      reason = pairing.ok() ? keeper_.PairAnew(*pairing)
                            : static_cast<std::uint16_t>(pairing.status());
      end_.AnswerOffer(reason);
      if (reason != 0) return;
      slots_.Unpin();  // the agreement is over, and with it what was being handed over
      return end_.PairAnew(keeper_.pairing());
    }
  }
  end_.Change(Self());
  end_.AnswerOffer(reason);
}

// What the keeper has decided is done: the sensor is prepared anew, what was sampled
// under the other contract is dropped and counted, and the computer has to agree anew.
void Core::Obey(ContractKeeper::Turn turn, Instant now) {
  while (turn.moved != Moved::kNo && turn.refusal.reason == 0) {
    turn.refusal = port::ImuPrepare(keeper_.contract().terms());
    if (turn.refusal.reason == 0 || turn.moved == Moved::kBack) break;
    turn = keeper_.GoBack(turn.refusal.reason);
  }
  end_.Change(Self());
  if (turn.refusal.reason != 0) return Refuse(turn.refusal);
  if (turn.moved == Moved::kNo) return;
  slots_.DropAll();
  if (Agreed(state_)) {
    sampler_.Start(keeper_.contract().terms(), now);
  } else {
    Take(Event::kChanged);
  }
}

void Core::Scrub(Instant now) {
  if (++since_scrub_ < keeper_.contract().terms().scrub_cycles) return;
  since_scrub_ = 0;
  if (keeper_.Intact()) return;
  Say(link::Refused(Status::kTermsChanged));
  const link::Refusal refusal = keeper_.Reload();
  if (refusal.reason != 0) return Refuse(refusal);
  if (Agreed(state_)) sampler_.Start(keeper_.contract().terms(), now);
  end_.Change(Self());
}

}  // namespace torpor::firmware
