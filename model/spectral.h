// The engine without a network: the features of a window on the CPU, and no more. It
// stays for ever, as the control that a learned model must beat.
#pragma once

#include <memory>

#include "core/result.h"
#include "model/engine.h"

namespace torpor::model {

// kBatchShape when signal::Tokens cannot take the shape.
[[nodiscard]] Result<std::unique_ptr<Engine>> MakeSpectralEngine(
    const signal::Shape& shape);

}  // namespace torpor::model
