// Which BLAS libtorch ended up with. Debian binds it to the reference one unless
// libopenblas0-pthread is installed, and then every step takes twelve times as long.
#pragma once

#include <string>

namespace torpor::train {

struct Blas {
  bool quick = false;
  std::string library;  // of what is loaded, for people
};

[[nodiscard]] Blas FindBlas();

// Every sum in one order: one thread for libtorch and for BLAS, no matter what the
// environment says.
void UseOneThread();

}  // namespace torpor::train
