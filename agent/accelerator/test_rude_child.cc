// Stands in for torpor-accelerator and breaks one rule of the protocol, the one that the
// environment variable TORPOR_TEST_RUDE names. Without one it is well-mannered: the logit
// is the first float of z.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "agent/accelerator/protocol.h"

namespace {

using namespace torpor::agent;  // NOLINT(google-build-using-namespace)

std::string_view rule;  // that is broken

[[noreturn]] void StayForever() {
  for (;;) ::pause();
}

template <class Message>
void Say(const Message& message, std::size_t size = sizeof(Message)) {
  [[maybe_unused]] const auto sent = ::send(kSocketInChild, &message, size, MSG_NOSIGNAL);
}

// 100, and a bit for each way in which the shared memory could be spoilt.
int Spoil() {
  int code = 100;
  if (::mmap(nullptr, 4, PROT_WRITE, MAP_SHARED, kMemoryInChild, 0) != MAP_FAILED)
    code += 1;
  if (::pwrite(kMemoryInChild, "rubbish", 4, 0) > 0) code += 2;
  if (::ftruncate(kMemoryInChild, 0) == 0) code += 4;
  if (::ftruncate(kMemoryInChild, 1 << 20) == 0) code += 8;
  void* const read = ::mmap(nullptr, 4, PROT_READ, MAP_SHARED, kMemoryInChild, 0);
  if (read == MAP_FAILED || ::mprotect(read, 4, PROT_READ | PROT_WRITE) == 0) code += 16;
  return code;
}

// How many descriptors it was given; opening the folder takes one more.
int CountDescriptors() {
  DIR* const folder = ::opendir("/proc/self/fd");
  int count = -1;
  while (const dirent* const entry = ::readdir(folder)) {
    count += entry->d_name[0] != '.' ? 1 : 0;
  }
  ::closedir(folder);
  return count;
}

// 100, and a bit when a signal is blocked or ignored.
int LookAtSignals() {
  std::FILE* const file = std::fopen("/proc/self/status", "r");
  int code = 100;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), file) != nullptr) {
    const std::string_view text(line.data());
    const bool blocked = text.starts_with("SigBlk:");
    if (!blocked && !text.starts_with("SigIgn:")) continue;
    // 32 and 33 are the C library's own; its posix_spawn leaves them ignored.
    constexpr unsigned long long kOfTheLibrary = 0x1'8000'0000;
    if ((std::strtoull(line.data() + 7, nullptr, 16) & ~kOfTheLibrary) != 0) {
      code += blocked ? 1 : 2;
    }
  }
  std::fclose(file);
  return code;
}

}  // namespace

int main() {
  const char* const told = std::getenv("TORPOR_TEST_RUDE");
  rule = told != nullptr ? told : "";
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that fails leaves nobody behind
  if (rule == "spoils") return Spoil();
  if (rule == "descriptors") return CountDescriptors();
  if (rule == "signals") return LookAtSignals();
  if (rule == "exits") return 3;
  if (rule == "hangs-up") {
    ::close(kSocketInChild);
    StayForever();
  }
  Request request;
  for (int asked = 0;
       ::recv(kSocketInChild, &request, sizeof request, 0) == sizeof request; ++asked) {
    if (rule == "silent") StayForever();
    if (rule == "dies-parked" && asked == 1) return 4;
    const auto* const z = static_cast<const float*>(
        ::mmap(nullptr, sizeof(float), PROT_READ, MAP_SHARED, kMemoryInChild, 0));
    Answer answer;
    answer.sequence = request.sequence;
    answer.logit = z[0];
    std::memset(answer.versions.data(), 'v', answer.versions.size());  // no 0 at its end
    if (rule == "other-kind") answer.mark = 0xFFFF'FFFF;
    if (rule == "other-request") --answer.sequence;
    if (rule == "nan") answer.logit = NAN;
    if (rule == "infinite") answer.logit = INFINITY;
    if (rule == "in-flight") answer.in_flight = 1;
    if (rule == "odd-status") answer.status = 9999;
    if (rule == "huge-status") answer.status = 0x1'0000;
    if (rule == "status-of-others")
      answer.status = 303;  // a dead sensor: not its business
    if (answer.status != 0)
      std::memset(answer.problem.data(), 'p', answer.problem.size());
    std::size_t size = sizeof answer;
    if (rule == "short") size = 5;
    if (rule == "empty") size = 0;
    if (rule == "long") {
      std::array<char, 2000> long_one{};
      std::memcpy(long_one.data(), &answer, sizeof answer);
      Say(long_one);
    } else {
      Say(answer, size);
    }
    if (rule == "stays") StayForever();
    if (request.park <= 1) return 0;
    Parked parked;
    parked.park = request.park;
    parked.sequence = request.sequence;
    if (rule == "never-parks") StayForever();
    if (rule == "parks-elsewhere") ++parked.park;
    if (rule == "parks-in-the-past") --parked.sequence;
    Say(parked);
    if (rule == "dies-asleep") return 5;
  }
  if (rule == "stays-for-good") StayForever();
  return 0;
}
