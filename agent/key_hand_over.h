// How new keys reach the firmware while the robot works: one keyring after the other, and
// a pairing key. Decides only; the collector speaks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "agent/boot.h"
#include "contract/sign/key_report.h"
#include "link/computer_end.h"
#include "link/messages.h"

namespace torpor::agent {

class KeyHandOver {
 public:
  using Report = contract::sign::KeyReport;
  struct Doings {
    std::function<void(const Report&)> report;  // to people, when something has changed
    std::function<void()> promote_pairing;      // the next key is the key now
    std::function<bool()> newer_keys;           // the key files hold more than was loaded
  };

  // `obeyed` outlives it.
  KeyHandOver(const Obeyed& obeyed, Doings doings);

  // What the firmware holds, and whether it has stated it under the next pairing key.
  void OnAgreed(const link::Statement& firmware, bool paired_anew);
  // Whether the files hold keys that only come into force by reading them again; asked
  // once a cycle.
  [[nodiscard]] bool ReloadDue() { return doings_.newer_keys(); }
  // What to offer the firmware now. A keyring comes before a pairing key, and both before
  // a contract, which may ask for the keyring.
  [[nodiscard]] std::optional<link::Offering> ToOffer();
  // The firmware's answer to that. True: greet anew.
  [[nodiscard]] bool OnStaged(const link::Offering& offered, std::uint16_t why_not);

 private:
  void Say();

  const Obeyed& obeyed_;
  Doings doings_;
  Report report_;
  std::optional<Report> said_;
  bool agreed_ = false;
  bool steady_ = false;  // no contract is taking over: a keyring may be taken
  bool paired_anew_ = false;
  bool pairing_refused_ = false;
  std::uint32_t refused_keyring_ = 0;  // not to be offered again in this run
};

}  // namespace torpor::agent
