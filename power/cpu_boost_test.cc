#include "power/cpu_boost.h"

#include <gtest/gtest.h>

namespace torpor::power {
namespace {

using std::chrono_literals::operator""s;

constexpr Instant At(Microseconds t) { return Instant(t); }

class CpuBoostTest : public testing::Test {
 protected:
  Result<CpuBoost> Take() {
    return CpuBoost::Take(book_, At(0s), At(1s), [this](std::uint32_t utilisation) {
      if (allowed_) promised_ = utilisation;
      return allowed_;
    });
  }
  LeaseBook book_;
  bool allowed_ = true;
  std::uint32_t promised_ = 0;
};

TEST_F(CpuBoostTest, LastsAsLongAsItsHolder) {
  {
    const auto boost = Take();
    ASSERT_TRUE(boost.ok());
    EXPECT_EQ(promised_, 1024U);
    EXPECT_EQ(book_.open(), 1U);
  }
  EXPECT_EQ(promised_, 0U);
  EXPECT_EQ(book_.open(), 0U);
}

TEST_F(CpuBoostTest, AForgottenOneIsTakenBackAndNamed) {
  const auto boost = Take();
  ASSERT_TRUE(boost.ok());
  const auto revoked = book_.RevokeAll(At(2s));
  ASSERT_EQ(revoked.size(), 1U);
  EXPECT_EQ(Name(revoked[0].consumer), "cpu boost");
  EXPECT_EQ(promised_, 0U);
  EXPECT_FALSE(boost->open());
}

TEST_F(CpuBoostTest, LeavesTheBookAsItWasWhereTheKernelRefuses) {
  allowed_ = false;
  EXPECT_EQ(Take().status(), Status::kOs);
  EXPECT_EQ(book_.open(), 0U);
}

TEST(ClampThisThread, IsUndoneOrWasNeverDone) {
  if (!ClampThisThread(1024)) {
    GTEST_SKIP() << "NOT RUN: this kernel clamps no utilisation, so no CPU boost";
  }
  EXPECT_TRUE(ClampThisThread(0));
}

}  // namespace
}  // namespace torpor::power
