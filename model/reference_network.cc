#include <vector>

#include "model/network.h"
#include "model/reference/encoder.h"

namespace torpor::model {
namespace {

class ReferenceNetwork final : public Network {
 public:
  explicit ReferenceNetwork(const NetworkView& view)
      : view_(view), scratch_(ScratchFloats(view.shape)) {}

  Status Run(std::span<const float> z, std::size_t tokens, float& logit) override {
    return RunReference(view_, z, tokens, scratch_, logit);
  }
  const NetworkShape& shape() const override { return view_.shape; }
  std::string_view name() const override { return "reference"; }

 private:
  NetworkView view_;
  std::vector<float> scratch_;
};

}  // namespace

Result<std::unique_ptr<Network>> MakeReferenceNetwork(const NetworkView& view) {
  return std::unique_ptr<Network>(std::make_unique<ReferenceNetwork>(view));
}

}  // namespace torpor::model
