// From files that anybody may have written to a contract that this robot obeys, or a
// refusal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/options.h"
#include "agent/refusal.h"
#include "agent/state_folder.h"
#include "agent/world.h"
#include "contract/keyring.h"
#include "contract/verify.h"
#include "link/seal.h"

namespace torpor::agent {

struct Obeyed {
  contract::VerifiedTerms contract;
  contract::Keyring keyring;
  link::PairingKey pairing{};
  Remembered remembered;
  std::string refusal_key;  // names bundle and pairing: what a refusal mark is bound to
};

// Reads bundle, keys and state and checks them completely. Raises nothing yet: the floor
// rises when the firmware has agreed (RaiseFloor).
std::variant<Obeyed, Refusal> LoadContract(const Options& options,
                                           const StateFolder& state, World& world);

// Remembers that this contract is obeyed: the floor, the gateway and a time that is
// trusted.
Status RaiseFloor(const StateFolder& state, const Obeyed& obeyed, World& world);

// A refusal mark that still holds: this very bundle was refused by the firmware less than
// one period ago, in this boot of the machine.
std::optional<RefusalMark> StandingRefusal(const StateFolder& state, const Obeyed& obeyed,
                                           World& world);

// Remembers that the firmware refused, so that a restart within the same period costs
// nothing.
void MarkRefusal(const Refusal& refusal, const StateFolder& state, const Obeyed& obeyed,
                 World& world);

// Prints the refusal, tells the gateway (the contract's, else the last verified one's,
// else the one of the command line) and returns the exit code. `obeyed` is null when
// there is no verified contract.
int Refuse(const Refusal& refusal, const Options& options, const StateFolder& state,
           const Obeyed* obeyed, World* world);

}  // namespace torpor::agent
