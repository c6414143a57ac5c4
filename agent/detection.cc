#include "agent/detection.h"

#include <utility>

#include "contract/digest.h"
#include "detect/baseline.h"
#include "detect/contracted.h"
#include "model/inference.h"
#include "model/network_engine.h"
#include "model/spectral.h"

namespace torpor::agent {

namespace {

std::string ShortHex(const Digest& digest) {
  if (digest == Digest{}) return std::string(model::kNoModel);
  return std::string(contract::Hex(contract::ShortOf(digest)).view());
}

}  // namespace

std::variant<Detection, Refusal> LoadDetection(const std::filesystem::path& path,
                                               const std::string& model,
                                               const contract::VerifiedTerms& contract,
                                               const model::NetworkMaker& make) {
  const auto refused = [](Status status, std::string where) {
    return Refusal{status, 0, std::move(where), {}, {}};
  };
  auto baseline = detect::ReadBaseline(path);
  if (!baseline.ok()) return refused(baseline.status(), path);
  const signal::Shape shape = detect::ShapeOf(contract.terms());
  if (const auto mismatch =
          detect::Compare(*baseline, shape, detect::RuleOf(contract.terms()))) {
    Refusal refusal =
        refused(Status::kBaselineMismatch, path.string() + ": " + mismatch->parameter);
    refusal.ours = std::to_string(mismatch->contract);
    refusal.theirs = std::to_string(mismatch->baseline);
    return refusal;
  }
  std::string problem;
  auto chosen = model::ChooseModel(model, shape.axes, problem, make);
  if (!chosen.ok()) return refused(chosen.status(), problem);
  Digest network{};
  if (chosen->inference != nullptr) {
    network = chosen->inference->digest();
    if (network != baseline->network) {
      Refusal refusal =
          refused(Status::kModelMismatch, chosen->path.string() + " is not what " +
                                              path.string() + " was made with");
      refusal.ours = ShortHex(network);
      refusal.theirs = ShortHex(baseline->network);
      return refusal;
    }
  }
  const detect::Bound bound =
      detect::BoundTo(detect::GroundOf(contract.terms()), chosen->inference.get());
  auto engine = chosen->inference == nullptr
                    ? model::MakeSpectralEngine(shape)
                    : model::MakeNetworkEngine(shape, std::move(chosen->inference));
  if (!engine.ok()) return refused(engine.status(), path);
  return Detection{std::move(*engine), detect::Detector(std::move(*baseline), bound),
                   ShortHex(network)};
}

}  // namespace torpor::agent
