// A library that is loaded by whoever needs it, once and for good, so that nobody else
// pays for it or has to have it. Not for several threads at once.
#pragma once

#include <dlfcn.h>

#include <string>

namespace torpor::telemetry {

class SharedLibrary {
 public:
  // By the name that the system's loader knows, "libcurl.so.4". Never closed.
  explicit SharedLibrary(const char* name)
      : handle_(::dlopen(name, RTLD_LAZY | RTLD_LOCAL)) {}

  // False when there is no library, or no such function in it.
  template <class Function>
  [[nodiscard]] bool Find(Function& function, const char* name) const {
    if (handle_ == nullptr) return false;
    function = reinterpret_cast<Function>(::dlsym(handle_, name));
    return function != nullptr;
  }

  // Why the last of these calls failed, in the loader's words, or `otherwise`.
  [[nodiscard]] static std::string Why(const char* otherwise) {
    const char* const said = ::dlerror();  // NOLINT(concurrency-mt-unsafe): one thread
    return said != nullptr ? said : otherwise;
  }

 private:
  void* handle_;
};

}  // namespace torpor::telemetry
