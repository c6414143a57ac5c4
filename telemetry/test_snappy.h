// libsnappy for tests: the system's, or the one that tests/fetch-daemons has unpacked.
#pragma once

#include <dlfcn.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include "telemetry/snappy.h"
#include "telemetry/test_daemon.h"

namespace torpor::telemetry {

// False, and a word to whoever runs the tests, where there is none. What this process
// starts from now on finds it as well.
[[nodiscard]] inline bool HasSnappy() {
  std::string why;
  if (LoadSnappy(why)) return true;
  const auto libraries = DaemonProgram("x").parent_path().parent_path() / "lib";
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(libraries, none)) {
    const auto file = entry.path() / "libsnappy.so.1";
    if (!std::filesystem::exists(file)) continue;
    ::setenv("LD_LIBRARY_PATH", entry.path().c_str(), 1);
    ::dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  }
  if (LoadSnappy(why)) return true;
  std::cerr << "NOT RUN: no libsnappy; tests/fetch-daemons fetches it\n";
  return false;
}

// The text of a block; a word of complaint for anything else.
inline std::string Unsnappy(std::string_view block) {
  void* const library = ::dlopen("libsnappy.so.1", RTLD_LAZY | RTLD_LOCAL);
  using Uncompress = int (*)(const char*, std::size_t, char*, std::size_t*);
  const auto uncompress =
      reinterpret_cast<Uncompress>(::dlsym(library, "snappy_uncompress"));
  std::string text(std::size_t{1} << 20U, '\0');
  std::size_t size = text.size();
  if (uncompress(block.data(), block.size(), text.data(), &size) != 0) return "no block";
  text.resize(size);
  return text;
}

}  // namespace torpor::telemetry
