#include "agent/known_time.h"

#include <algorithm>
#include <utility>

namespace torpor::agent {
namespace {

// Beyond every end of a contract, and far from where adding would overflow.
constexpr std::uint64_t kNever = std::uint64_t{1} << 62;

// No boot clock is wrong by more than one part in so many.
constexpr std::uint64_t kDriftShare = 1000;

std::uint64_t Seconds(Microseconds t) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(t.count(), 0)) / 1'000'000;
}

}  // namespace

KnownTime::KnownTime(World& world, std::uint64_t proven_s)
    : world_(world),
      proven_s_(std::min(proven_s, kNever)),
      proven_at_(world.Now()),
      remembered_at_(proven_at_) {}

std::uint64_t KnownTime::Sure(Instant now) const {
  const std::uint64_t passed = Seconds(now - proven_at_);
  return proven_s_ + passed - passed / kDriftShare;
}

void KnownTime::Prove(std::uint64_t unix_s) {
  const Instant now = world_.Now();
  if (unix_s <= Sure(now)) return;
  proven_s_ = std::min(unix_s, kNever);
  proven_at_ = now;
}

bool KnownTime::Agrees(const Sight& before, std::uint64_t wall_s, Instant now) {
  const std::uint64_t passed = Seconds(now - before.at);
  const std::uint64_t expected = before.wall_s + passed;
  const std::uint64_t off = wall_s > expected ? wall_s - expected : expected - wall_s;
  return off <= kSmallStepSeconds + passed / kDriftShare;
}

std::optional<std::uint64_t> KnownTime::Believed(Instant now) {
  const std::uint64_t wall_s = Seconds(Microseconds(world_.WallMicroseconds()));
  if (!world_.WallTrusted() || wall_s + kSmallStepSeconds < Sure(now)) {
    doubted_.reset();
    return std::nullopt;
  }
  // The first sight has no other to be compared with.
  if (!believed_) believed_ = Sight{wall_s, now};
  if (Agrees(*believed_, wall_s, now)) {
    doubted_.reset();
    return wall_s;
  }
  if (!doubted_ || !Agrees(*doubted_, wall_s, now)) doubted_ = Sight{wall_s, now};
  if (now - doubted_->at < kDoubt) return std::nullopt;
  believed_ = std::exchange(doubted_, std::nullopt);
  return wall_s;
}

contract::TimeKnowledge KnownTime::Look() {
  const Instant now = world_.Now();
  const std::uint64_t sure = Sure(now);
  const auto wall_s = Believed(now);
  return {std::max(sure, wall_s.value_or(0)), wall_s.has_value()};
}

std::uint64_t KnownTime::ToRemember(std::uint64_t end_s) {
  const Instant now = world_.Now();
  const auto wall_s = Believed(now);
  if (wall_s && now - believed_->at >= kRememberEvery) Prove(std::min(*wall_s, end_s));
  return Sure(now);
}

std::optional<std::uint64_t> KnownTime::DueToRemember(std::uint64_t end_s) {
  const Instant now = world_.Now();
  if (now - remembered_at_ < kRememberEvery) return std::nullopt;
  remembered_at_ = now;
  return ToRemember(end_s);
}

}  // namespace torpor::agent
