// The program itself, run in a folder of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/test_program.h"

namespace torpor::cli {

class Command : public testing::Test {
 protected:
  Command() {
    std::string name =
        (std::filesystem::temp_directory_path() / "torpor-cli-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Command() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] Ran Torpor(const std::string& words) const {
    const std::string line = "cd " + folder_.string() +
                             " && " TORPOR_BINARY_DIR "/bin/torpor " + words + " 2>&1";
    return RunLine(line);
  }
  void Good(const std::string& words) const {
    const Ran ran = Torpor(words);
    ASSERT_EQ(ran.exit_code, 0) << words << "\n" << ran.out;
  }
  void Refused(const std::string& words, int exit_code, const std::string& says) const {
    const Ran ran = Torpor(words);
    EXPECT_EQ(ran.exit_code, exit_code) << words << "\n" << ran.out;
    EXPECT_THAT(ran.out, testing::HasSubstr(says)) << words;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1)
        << "one line for: " << words << "\n"
        << ran.out;
  }
  [[nodiscard]] std::string Read(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  // fleet.key, fleet.pub, night.toml and night.dsse, for robot r-17.
  void MakeBundle() const {
    Good("contract keygen fleet");
    Good("contract new --base bench-10s --robot r-17 -o night.toml");
    Good("contract sign night.toml --key fleet.key -o night.dsse");
  }

  std::filesystem::path folder_;
};

}  // namespace torpor::cli
