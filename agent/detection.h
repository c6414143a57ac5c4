// From the contract, the fleet's baseline file and the model file to an engine and a
// detector that fit them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "agent/refusal.h"
#include "contract/verify.h"
#include "detect/detector.h"
#include "model/engine.h"
#include "model/inference.h"

namespace torpor::agent {

struct Detection {
  std::unique_ptr<model::Engine> engine;
  detect::Detector detector;
  std::string model_digest;  // short hex, as metrics show it; "none" without a network
};

// `model` is what --model was given (model::ChooseModel). Refuses with what
// detect::ReadBaseline and model::ChooseModel refuse, and
//   kBaselineMismatch  the baseline was fitted for another contract; names the parameter
//                      and both values
//   kModelMismatch     it was fitted with another model, or with none; names both
// `make` makes what runs the network; without it, the fast engine of this process.
std::variant<Detection, Refusal> LoadDetection(const std::filesystem::path& baseline,
                                               const std::string& model,
                                               const contract::VerifiedTerms& contract,
                                               const model::NetworkMaker& make = {});

}  // namespace torpor::agent
