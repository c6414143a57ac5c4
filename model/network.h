// A network that can be run, whatever runs it. Both engines of the processor give the
// same bits.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "model/reference/network_view.h"

namespace torpor::model {

class Network {
 public:
  virtual ~Network() = default;

  // `z` is [tokens, inputs], token after token, not squashed (model/assemble.h).
  // Allocates nothing, throws nothing, starts no thread, but for what runs elsewhere,
  // which says so. One thread at a time.
  //   kBatchShape  z or tokens do not fit the shape
  //   kNotANumber  a value of z is not finite
  [[nodiscard]] virtual Status Run(std::span<const float> z, std::size_t tokens,
                                   float& logit) = 0;

  [[nodiscard]] virtual const NetworkShape& shape() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;  // the engine and its target
};

// The plain engine. Looks at the view's bytes for as long as it lives.
[[nodiscard]] Result<std::unique_ptr<Network>> MakeReferenceNetwork(
    const NetworkView& view);

// The fast engine, for the best instruction set that this processor has, or the one that
// is named. Copies what it needs of the view. Where no fast engine can run, the plain
// one.
//   kUsage  `target` is none of FastTargets()
[[nodiscard]] Result<std::unique_ptr<Network>> MakeFastNetwork(
    const NetworkView& view, std::string_view target = {});

// The instruction sets that the fast engine has and this processor supports, best first.
[[nodiscard]] std::vector<std::string_view> FastTargets();

}  // namespace torpor::model
