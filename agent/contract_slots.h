// The contracts that torpord keeps so that it can work under whichever of them the
// firmware obeys: the one that is obeyed, and the one that is to follow. Two files of the
// state folder; none is ever written in place of the one that is obeyed, so that at every
// moment, also at one of a power cut, that one can be loaded whole. tests/model/
// activation.pml says why two are enough.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "contract/keyring.h"
#include "contract/sign/activation_report.h"
#include "contract/sign/durable.h"
#include "contract/sign/wanted.h"
#include "contract/terms.h"
#include "core/bytes.h"
#include "core/result.h"

namespace torpor::agent {

struct Kept {
  std::vector<std::byte> bundle;  // verified
  Digest id{};
  contract::Version version{};
  std::string name;
};

// What people ask for, or why it cannot be what they meant.
struct Wanted {
  std::variant<Kept, contract::sign::RefusedContract> what;
  contract::sign::WantedMark mark;  // of the file in which it was found
};

class ContractSlots {
 public:
  // The keyrings, oldest first, and the disk outlive it.
  ContractSlots(std::filesystem::path folder, std::span<const contract::Keyring> keyrings,
                contract::sign::Disk& disk = contract::sign::SystemDisk())
      : folder_(std::move(folder)), keyrings_(keyrings), disk_(disk) {}
  ContractSlots(std::filesystem::path folder, const contract::Keyring& keyring,
                contract::sign::Disk& disk = contract::sign::SystemDisk())
      : ContractSlots(std::move(folder), std::span(&keyring, 1), disk) {}

  // Those that verify, none to two. Of a file that does not, `damaged` gets a line.
  [[nodiscard]] std::vector<Kept> Load(std::vector<std::string>* damaged = nullptr) const;

  // Makes sure that the bundle is there after a power cut, in place of whatever is not
  // obeyed. What the firmware was asked to activate may be obeyed by now: nothing is kept
  // before a fresh statement has said what is.
  //   what Verify() says  it is no contract of ours; nothing was done
  //   kIo                 it is not sure to be there; or a file that may be the one that
  //                       is obeyed cannot be read, and nothing was done
  [[nodiscard]] Status Keep(std::span<const std::byte> bundle, const Digest& obeyed);

  // Removes a contract that nobody needs any more; one that is not there is no error.
  //   kInternal  no other one is kept; nothing was done
  //   kIo        it may be there still, or again
  [[nodiscard]] Status Drop(const Digest& id);

  // What is to be obeyed next, if anybody asked. Whether it is for this robot, and new
  // enough, is not looked at.
  [[nodiscard]] std::optional<Wanted> FindWanted() const;

  // Each ends a wish: kept, dealt with, or refused with a report for people. Whoever asks
  // for another meanwhile is not forgotten. A power cut repeats the wish at worst.
  //   kStateLocked  somebody asks for another at this moment; call again
  //   what Keep() says, kIo
  [[nodiscard]] Status TakeWanted(const Wanted& wanted, const Digest& obeyed);
  [[nodiscard]] Status ClearWanted(const Wanted& wanted);
  [[nodiscard]] Status RefuseWanted(const Wanted& wanted, Status reason,
                                    const std::string& text);

  // A report that cannot be read begins anew.
  [[nodiscard]] contract::sign::ActivationReport LoadReport() const;
  // Writes nothing when that is what the file says already.
  [[nodiscard]] Status SaveReport(const contract::sign::ActivationReport& report);

 private:
  [[nodiscard]] std::filesystem::path PathOf(std::size_t slot) const;
  // kBundleMissing: the slot is empty.
  [[nodiscard]] Result<Kept> Read(std::size_t slot) const;

  std::filesystem::path folder_;
  std::span<const contract::Keyring> keyrings_;
  contract::sign::Disk& disk_;
};

}  // namespace torpor::agent
