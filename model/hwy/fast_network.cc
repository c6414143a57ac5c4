#include <algorithm>
#include <string>

#include "model/hwy/packed.h"
#include "model/hwy/target.h"
#include "model/network.h"

namespace torpor::model {
namespace {

class FastNetwork final : public Network {
 public:
  FastNetwork(const NetworkView& view, const fast::Target& target)
      : packed_(view), work_(view.shape), target_(target) {
    name_ = "hwy " + std::string(target.name);
  }

  Status Run(std::span<const float> z, std::size_t tokens, float& logit) override {
    const NetworkShape& s = packed_.shape;
    if (tokens == 0 || tokens > s.max_tokens || tokens % s.positions != 0 ||
        z.size() != tokens * s.inputs) {
      return Status::kBatchShape;
    }
    float result = 0;
    if (!target_.run(packed_, work_, z.data(), tokens, result)) {
      return Status::kNotANumber;
    }
    logit = result;
    return Status::kOk;
  }

  const NetworkShape& shape() const override { return packed_.shape; }
  std::string_view name() const override { return name_; }

 private:
  fast::PackedNetwork packed_;
  fast::Workspace work_;
  const fast::Target& target_;
  std::string name_;
};

}  // namespace

std::vector<std::string_view> FastTargets() {
  std::vector<std::string_view> names;
  for (const fast::Target& target : fast::Targets()) {
    if (target.supported()) names.push_back(target.name);
  }
  return names;
}

Result<std::unique_ptr<Network>> MakeFastNetwork(const NetworkView& view,
                                                 std::string_view target) {
  for (const fast::Target& candidate : fast::Targets()) {
    if (target.empty() ? candidate.supported()
                       : candidate.name == target && candidate.supported()) {
      return std::unique_ptr<Network>(std::make_unique<FastNetwork>(view, candidate));
    }
  }
  if (target.empty()) return MakeReferenceNetwork(view);
  return Status::kUsage;
}

}  // namespace torpor::model
