// Why bytes are not a canonical payload. Decides nothing: decoding and re-encoding have
// refused already, this only names the reason.
#pragma once

#include <cstddef>
#include <span>

#include "contract/finding.h"

namespace torpor::contract {

// The first departure from the canonical form, walking the bytes by the schema; kOk in
// the finding when the walk finds none.
Finding ExplainPayload(std::span<const std::byte> payload);

}  // namespace torpor::contract
