// Runs a fuzz target on every file of the folders that are named, on seeded mutations of
// each, on a part of its beginnings and on it with one byte behind: what a compiler
// without libFuzzer can do, and every test run does.
//
// usage: TARGET_replay MUTATIONS FOLDER...
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "fuzz/target.h"

namespace {

using Input = std::vector<std::uint8_t>;

Input Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A few bytes changed, taken out, doubled or appended.
Input Mutated(Input input, std::mt19937& random) {
  const int changes = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < changes; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(random() % (input.size() + 1));
    const auto byte = static_cast<std::uint8_t>(random() % 4 == 0 ? 0xFF : random());
    switch (random() % 4) {
      case 0:
        if (at < std::ssize(input)) input[static_cast<std::size_t>(at)] = byte;
        break;
      case 1:
        if (at < std::ssize(input)) input.erase(input.begin() + at);
        break;
      case 2:
        input.insert(input.begin() + at, byte);
        break;
      default:
        if (random() % 4 == 0)
          input.resize(static_cast<std::size_t>(at));
        else if (at < std::ssize(input))
          input[static_cast<std::size_t>(at)] ^=
              static_cast<std::uint8_t>(1U << random() % 8);
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const int mutations = std::atoi(argv[1]);
  std::mt19937 random(1);
  std::size_t files = 0, runs = 0;
  for (int i = 2; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      const Input input = Slurp(entry.path());
      LLVMFuzzerTestOneInput(input.data(), input.size());
      ++files;
      for (int last = 0; last < 256; ++last, ++runs) {
        Input longer = input;
        longer.push_back(static_cast<std::uint8_t>(last));
        LLVMFuzzerTestOneInput(longer.data(), longer.size());
      }
      const std::size_t step = 1 + input.size() / 500;
      for (std::size_t size = 0; size < input.size(); size += step, ++runs) {
        LLVMFuzzerTestOneInput(input.data(), size);
      }
      for (int m = 0; m < mutations; ++m, ++runs) {
        const Input other = Mutated(input, random);
        LLVMFuzzerTestOneInput(other.data(), other.size());
      }
    }
  }
  std::printf("%zu files and %zu mutations (seed 1): no crash, no broken promise\n",
              files, runs);
  return files > 0 ? 0 : 66;
}
