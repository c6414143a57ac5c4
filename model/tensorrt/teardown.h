// What an open TensorRT network holds, and the order in which it is given back, as data:
// the code goes through this list and so does its test, which needs no TensorRT.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace torpor::model::tensorrt {

enum class Part : std::uint8_t {
  kWork,         // what the stream was given and may not have finished
  kStream,       //
  kContext,      // IExecutionContext
  kActivations,  // device memory that the context was lent, and the tensors' own
  kEngine,       // ICudaEngine: weights in device memory
  kRuntime,      // IRuntime
};
inline constexpr std::size_t kParts = 6;

struct TeardownStep {
  Part part;
  std::string_view why_here;
};

// From the first to the last. The logger is not in it: it outlives everything.
inline constexpr std::array kTeardown = {
    TeardownStep{Part::kWork, "what is in flight may use everything below"},
    TeardownStep{Part::kStream, "the context is asked for nothing more"},
    TeardownStep{Part::kContext, "it was made by the engine and uses its weights"},
    TeardownStep{Part::kActivations, "the context had been lent them"},
    TeardownStep{Part::kEngine, "it was made by the runtime"},
    TeardownStep{Part::kRuntime, "nothing of it is left"},
};

constexpr std::size_t PlaceOf(Part part) {
  return static_cast<std::size_t>(
      std::ranges::find(kTeardown, part, &TeardownStep::part) - kTeardown.begin());
}
static_assert(kTeardown.size() == kParts);
static_assert(PlaceOf(Part::kWork) == 0);
static_assert(PlaceOf(Part::kContext) < PlaceOf(Part::kEngine));
static_assert(PlaceOf(Part::kEngine) < PlaceOf(Part::kRuntime));
static_assert(PlaceOf(Part::kContext) < PlaceOf(Part::kActivations));

// Gives back what `owner` holds, and only that: an opening that went wrong half-way is
// torn down like any other.
//
//   bool Holds(Part) const   whether there is something of it to give back
//   void Release(Part)       gives it back; afterwards it is not held
template <class Owner>
void GiveBackInOrder(Owner& owner) {
  for (const TeardownStep& step : kTeardown) {
    if (owner.Holds(step.part)) owner.Release(step.part);
  }
}

}  // namespace torpor::model::tensorrt
