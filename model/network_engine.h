// The engine of a robot: the front end hears the window, the network judges it, in one
// call and one inference.
#pragma once

#include <memory>

#include "core/result.h"
#include "model/engine.h"
#include "model/inference.h"

namespace torpor::model {

// kBatchShape when signal::Tokens cannot take the shape.
[[nodiscard]] Result<std::unique_ptr<Engine>> MakeNetworkEngine(
    const signal::Shape& shape, std::shared_ptr<Inference> inference);

}  // namespace torpor::model
