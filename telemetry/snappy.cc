#include "telemetry/snappy.h"

#include <cstddef>

#include "telemetry/shared_library.h"

namespace torpor::telemetry {
namespace {

constexpr int kSnappyOk = 0;

struct Functions {
  int (*compress)(const char* text, std::size_t size, char* block, std::size_t* length);
  std::size_t (*max_compressed_length)(std::size_t size);
};

const Functions* Loaded(std::string& why) {
  static Functions found{};
  static bool ready = false;
  if (ready) return &found;
  const SharedLibrary library("libsnappy.so.1");
  ready = library.Find(found.compress, "snappy_compress") &&
          library.Find(found.max_compressed_length, "snappy_max_compressed_length");
  if (ready) return &found;
  why = SharedLibrary::Why("no libsnappy");
  return nullptr;
}

}  // namespace

bool LoadSnappy(std::string& why) { return Loaded(why) != nullptr; }

Result<std::string> Snappy(std::string_view text, std::string& why) {
  const Functions* const snappy = Loaded(why);
  if (snappy == nullptr) return Status::kSnappyMissing;
  std::size_t length = snappy->max_compressed_length(text.size());
  std::string block(length, '\0');
  if (snappy->compress(text.data(), text.size(), block.data(), &length) != kSnappyOk) {
    why = "libsnappy does not compress";
    return Status::kOs;
  }
  block.resize(length);
  return block;
}

}  // namespace torpor::telemetry
