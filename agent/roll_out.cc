#include "agent/roll_out.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <variant>

#include "contract/verify.h"
#include "core/status_table.h"
#include "link/refusal.h"

namespace torpor::agent {
namespace {

using contract::sign::NamedContract;

NamedContract NamedOf(const Kept& kept) { return {kept.name, kept.version, kept.id}; }

// What the firmware's reason says to people.
std::pair<Status, std::string> Said(std::uint16_t reason) {
  const link::Refusal refusal{.reason = reason, .ours = {}, .theirs = {}};
  std::string text = refusal.field() != 0
                         ? std::string(link::NameOf(reason)) +
                               " may not change while the robot works: provision it anew"
                         : std::string(Info(refusal.status()).meaning);
  return {refusal.status(), std::move(text)};
}

}  // namespace

RollOut::RollOut(ContractSlots& slots, const Obeyed& obeyed, Check check,
                 OnSteady on_steady)
    : slots_(slots),
      obeyed_(obeyed),
      check_(std::move(check)),
      on_steady_(std::move(on_steady)),
      report_(slots.LoadReport()) {
  for (Kept& kept : slots_.Load()) {
    if (kept.version > obeyed.contract.terms().version) next_ = std::move(kept);
  }
}

void RollOut::OnAgreed(const link::Statement& firmware) {
  phase_ = firmware.phase;
  asked_ = false;
  // Who had raised the floor to it had kept it before.
  const bool raised = obeyed_.remembered.floor_contract == obeyed_.contract.id();
  unsure_ = raised && phase_ == link::Phase::kSteady;
  if (!raised) (void)Keep();
  report_.active = contract::sign::NameOf(obeyed_.contract);
  report_.staged.reset();
  report_.trial_cycles_left.reset();
  report_.wanted.reset();
  report_.floor = {firmware.floor_epoch, firmware.floor_version};
  if (next_ && firmware.staged == next_->id) report_.staged = NamedOf(*next_);
  if (phase_ == link::Phase::kTrial) {
    report_.trial_cycles_left = firmware.trial_left;
  } else if (phase_ == link::Phase::kSteady) {
    if (!raised && kept_) on_steady_();
    report_.floor = std::max(report_.floor, obeyed_.contract.terms().version);
    if (next_ && firmware.reverted == next_->id) {
      Refuse(*std::exchange(next_, std::nullopt), Said(firmware.reverted_reason));
    }
    for (const Kept& kept : slots_.Load()) {
      if (kept.version < obeyed_.contract.terms().version && Keep()) Forget(kept);
    }
  }
  if (next_ && !report_.staged) report_.wanted = NamedOf(*next_);
  if (!unsure_ || slots_.LoadReport() != report_) Say();
}

void RollOut::OnJudged() { judged_ = true; }

void RollOut::OnTold() {
  if (!std::exchange(unsure_, false)) return;
  if (Keep()) on_steady_();
  Say();
}

bool RollOut::Keep() {
  kept_ = kept_ || slots_.Keep(obeyed_.bundle, obeyed_.contract.id()) == Status::kOk;
  return kept_;
}

const Kept* RollOut::ToOffer() {
  if (phase_ != link::Phase::kSteady || asked_ || !NewerAtHand()) return nullptr;
  OnTold();  // nothing is built upon what a power cut could still take
  if (!Keep()) return nullptr;
  LookForWanted();
  CheckNext();
  return next_ ? &*next_ : nullptr;
}

Refusal RollOut::Unfit(const Kept& kept) const {
  const auto verified = contract::Verify(kept.bundle, obeyed_.keyring);
  if (verified.ok()) return check_(*verified).value_or(Refusal{});
  Refusal refusal;
  refusal.status = verified.status();
  return refusal;
}

void RollOut::CheckNext() {
  if (!next_ || checked_ == next_->id) return;
  checked_ = next_->id;
  const Refusal refusal = Unfit(*next_);
  if (!refusal.any()) return;
  report_.wanted.reset();
  report_.staged.reset();
  Refuse(*std::exchange(next_, std::nullopt), {refusal.status, InWords(refusal)});
}

// Only while the firmware has nothing else under way, as its last statement says: what it
// may have been asked to activate is never replaced on disk.
void RollOut::LookForWanted() {
  const auto wanted = slots_.FindWanted();
  if (!wanted) return;
  const auto refuse = [&](Status reason, const std::string& text) {
    // What cannot be told is told at the next cycle.
    if (slots_.RefuseWanted(*wanted, reason, text) == Status::kOk) {
      report_ = slots_.LoadReport();
    }
  };
  const auto* const kept = std::get_if<Kept>(&wanted->what);
  if (kept == nullptr) {
    const auto& bad = std::get<contract::sign::RefusedContract>(wanted->what);
    return refuse(bad.reason, bad.text);
  }
  if (kept->id == obeyed_.contract.id()) {
    (void)slots_.ClearWanted(*wanted);  // it is what they have
    return;
  }
  if (kept->version <= obeyed_.contract.terms().version) {
    return refuse(Status::kRolledBack, std::string(Info(Status::kRolledBack).meaning));
  }
  if (const Refusal refusal = Unfit(*kept); refusal.any()) {
    return refuse(refusal.status, InWords(refusal));
  }
  if (slots_.TakeWanted(*wanted, obeyed_.contract.id()) != Status::kOk) return;
  next_ = *kept;
  checked_ = kept->id;
  report_.wanted = NamedOf(*kept);
  report_.refused.reset();
  Say();
}

bool RollOut::OnStaged(std::uint16_t why_not) {
  if (!next_) return false;
  if (why_not == 0) {
    asked_ = true;
    report_.staged = NamedOf(*next_);
    report_.wanted.reset();
    Say();
    return true;
  }
  if (link::Passes(why_not)) return false;
  Refuse(*std::exchange(next_, std::nullopt), Said(why_not));
  report_.wanted.reset();
  Say();
  return false;
}

void RollOut::Refuse(const Kept& kept, std::pair<Status, std::string> why) {
  report_.refused = {NamedOf(kept), why.first, std::move(why.second)};
  Say();  // people hear of it before it is gone
  Forget(kept);
}

void RollOut::Forget(const Kept& kept) {
  const Status dropped = slots_.Drop(kept.id);
  if (dropped != Status::kOk) {
    std::fprintf(stderr, "torpord: contract %s stays on disk: %s\n", kept.name.c_str(),
                 std::string(Info(dropped).meaning).c_str());
  }
}

void RollOut::Say() {
  if (slots_.SaveReport(report_) == Status::kOk) return;
  std::fprintf(stderr, "torpord: torpor status will show old news: %s\n",
               std::string(Info(Status::kIo).meaning).c_str());
}

}  // namespace torpor::agent
