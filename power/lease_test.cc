#include "power/lease.h"

#include <gtest/gtest.h>

#include <optional>
#include <type_traits>

namespace torpor::power {
namespace {

using std::chrono_literals::operator""s;

constexpr Instant At(Microseconds t) { return Instant(t); }

static_assert(!std::is_copy_constructible_v<Lease>, "one holder, one lease");
static_assert(std::is_nothrow_move_constructible_v<Lease>);

TEST(Lease, IsGivenBackWhenItGoesOutOfScope) {
  LeaseBook book;
  int revocations = 0;
  {
    const Lease lease =
        book.Take(Consumer::kNetwork, At(0s), At(1s), [&] { ++revocations; });
    EXPECT_TRUE(lease.open());
    EXPECT_EQ(book.open(), 1U);
  }
  EXPECT_EQ(book.open(), 0U);
  EXPECT_TRUE(book.RevokeAll(At(2s)).empty());
  EXPECT_EQ(revocations, 0);
}

TEST(Lease, AForgottenOneIsRevokedAndItsHolderNamed) {
  LeaseBook book;
  int killed = 0;
  std::optional<Lease> forgotten =
      book.Take(Consumer::kAccelerator, At(1s), At(2s), [&] { ++killed; });
  const auto revoked = book.RevokeAll(At(5s));
  ASSERT_EQ(revoked.size(), 1U);
  EXPECT_EQ(Name(revoked[0].consumer), "accelerator");
  EXPECT_EQ(revoked[0].held, 4s);
  EXPECT_EQ(killed, 1);
  EXPECT_FALSE(forgotten->open());
  EXPECT_EQ(book.revoked(Consumer::kAccelerator), 1U);
  forgotten.reset();  // giving back afterwards is harmless
  EXPECT_EQ(killed, 1);
}

TEST(Lease, OnlyDueOnesAreRevokedByTheirOwnDeadline) {
  LeaseBook book;
  const Lease early = book.Take(Consumer::kLink, At(0s), At(1s), [] {});
  const Lease late = book.Take(Consumer::kNetwork, At(0s), At(3s), [] {});
  EXPECT_EQ(book.RevokeDue(At(1s)).size(), 1U);
  EXPECT_FALSE(early.open());
  EXPECT_TRUE(late.open());
}

TEST(Lease, MovingKeepsItOpenOnce) {
  LeaseBook book;
  Lease first = book.Take(Consumer::kLink, At(0s), At(1s), [] {});
  Lease second = std::move(first);
  EXPECT_EQ(book.open(), 1U);
  EXPECT_TRUE(second.open());
  second = book.Take(Consumer::kNetwork, At(0s), At(1s), [] {});
  EXPECT_EQ(book.open(), 1U) << "assigning gives the old one back";
}

TEST(Lease, ARevocationMayTakeAndGiveBackOthers) {
  LeaseBook book;
  Lease inner = book.Take(Consumer::kNetwork, At(0s), At(1s), [] {});
  const Lease outer =
      book.Take(Consumer::kLink, At(0s), At(1s), [&] { inner.GiveBack(); });
  EXPECT_EQ(book.RevokeAll(At(1s)).size(), 2U);
  EXPECT_EQ(book.open(), 0U);
}

}  // namespace
}  // namespace torpor::power
