// From files that anybody may have written to a contract that this robot obeys, or a
// refusal.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/contract_slots.h"
#include "agent/known_time.h"
#include "agent/options.h"
#include "agent/refusal.h"
#include "agent/state_folder.h"
#include "agent/trust.h"
#include "agent/world.h"
#include "contract/keyring.h"
#include "contract/verify.h"
#include "link/seal.h"

namespace torpor::agent {

struct Obeyed {
  contract::VerifiedTerms contract;
  std::vector<std::byte> bundle;  // as it was signed
  std::vector<Digest> also_held;  // other contracts that this robot could obey as well
  contract::Keyring keyring;      // in force: trusts the signer, no newer one does
  contract::sign::InstalledKeyring keyrings;
  link::Pairing pairing;
  Remembered remembered;
  std::string refusal_key;  // what a refusal mark is bound to: contract, keys, wishes
};

// What is known of the firmware when a contract is chosen.
struct Choice {
  std::optional<Digest> firmware_obeys;  // none: it has not said
  // Whether the robot could work under a contract, its dates apart.
  std::function<std::optional<Refusal>(const contract::VerifiedTerms&)> could_work;
};

// Reads bundle, keys and state and checks them completely. Raises nothing yet: the floor
// rises when the firmware has agreed (RaiseFloor). The bundle of the command line is
// obeyed, unless a newer one has taken over from it since, which is in the state folder;
// or the one that the firmware obeys, once that is known. Of those that may have taken
// over, one that the robot cannot work under any more gives way to the next: what the
// firmware states decides. One that has
// expired is loaded all the same while a newer one is at hand: nothing is inferred under
// it (Robot), but only through it does the firmware come to the newer one.
std::variant<Obeyed, Refusal> LoadContract(const Options& options,
                                           const StateFolder& state, KnownTime& time,
                                           const Choice& choice);

// Whether a verified contract is for this robot, not superseded, and valid.
std::optional<Refusal> CheckContract(const contract::VerifiedTerms& verified,
                                     const Options& options, const Remembered& remembered,
                                     KnownTime& time, const std::string& path);

// What is refused when the dates of a contract do not allow it: kExpired or kNotYetValid.
Refusal RefuseDates(Status why, const contract::Terms& terms,
                    const contract::TimeKnowledge& time, const std::string& where);

// Remembers that this contract is obeyed: the floor, the gateway and a time that is
// trusted.
Status RaiseFloor(const StateFolder& state, const Obeyed& obeyed, KnownTime& time);

// Remembers that this Unix time has passed.
//   kIo, and what StateFolder::Load() says; what was remembered stands
Status RememberTime(const StateFolder& state, std::uint64_t unix_s);

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
