// torpor-pretended.so: the driver of a pretended machine's GPU, as a back end of
// torpord's (model/backend_abi.h). The plain engine computes; what matters is what
// happens besides: opening it takes a channel to the device, a run gives the device one
// piece of work, and closing gives the channel back. Told to, it commits the fault of the
// night once, against the interface's rules: it hangs in the closing of its session, or
// the session goes on in a process that it leaves behind.
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/backend_abi.h"
#include "model/reference/encoder.h"
#include "model/reference/layout.h"
#include "simulate/pretended_layout.h"

namespace torpor::simulate::pretended {
namespace {

constexpr int kMostDescriptors = 64;  // that torpor-accelerator could have open

struct Session {
  std::string root;
  int channel = -1;
  std::vector<float> file;  // a copy, in which network looks
  model::NetworkView network;
  std::vector<float> scratch;

  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (channel >= 0) ::close(channel);
  }
  [[nodiscard]] std::string Path(const char* name) const { return root + "/" + name; }
};

std::int32_t Say(TorporBackendError* error, Status status, const char* what) {
  std::snprintf(error->text, sizeof error->text, "%s", what);
  return static_cast<std::int32_t>(status);
}

// As a kernel shows it from now on.
void Show(const std::string& path, const char* text) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return;
  std::fputs(text, file);
  std::fclose(file);
}

// Holds the channel until the machine is gone.
[[noreturn]] void StayBehind(const Session& session, int ready) {
  ::prctl(PR_SET_NAME, "gpu-session");
  for (int fd = STDERR_FILENO + 1; fd < kMostDescriptors; ++fd) {
    if (fd != session.channel && fd != ready) ::close(fd);
  }
  const int alive =
      ::open(session.Path(kAlive).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  char byte = 0;
  [[maybe_unused]] const ssize_t told = ::write(ready, &byte, 1);
  ::close(ready);
  pollfd end{alive, 0, 0};  // its other end is closed
  if (::read(alive, &byte, 1) < 0 && errno == EAGAIN) {
    while (::poll(&end, 1, -1) < 0 && errno == EINTR) continue;
  }
  ::_exit(0);
}

// In a session of its own, so that it is not ended with torpor-accelerator's group. Back
// when it holds the channel under its own name.
void LeaveOpen(const Session& session) {
  std::array<int, 2> ready{};
  if (::pipe2(ready.data(), O_CLOEXEC) != 0) return;
  const pid_t between = ::fork();
  if (between == 0) {
    ::setsid();
    if (::fork() == 0) StayBehind(session, ready[1]);
    ::_exit(0);
  }
  ::close(ready[1]);
  if (between > 0) {
    char byte = 0;
    while (::read(ready[0], &byte, 1) < 0 && errno == EINTR) continue;
    while (::waitpid(between, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  ::close(ready[0]);
}

std::int32_t OpenSession(const TorporBackendModel& model, Session& session,
                         TorporBackendError* error) {
  const char* const root = std::getenv(kRootVariable);
  if (root == nullptr) {
    return Say(error, Status::kAcceleratorMissing, "there is no pretended machine");
  }
  session.root = root;
  session.file.resize(model.size / sizeof(float) + 1);
  std::memcpy(session.file.data(), model.bytes, model.size);
  std::string_view why;
  const auto network = model::ParseNetworkWithoutDigest(
      std::as_bytes(std::span(session.file)).first(model.size), why);
  if (!network.ok()) return Say(error, network.status(), std::string(why).c_str());
  session.network = *network;
  session.scratch.resize(model::ScratchFloats(network->shape));
  session.channel =
      ::open(session.Path(kDevice).c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (session.channel < 0 || ::flock(session.channel, LOCK_SH) != 0) {
    return Say(error, Status::kAcceleratorFailed, "the pretended GPU cannot be opened");
  }
  Show(session.Path(kStatus), "active\n");
  Show(session.Path(kRailgated), "no\n");
  return 0;
}

void* Open(const TorporBackendModel* model, std::int32_t* status,
           TorporBackendError* error) {
  try {
    auto session = std::make_unique<Session>();
    *status = OpenSession(*model, *session, error);
    return *status == 0 ? session.release() : nullptr;
  } catch (const std::exception& problem) {
    *status = Say(error, Status::kAcceleratorFailed, problem.what());
    return nullptr;
  }
}

std::int32_t Run(void* self, const float* z, std::size_t tokens, std::size_t inputs,
                 float* logit, TorporBackendError* error) {
  auto& session = *static_cast<Session*>(self);
  if (inputs != session.network.shape.inputs) return Say(error, Status::kBatchShape, "");
  if (::write(session.channel, "1", 1) != 1) {
    return Say(error, Status::kAcceleratorFailed, "the pretended GPU takes no work");
  }
  const Status status = model::RunReference(session.network, {z, tokens * inputs}, tokens,
                                            session.scratch, *logit);
  if (::unlink(session.Path(kLeaveOpen).c_str()) == 0) LeaveOpen(session);
  return static_cast<std::int32_t>(status);
}

std::int32_t FreeActivations(void* /*self*/, TorporBackendError* /*error*/) { return 0; }

std::uint32_t InFlight(void* /*self*/) { return 0; }

void Versions(void* /*self*/, char* out, std::size_t size) {
  std::snprintf(out, size, "name=pretended; driver=1; library=1; device=pretended Orin");
}

void Close(void* self) {
  auto* const session = static_cast<Session*>(self);
  if (::unlink(session->Path(kHang).c_str()) == 0) {
    for (;;) ::pause();
  }
  delete session;
}

constexpr TorporBackend kTable{TORPOR_BACKEND_ABI, "pretended", Open,     Run,
                               FreeActivations,    InFlight,    Versions, Close};

}  // namespace
}  // namespace torpor::simulate::pretended

const TorporBackend* torpor_backend(std::uint32_t abi) {
  return abi == TORPOR_BACKEND_ABI ? &torpor::simulate::pretended::kTable : nullptr;
}
