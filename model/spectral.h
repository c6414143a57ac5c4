// The engine without a network: log-mel spectra on the CPU. It stays for ever, as the
// control that a learned model must beat.
#pragma once

#include <memory>

#include "core/result.h"
#include "model/engine.h"

namespace torpor::model {

// kBatchShape when signal::LogMel cannot take the shape.
[[nodiscard]] Result<std::unique_ptr<Engine>> MakeSpectralEngine(
    const signal::Shape& shape);

}  // namespace torpor::model
