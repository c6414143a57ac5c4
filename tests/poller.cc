// Loaded into torpord by a test: somebody's 100 ms poll, as it creeps into real programs.
#include <pthread.h>
#include <unistd.h>

namespace {

void* Poll(void*) {
  for (;;) ::usleep(100'000);
}

__attribute__((constructor)) void StartPolling() {
  pthread_t thread{};
  ::pthread_create(&thread, nullptr, Poll, nullptr);
}

}  // namespace
