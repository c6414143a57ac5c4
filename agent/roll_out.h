// How a new contract reaches the firmware while the robot works: what people want is
// checked, kept on disk, offered, activated, and kept for good once a cycle was judged
// under it. Decides only; the collector speaks, the slots write. The firmware's last
// statement is what counts; tests/model/activation.pml is the same protocol, proved.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "agent/boot.h"
#include "agent/contract_slots.h"
#include "agent/refusal.h"
#include "contract/sign/activation_report.h"
#include "link/messages.h"

namespace torpor::agent {

class RollOut {
 public:
  // Whether this robot could work under a contract, whatever the firmware says of it.
  using Check = std::function<std::optional<Refusal>(const contract::VerifiedTerms&)>;
  // The firmware will not go back from the obeyed contract: the floor may rise.
  using OnSteady = std::function<void()>;

  // All that is given must outlive it.
  RollOut(ContractSlots& slots, const Obeyed& obeyed, Check check, OnSteady on_steady);

  // The firmware obeys the same contract, and this is what else it states.
  void OnAgreed(const link::Statement& firmware);
  // A batch was inferred, and its verdict is in the journal.
  void OnJudged();
  // The cycle has been told, or the program ends: what an earlier run had written already
  // is made sure, which a verdict need not wait for.
  void OnTold();

  // The contract on trial has earned it: tell the firmware to keep it, and greet anew.
  [[nodiscard]] bool KeepDue() const { return phase_ == link::Phase::kTrial && judged_; }
  // What to offer the firmware now, kept durably; null when there is nothing, or no time
  // for it. Valid until the next call.
  [[nodiscard]] const Kept* ToOffer();
  // There is a newer contract that the firmware may still come to obey.
  [[nodiscard]] bool NewerAtHand() const { return next_ || slots_.FindWanted(); }
  // The firmware's answer. True: order it to activate what was offered, and greet anew.
  [[nodiscard]] bool OnStaged(std::uint16_t why_not);

 private:
  void LookForWanted();
  // What was kept by an earlier run may not be what this one could work under.
  void CheckNext();
  // Whether this robot could not work under it; no reason when it could.
  [[nodiscard]] Refusal Unfit(const Kept& kept) const;
  void Refuse(const Kept& kept, std::pair<Status, std::string> why);
  void Forget(const Kept& kept);
  // What is obeyed is sure to be on disk.
  bool Keep();
  void Say();

  ContractSlots& slots_;
  const Obeyed& obeyed_;
  Check check_;
  OnSteady on_steady_;
  std::optional<Kept> next_;       // on disk, newer than what is obeyed
  std::optional<Digest> checked_;  // of next_, in this run
  std::optional<link::Phase> phase_;
  bool kept_ = false;    // by Keep(), in this run
  bool unsure_ = false;  // what was read of the floor and the report may not be on disk
  bool asked_ = false;   // to activate, since the last statement
  bool judged_ = false;  // a cycle, since this contract is obeyed
  contract::sign::ActivationReport report_;
};

}  // namespace torpor::agent
