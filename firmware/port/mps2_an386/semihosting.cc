#include "firmware/port/mps2_an386/semihosting.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace torpor::firmware::mps2 {
namespace {

enum class Operation : std::uint32_t {
  kOpen = 0x01,
  kWrite = 0x05,
  kRead = 0x06,
  kCommandLine = 0x15,
  kExit = 0x20,
};
constexpr std::uint32_t kApplicationExit = 0x20026;

using Arguments = std::array<std::uint32_t, 3>;

std::uint32_t Call(Operation operation, Arguments& arguments) {
  register auto r0 asm("r0") = static_cast<std::uint32_t>(operation);
  register std::uint32_t* r1 asm("r1") = arguments.data();
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

template <class T>
std::uint32_t Address(const T* pointer) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(pointer));  // NOLINT
}

}  // namespace

void End(int exit_code) {
  Arguments arguments = {kApplicationExit, static_cast<std::uint32_t>(exit_code)};
  Call(Operation::kExit, arguments);
  for (;;) {
  }
}

std::string_view CommandLine(std::span<char> room) {
  Arguments arguments = {Address(room.data()), static_cast<std::uint32_t>(room.size())};
  if (Call(Operation::kCommandLine, arguments) != 0) return {};
  return {room.data(), std::strlen(room.data())};
}

HostFile::HostFile(const char* path, For what) {
  Arguments arguments = {Address(path), static_cast<std::uint32_t>(what),
                         static_cast<std::uint32_t>(std::strlen(path))};
  handle_ = static_cast<int>(Call(Operation::kOpen, arguments));
}

// Both answer how many bytes are left over; a pipe may give less than it was asked for.
bool HostFile::Read(std::span<std::byte> out) const {
  while (!out.empty()) {
    const auto size = static_cast<std::uint32_t>(out.size());
    Arguments arguments = {static_cast<std::uint32_t>(handle_), Address(out.data()),
                           size};
    const std::uint32_t left = Call(Operation::kRead, arguments);
    if (left >= size) return false;
    out = out.last(left);
  }
  return true;
}

bool HostFile::Write(std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    Arguments arguments = {static_cast<std::uint32_t>(handle_), Address(bytes.data()),
                           size};
    const std::uint32_t left = Call(Operation::kWrite, arguments);
    if (left >= size) return false;
    bytes = bytes.last(left);
  }
  return true;
}

}  // namespace torpor::firmware::mps2
