#include "power/lease.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
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

// Writes down what it hears: "+link 1", "-1" given back, "!1" revoked.
class Heard final : public LeaseListener {
 public:
  void Taken(std::uint64_t id, Consumer consumer, Instant now) override {
    told += "+" + std::string(Name(consumer)) + " " + std::to_string(id) + " at " +
            std::to_string(SinceBootMicroseconds(now)) + "; ";
  }
  void Ended(std::uint64_t id, End how) override {
    told += (how == End::kRevoked ? "!" : "-") + std::to_string(id) + "; ";
  }
  std::string told;
};

TEST(Lease, AListenerHearsOfEachOnceHoweverItEnds) {
  Heard heard;
  LeaseBook book;
  const Lease before = book.Take(Consumer::kCpuBoost, At(0s), At(1s), [] {});
  book.Tell(&heard);
  {
    const Lease link = book.Take(Consumer::kLink, At(1s), At(2s), [] {});
    Lease network = book.Take(Consumer::kNetwork, At(2s), At(3s), [] {});
    Lease moved = std::move(network);
    moved.GiveBack();
    moved.GiveBack();
  }
  Lease kept = book.Take(Consumer::kAccelerator, At(4s), At(5s), [] {});
  EXPECT_EQ(book.RevokeDue(At(1s)).size(), 1U);
  EXPECT_EQ(book.RevokeAll(At(6s)).size(), 1U);
  kept.GiveBack();
  EXPECT_EQ(heard.told,
            "+link 2 at 1000000; +network 3 at 2000000; -3; -2; "
            "+accelerator 4 at 4000000; !1; !4; ");
  book.Tell(nullptr);
  book.Take(Consumer::kLink, At(7s), At(8s), [] {}).GiveBack();
  EXPECT_EQ(heard.told.find("link 5"), std::string::npos);
}

TEST(Lease, AListenerHearsOfARevocationWhenItIsDone) {
  Heard heard;
  LeaseBook book;
  book.Tell(&heard);
  std::string at_revocation;
  const Lease lease =
      book.Take(Consumer::kLink, At(0s), At(1s), [&] { at_revocation = heard.told; });
  EXPECT_EQ(book.RevokeAll(At(1s)).size(), 1U);
  EXPECT_EQ(at_revocation.find('!'), std::string::npos);
  EXPECT_NE(heard.told.find("!1"), std::string::npos);
}

}  // namespace
}  // namespace torpor::power
