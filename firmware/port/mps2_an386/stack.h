// How deep the stack has been: it is painted at reset, and what is not painted any more
// was used.
#pragma once

#include <cstddef>

namespace torpor::firmware::mps2 {

struct StackUse {
  std::size_t bytes = 0;
  std::size_t of = 0;
};
StackUse UsedStack();

}  // namespace torpor::firmware::mps2
