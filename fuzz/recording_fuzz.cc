// A recording's file, of any format that is read: refused, or as many numbers as it
// claims. The first byte chooses the format.
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "core/test_folder.h"
#include "fuzz/target.h"
#include "simulate/recording.h"

namespace {

using namespace torpor;

// Endings by which the format is chosen; libsndfile looks at the bytes.
constexpr std::array<const char*, 3> kEndings = {".wav", ".csv", ".mat"};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const TestFolder kFolder;
  simulate::Entry entry;
  entry.id = "fuzz";
  entry.file = kFolder / (std::string("recording") + kEndings[data[0] % kEndings.size()]);
  entry.variable = "x";
  entry.unit = "g";
  entry.g_per_unit = 1.0;
  entry.sample_rate_hz = 1000;
  entry.channels = {{"x", 2.0}, {"y", 2.0}};
  std::FILE* file = std::fopen(entry.file.c_str(), "wb");
  fuzz::Expect(file != nullptr, "a temporary file can be written");
  std::fwrite(data + 1, 1, size - 1, file);
  std::fclose(file);

  auto recording = simulate::Recording::Open(entry);
  if (recording.ok()) {
    std::vector<float> out(2 * 64);
    const std::uint64_t frames = recording->frames();
    for (const std::uint64_t first : {std::uint64_t{0}, frames / 2, frames}) {
      const Status status = recording->Read(first, out);
      fuzz::Expect(status != Status::kBatchShape, "two axes were asked for");
    }
  }
  ::unlink(entry.file.c_str());
  return 0;
}
