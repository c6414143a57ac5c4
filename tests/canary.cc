#include "tests/canary.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace torpor::tests {
namespace {

using std::chrono::steady_clock;
using std::chrono_literals::operator""ms;

Microseconds Since(steady_clock::time_point then) {
  return std::chrono::duration_cast<Microseconds>(steady_clock::now() - then);
}

}  // namespace

Canary::Canary(const std::filesystem::path& folder)
    : sleeper_([this] { Sleep(); }), writer_([this, path = folder / "canary"] {
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        Write(file);
        if (file >= 0) ::close(file);
      }) {}

void Canary::Stop() {
  stop_ = true;
  for (std::thread* one : {&sleeper_, &writer_}) {
    if (one->joinable()) one->join();
  }
}

void Canary::Sleep() {
  while (!stop_) {
    const auto due = steady_clock::now() + 5ms;
    std::this_thread::sleep_until(due);
    late_to_wake_ = std::max(late_to_wake_, Since(due));
  }
}

void Canary::Write(int file) {
  const std::array<char, 4096> page{};
  while (!stop_) {
    const auto began = steady_clock::now();
    if (::pwrite(file, page.data(), page.size(), 0) < 0 || ::fdatasync(file) < 0) return;
    longest_sync_ = std::max(longest_sync_, Since(began));
    std::this_thread::sleep_for(20ms);
  }
}

}  // namespace torpor::tests
