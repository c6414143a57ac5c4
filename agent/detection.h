// From the contract and the fleet's baseline file to an engine and a detector that fit
// them.
#pragma once

#include <filesystem>
#include <memory>
#include <variant>

#include "agent/refusal.h"
#include "contract/verify.h"
#include "detect/detector.h"
#include "model/engine.h"

namespace torpor::agent {

struct Detection {
  std::unique_ptr<model::Engine> engine;
  detect::Detector detector;
};

// Of the contract's first sensor: what one batch looks like, and how batches become
// alarms.
signal::Shape ShapeOf(const contract::Terms& terms);
detect::Rule RuleOf(const contract::Terms& terms);

// Refuses with what detect::ReadBaseline refuses, and kBaselineMismatch naming the
// parameter and both values when the file was fitted for another contract.
std::variant<Detection, Refusal> LoadDetection(const std::filesystem::path& path,
                                               const contract::VerifiedTerms& contract);

}  // namespace torpor::agent
