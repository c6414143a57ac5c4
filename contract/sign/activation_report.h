// What a robot says of its contracts to the people who sign them: torpord writes it into
// its state folder, `torpor status` reads it. docs/contract-roll-out.md explains it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "contract/sign/durable.h"
#include "contract/terms.h"
#include "contract/verify.h"
#include "core/bytes.h"
#include "core/result.h"

namespace torpor::contract::sign {

inline constexpr const char* kActivationFile = "activation.json";

struct NamedContract {
  std::string name;
  Version version{};
  Digest id{};
  friend bool operator==(const NamedContract&, const NamedContract&) = default;
};
NamedContract NameOf(const VerifiedTerms& verified);

struct RefusedContract {
  std::optional<NamedContract> contract;  // none when its bytes do not say
  Status reason = Status::kOk;
  std::string text;  // one line for people
  friend bool operator==(const RefusedContract&, const RefusedContract&) = default;
};

struct ActivationReport {
  std::optional<NamedContract> active;             // obeyed, as the firmware last said
  std::optional<NamedContract> staged;             // the firmware has it and waits
  std::optional<std::uint32_t> trial_cycles_left;  // none: not on trial
  Version floor{};
  std::optional<NamedContract> wanted;     // torpord has it, the firmware not yet
  std::optional<RefusedContract> refused;  // the last one that was
  friend bool operator==(const ActivationReport&, const ActivationReport&) = default;
};

// Texts come back as printable characters of one line, 400 at most.
//   kFileMissing     nothing has been said yet
//   kStateMalformed  the file is damaged
//   kIo              it cannot be read
[[nodiscard]] Result<ActivationReport> LoadReport(const std::filesystem::path& folder);

// Everybody may read it.
//   kIo  see ReplaceFile()
[[nodiscard]] Status SaveReport(const std::filesystem::path& folder,
                                const ActivationReport& report,
                                Disk& disk = SystemDisk());

}  // namespace torpor::contract::sign
