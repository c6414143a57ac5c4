// A back end that misbehaves as it is told, for tests alone: words in the environment
// variable TORPOR_TEST_BACKEND, read at each call. Left alone it adds z up, one float
// after another.
//
//   foreign         speaks another interface version
//   other-name, hole                     its table is wrong
//   open-refuses, open-hangs, open-dies
//   run-hangs, run-dies, run-exits, run-nan, run-odd, run-device
//   run-forks       leaves a grandchild that holds on to everything
//   close-hangs
//   ticks           a thread of it wakes every millisecond
//
// What is called is appended to the file TORPOR_TEST_BACKEND_LOG, a word each.
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include "model/backend_abi.h"

namespace {

bool Told(std::string_view word) {
  const char* const words = std::getenv("TORPOR_TEST_BACKEND");
  return words != nullptr && std::string_view(words).find(word) != std::string_view::npos;
}

void Note(const char* word) {
  const char* const path = std::getenv("TORPOR_TEST_BACKEND_LOG");
  if (path == nullptr) return;
  if (std::FILE* const log = std::fopen(path, "a"); log != nullptr) {
    std::fprintf(log, "%s ", word);
    std::fclose(log);
  }
}

[[noreturn]] void Hang() {
  for (;;) ::pause();
}

void Say(TorporBackendError* error, const char* text) {
  std::snprintf(error->text, sizeof error->text, "%s", text);
}

struct Device {
  std::size_t tokens, inputs;
};

void* Open(const TorporBackendModel* model, std::int32_t* status,
           TorporBackendError* error) {
  Note("open");
  if (Told("open-hangs")) Hang();
  if (Told("open-dies")) std::raise(SIGKILL);
  if (Told("open-refuses")) {
    *status = 421;
    Say(error, "there is no such device");
    return nullptr;
  }
  if (Told("ticks")) {
    std::thread([] {
      for (;;) ::usleep(1000);
    }).detach();
  }
  return new Device{model->tokens, model->inputs};
}

std::int32_t Run(void* self, const float* z, std::size_t tokens, std::size_t inputs,
                 float* logit, TorporBackendError* error) {
  Note("run");
  if (Told("run-hangs")) Hang();
  if (Told("run-dies")) std::raise(SIGKILL);
  if (Told("run-exits")) ::_exit(0);
  if (Told("run-forks") && ::fork() == 0) Hang();
  if (Told("run-odd")) return 9999;
  if (Told("run-device")) {
    Say(error, "the device fell off its bus");
    return 421;
  }
  const auto* const device = static_cast<const Device*>(self);
  if (tokens != device->tokens || inputs != device->inputs) return 309;
  *logit = Told("run-nan") ? NAN : 0.0F;
  for (std::size_t i = 0; i < tokens * inputs; ++i) *logit += z[i];
  return 0;
}

std::int32_t FreeActivations(void* /*self*/, TorporBackendError* /*error*/) {
  Note("free");
  return 0;
}

std::uint32_t InFlight(void* /*self*/) { return 0; }

void Versions(void* /*self*/, char* out, std::size_t size) {
  std::snprintf(out, size, "name=test; driver=1; library=2; device=adder");
}

void Close(void* self) {
  Note("close");
  if (Told("close-hangs")) Hang();
  delete static_cast<Device*>(self);
}

constexpr TorporBackend kTable{TORPOR_BACKEND_ABI, "test",   Open,     Run,
                               FreeActivations,    InFlight, Versions, Close};
constexpr TorporBackend kOtherName{TORPOR_BACKEND_ABI, "tset",   Open,     Run,
                                   FreeActivations,    InFlight, Versions, Close};
constexpr TorporBackend kHole{TORPOR_BACKEND_ABI, "test",   Open, Run, nullptr,
                              InFlight,           Versions, Close};

}  // namespace

const TorporBackend* torpor_backend(std::uint32_t abi) {
  if (abi != TORPOR_BACKEND_ABI || Told("foreign")) return nullptr;
  if (Told("other-name")) return &kOtherName;
  return Told("hole") ? &kHole : &kTable;
}
