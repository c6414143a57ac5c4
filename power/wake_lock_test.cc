#include "power/wake_lock.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/test_folder.h"

namespace torpor::power {
namespace {

using std::chrono_literals::operator""s;

constexpr Instant At(Microseconds t) { return Instant(t); }

// What the kernel is told, in files that stand for /sys/power's.
class WakeLockTest : public testing::Test {
 protected:
  WakeLockTest() {
    folder_.Write("wake_lock", "");
    folder_.Write("wake_unlock", "");
  }
  [[nodiscard]] std::string Locked() const { return folder_.Slurp("wake_lock"); }
  [[nodiscard]] std::string Unlocked() const { return folder_.Slurp("wake_unlock"); }

  TestFolder folder_;
  LeaseBook book_;
};

TEST_F(WakeLockTest, EndsByTheKernelsOwnClockAtTheDeadline) {
  const auto lock = WakeLock::Take(book_, At(10s), At(13s), folder_);
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(Locked(), "torpord 3000000000") << "nanoseconds";
  EXPECT_EQ(Unlocked(), "");
}

TEST_F(WakeLockTest, IsUnlockedWhenItsHolderGoes) {
  { const auto lock = WakeLock::Take(book_, At(10s), At(13s), folder_); }
  EXPECT_EQ(Unlocked(), "torpord");
  EXPECT_TRUE(book_.RevokeAll(At(14s)).empty());
}

TEST_F(WakeLockTest, AForgottenOneIsUnlockedBeforeSleepAndNamed) {
  const auto lock = WakeLock::Take(book_, At(10s), At(13s), folder_);
  const auto revoked = book_.RevokeAll(At(14s));
  ASSERT_EQ(revoked.size(), 1U);
  EXPECT_EQ(Name(revoked[0].consumer), "wake lock");
  EXPECT_EQ(Unlocked(), "torpord");
  EXPECT_FALSE(lock->open());
}

TEST_F(WakeLockTest, ADeadlineThatHasPassedIsNoLockForEver) {
  const auto lock = WakeLock::Take(book_, At(13s), At(10s), folder_);
  EXPECT_EQ(Locked(), "torpord 1000") << "without a number it would never end";
}

TEST_F(WakeLockTest, AKernelWithoutThemIsToldFromOneThatRefuses) {
  EXPECT_EQ(WakeLock::Take(book_, At(0s), At(1s), folder_ / "none").status(),
            Status::kFileMissing);
  std::filesystem::remove(folder_ / "wake_lock");
  std::filesystem::create_directory(folder_ / "wake_lock");  // cannot be written
  EXPECT_EQ(WakeLock::Take(book_, At(0s), At(1s), folder_).status(), Status::kIo);
  EXPECT_EQ(book_.open(), 0U);
}

}  // namespace
}  // namespace torpor::power
