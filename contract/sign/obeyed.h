// The contract that a robot obeys, as whoever looks at its state folder finds it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "contract/sign/activation_report.h"
#include "contract/terms.h"
#include "core/result.h"

namespace torpor::contract::sign {

// Which contract a bundle says it is; nobody has checked its signature.
// Refuses what ParseEnvelope and DecodePayload refuse.
[[nodiscard]] Result<NamedContract> UnverifiedName(std::span<const std::byte> bundle);

// The terms of that bundle in the state folder which the robot last said it obeys.
// Signatures are torpord's business.
//   kFileMissing    it has not said so, or its bundle is not there
//   kBundleMissing  it said that it obeys none
// and whatever LoadReport refuses.
[[nodiscard]] Result<Terms> ObeyedTerms(const std::filesystem::path& state);

}  // namespace torpor::contract::sign
