// The program itself, run in a folder of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/test_folder.h"
#include "core/test_program.h"

namespace torpor::cli {

class Command : public testing::Test {
 protected:
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
    return folder_.Slurp(name);
  }
  void Write(const std::string& name, const std::string& text) const {
    folder_.Write(name, text);
  }
  // fleet.key, fleet.pub, night.toml and night.dsse, for robot r-17.
  void MakeBundle() const {
    Good("contract keygen fleet");
    Good("contract new --base bench-10s --robot r-17 -o night.toml");
    Good("contract sign night.toml --key fleet.key -o night.dsse");
  }

  TestFolder folder_;
};

}  // namespace torpor::cli
