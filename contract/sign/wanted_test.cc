#include "contract/sign/wanted.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "contract/sign/test_power_cut.h"
#include "core/bytes.h"
#include "core/test_folder.h"

namespace torpor::contract::sign {
namespace {

namespace fs = std::filesystem;

class WantedBundle : public testing::Test {
 protected:
  TestFolder folder_;
};

TEST_F(WantedBundle, IsPutReadAndRemoved) {
  EXPECT_FALSE(ReadWanted(folder_).has_value());
  ASSERT_EQ(PutWanted(folder_, AsBytes("two")), Status::kOk);
  const auto read = ReadWanted(folder_);
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(std::ranges::equal(*read->bundle, AsBytes("two")));
  EXPECT_EQ(fs::status(folder_ / kWantedFile).permissions(), fs::perms(0644));
  EXPECT_EQ(RemoveWanted(folder_, read->mark), Status::kOk);
  EXPECT_FALSE(ReadWanted(folder_).has_value());
  EXPECT_EQ(RemoveWanted(folder_, read->mark), Status::kOk) << "it is gone already";
}

TEST_F(WantedBundle, ANewerOneIsNotRemovedInPlaceOfTheOneThatWasRead) {
  ASSERT_EQ(PutWanted(folder_, AsBytes("two")), Status::kOk);
  const auto mark = ReadWanted(folder_)->mark;
  ASSERT_EQ(PutWanted(folder_, AsBytes("three")), Status::kOk);
  EXPECT_EQ(RemoveWanted(folder_, mark), Status::kOk);
  EXPECT_TRUE(std::ranges::equal(*ReadWanted(folder_)->bundle, AsBytes("three")));
}

TEST_F(WantedBundle, NobodyIsWaitedForByWhoeverHasADeadline) {
  ASSERT_EQ(PutWanted(folder_, AsBytes("two")), Status::kOk);
  const auto mark = ReadWanted(folder_)->mark;
  const int other = ::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  EXPECT_FALSE(ReadWanted(folder_).has_value());
  EXPECT_EQ(RemoveWanted(folder_, mark), Status::kStateLocked);
  ::close(other);
  EXPECT_TRUE(ReadWanted(folder_).has_value());
}

TEST_F(WantedBundle, WhatIsNoBundleIsReadAsFarAsItsKindMayBeLong) {
  std::ofstream(folder_ / kWantedFile).flush();
  EXPECT_EQ(ReadWanted(folder_)->bundle.status(), Status::kBundleEmpty);
  fs::resize_file(folder_ / kWantedFile, 2'147'483'648U);  // a hole, not bytes
  EXPECT_EQ(ReadWanted(folder_)->bundle.status(), Status::kBundleTooLarge);
  fs::remove(folder_ / kWantedFile);
  fs::create_directory(folder_ / kWantedFile);
  EXPECT_EQ(ReadWanted(folder_)->bundle.status(), Status::kIo);
  EXPECT_EQ(PutWanted(folder_ / "none", AsBytes("two")), Status::kIo);
}

}  // namespace
}  // namespace torpor::contract::sign
