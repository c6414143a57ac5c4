// A folder of a test's own, gone when the test is. CTest runs the tests of one program
// side by side, so that a fixed name in the machine's temporary folder is shared between
// them.
#pragma once

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

namespace torpor {

class TestFolder {
 public:
  // Throws std::filesystem::filesystem_error where no folder can be made: a test cannot
  // go on without.
  explicit TestFolder(
      const std::filesystem::path& in = std::filesystem::temp_directory_path()) {
    std::string name = (in / ("torpor-test-" + std::string(6, 'X'))).string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::filesystem::filesystem_error(
          "a test's folder", name, std::error_code(errno, std::generic_category()));
    }
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  // In memory where the machine has such a folder, for tests that write thousands of
  // times.
  static std::filesystem::path InMemory() {
    return std::filesystem::exists("/dev/shm") ? "/dev/shm"
                                               : std::filesystem::temp_directory_path();
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string string() const { return path_.string(); }
  // NOLINTNEXTLINE(google-explicit-constructor): it stands wherever a path does
  operator const std::filesystem::path&() const { return path_; }
  friend std::filesystem::path operator/(const TestFolder& folder,
                                         const std::filesystem::path& name) {
    return folder.path_ / name;
  }

  void Write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string Slurp(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace torpor
