#include "agent/refused_rest.h"

#include <signal.h>

#include <algorithm>
#include <array>

namespace torpor::agent {
namespace {

constexpr std::array kFinal = {64, 65, 66, 77, 78};

}  // namespace

bool IsFinal(int exit_code) {
  return std::ranges::find(kFinal, exit_code) != kFinal.end();
}

void RestUntilAskedToStop() {
  sigset_t stop{};
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &stop,
                nullptr);  // also where it refused before it blocked them
  int got = 0;
  ::sigwait(&stop, &got);
}

}  // namespace torpor::agent
