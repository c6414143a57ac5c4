// torpor train, which is another program's door.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/test_folder.h"
#include "core/test_program.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// With torpor alone in a folder, and `path` as PATH.
class Train : public testing::Test {
 protected:
  Train() { fs::copy_file(TORPOR_BINARY_DIR "/bin/torpor", folder_ / "torpor"); }
  [[nodiscard]] Ran Torpor(const std::string& words, const std::string& path) const {
    const std::string line =
        "PATH=" + path + " " + (folder_ / "torpor").string() + " " + words + " 2>&1";
    return RunLine(line);
  }
  static void WriteProgram(const fs::path& path, const std::string& says) {
    std::ofstream(path) << "#!/bin/sh\necho \"" << says << " $*\"\nexit 7\n";
    fs::permissions(path, fs::perms::owner_all);
  }

  TestFolder folder_;
};

TEST_F(Train, NamesWhatBringsTheProgramWhenItIsMissing) {
  const Ran ran = Torpor("train fit -o x", "/nowhere");
  EXPECT_EQ(ran.exit_code, 66);
  EXPECT_THAT(ran.out, HasSubstr("file-missing (5)"));
  EXPECT_THAT(ran.out, HasSubstr("./dev build train"));
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
}

TEST_F(Train, HandsEveryWordToTheProgramBesideIt) {
  WriteProgram(folder_ / "torpor-train", "beside");
  const Ran ran = Torpor("train fit --data d --help -o x", "/nowhere");
  EXPECT_EQ(ran.exit_code, 7);
  EXPECT_EQ(ran.out, "beside fit --data d --help -o x\n");
}

TEST_F(Train, ElseToTheOneOnThePath) {
  fs::create_directory(folder_ / "path");
  WriteProgram(folder_ / "path/torpor-train", "path");
  const Ran ran = Torpor("train card fleet.model", (folder_ / "path").string());
  EXPECT_EQ(ran.exit_code, 7);
  EXPECT_EQ(ran.out, "path card fleet.model\n");
}

}  // namespace
}  // namespace torpor::cli
