// Which contract the firmware obeys, and why: reads flash up to a verified contract,
// takes in another one, and moves between the two as firmware/core/activation.h says.
// Flash is written before anything is said or done on the strength of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "contract/keyring.h"
#include "contract/verify.h"
#include "firmware/core/activation.h"
#include "firmware/core/provision.h"
#include "firmware/core/record.h"
#include "link/refusal.h"

namespace torpor::firmware {

// Some 12 kB; one static object, as part of the Core.
class ContractKeeper {
 public:
  // Counts the boot, whatever follows, and finds the contract to obey. A trial whose
  // contract cannot be obeyed goes back at once.
  //   kFlashIo, kFlashMalformed  the board's flash
  //   kPairingMissing            the provision has no pairing key
  //   kLeaseOver                 it was obeyed for all the periods of its lease
  //   what ReadProvision(), Verify() and Accept() refuse, with the field
  [[nodiscard]] link::Refusal Boot();

  // Only after Boot() has returned no refusal, or kLeaseOver: that one may be replaced.
  [[nodiscard]] const contract::VerifiedTerms& contract() const { return *contract_; }
  [[nodiscard]] bool has_contract() const { return contract_.has_value(); }
  [[nodiscard]] std::span<const std::byte> bundle() const { return bundle_; }
  [[nodiscard]] const link::PairingKey& pairing() const { return pairing_; }
  [[nodiscard]] const contract::Keyring& keyring() const { return keyring_; }
  [[nodiscard]] const link::Salt& salt() const { return salt_; }
  [[nodiscard]] const Record& record() const { return record_; }
  // Room for a bundle that is offered.
  [[nodiscard]] std::span<std::byte> staging() {
    return std::span(room_).last(contract::kMaxEnvelopeBytes);
  }

  // Verifies what was offered and writes it to flash. 0, or why not: a Status, or 1000 +
  // the field that may not change while the robot works (fleet and baud rate).
  [[nodiscard]] std::uint16_t Stage(std::span<const std::byte> offered);

  // Takes a keyring that follows the one held, from now on. What is staged is forgotten:
  // it was signed under the keyring before. 0, or why not:
  //   what FollowKeyring() says; kTakeOverUnderWay; kFlashIo
  //   kSignerDropped  the obeyed contract's signer is not in it
  [[nodiscard]] std::uint16_t TakeKeyring(std::span<const std::byte> document);
  // Seals the link under this key, from the next agreement on. 0, or why not:
  //   kKeyMalformed  all zeros
  //   kFlashIo
  [[nodiscard]] std::uint16_t PairAnew(const link::PairingKey& pairing);

  // False: nothing of the kind is staged or on trial, or flash refuses.
  bool Activate(const Digest& id);
  bool Keep(const Digest& id);
  // The contract is agreed and nothing is on trial: never obey an older one.
  [[nodiscard]] Status RaiseFloor();

  // A period begins, or would begin. What is obeyed from here on, when it changes; a
  // refusal when nothing can be obeyed any more.
  struct Turn {
    Moved moved = Moved::kNo;
    link::Refusal refusal;
  };
  [[nodiscard]] Turn BeginPeriod();
  // The contract on trial cannot be obeyed after all.
  [[nodiscard]] Turn GoBack(std::uint16_t reason);

  // Whether the terms in use are still those that were signed; asked every scrub_cycles.
  [[nodiscard]] bool Intact() const;
  // Reads the obeyed contract from flash again.
  [[nodiscard]] link::Refusal Reload();

 private:
  [[nodiscard]] Status OpenFlash();
  // The first half of Boot(): the record, the provision and the keys.
  struct Stock {
    Status status = Status::kOk;
    bool anew = false;  // provisioned since the record was founded
    Digest provisioned{};
  };
  [[nodiscard]] Stock TakeStock();
  [[nodiscard]] Status ReadProvisioned(Provision& provision);
  // The keys that the record names, or else the provision's.
  [[nodiscard]] Status TakeKeys(const Provision& provision);
  // Verifies `bundle` and accepts it for this robot.
  [[nodiscard]] link::Refusal Judge(std::span<const std::byte> bundle,
                                    std::optional<contract::VerifiedTerms>& verified);
  [[nodiscard]] Status BringProvisionedBundle();
  // The contract that the record names, from its place in flash.
  [[nodiscard]] link::Refusal Load();
  [[nodiscard]] Status Store(const Record& changed);

  RecordStore store_;
  Record record_;
  // The obeyed bundle lies in the first half, an offered one in the second; the whole
  // holds the provision while that is read.
  std::array<std::byte, kProvisionBytes> room_{};
  static_assert(kProvisionBytes >= 2 * contract::kMaxEnvelopeBytes);
  std::span<const std::byte> bundle_;
  contract::Keyring keyring_;
  link::PairingKey pairing_{};
  link::Salt salt_{};
  contract::Name robot_;
  std::array<contract::Name, kMaxGroups> group_slots_{};
  std::size_t group_count_ = 0;
  std::optional<contract::VerifiedTerms> contract_, offered_;
};

}  // namespace torpor::firmware
