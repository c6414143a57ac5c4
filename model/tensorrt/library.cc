#include "model/tensorrt/library.h"

#include <utility>

namespace torpor::model::tensorrt {

Logger& Logger::Only() {
  static Logger& logger = *new Logger;  // never deleted: it outlives the library
  return logger;
}

void Logger::log(Severity severity, const char* text) noexcept {
  if (severity > Severity::kERROR) return;
  const std::lock_guard lock(mutex_);
  try {
    error_ = text;
  } catch (...) {
    error_.clear();  // no memory for words
  }
}

std::string Logger::TakeError(const char* otherwise) {
  const std::lock_guard lock(mutex_);
  std::string error = std::exchange(error_, {});
  return error.empty() ? otherwise : error;
}

}  // namespace torpor::model::tensorrt
