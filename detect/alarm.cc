#include "detect/alarm.h"

#include <algorithm>
#include <utility>

#include "detect/rule.h"

namespace torpor::detect {

Alarm::Alarm(std::uint32_t k, std::uint32_t n) : k_(k), last_(std::max(1U, n)) {}

Alarm::Step Alarm::Add(double score) {
  const auto n = static_cast<std::uint32_t>(last_.size());
  last_[next_] = score >= 1 ? 1 : 0;
  next_ = (next_ + 1) % n;
  clear_in_a_row_ = score >= kClearScore ? 0 : std::min(clear_in_a_row_ + 1, n);
  if (clear_in_a_row_ == n) in_episode_ = false;

  const auto over = static_cast<std::uint32_t>(std::ranges::count(last_, 1));
  Step step{.anomaly = over >= k_, .begins = false};
  step.begins = step.anomaly && !in_episode_;
  in_episode_ = in_episode_ || step.anomaly;
  return step;
}

bool Alarm::quiet() const { return !in_episode_ && std::ranges::count(last_, 1) == 0; }

std::size_t Alarm::SavedBytes() const { return 9 + last_.size(); }

void Alarm::Save(ByteWriter& out) const {
  out.Write(next_);
  out.Write(clear_in_a_row_);
  out.Write(static_cast<std::uint8_t>(in_episode_ ? 1 : 0));
  for (const std::uint8_t over : last_) out.Write(over);
}

bool Alarm::Load(ByteReader& in, std::uint32_t saved_n) {
  if (saved_n == 0 || saved_n > kMaxAlarmN) return false;
  next_ = in.Read<std::uint32_t>();
  clear_in_a_row_ = in.Read<std::uint32_t>();
  const auto flag = in.Read<std::uint8_t>();
  in_episode_ = flag == 1;
  std::vector<std::uint8_t> saved(saved_n);
  for (std::uint8_t& over : saved) over = in.Read<std::uint8_t>();
  if (!in.ok() || flag > 1 || next_ >= saved_n || clear_in_a_row_ > saved_n ||
      !std::ranges::all_of(saved, [](std::uint8_t over) { return over <= 1; })) {
    return false;
  }
  const std::size_t n = last_.size();
  if (saved.size() != n) {
    std::rotate(saved.begin(), saved.begin() + next_, saved.end());  // the oldest first
    if (saved.size() > n)
      saved.erase(saved.begin(), saved.end() - static_cast<std::ptrdiff_t>(n));
    saved.insert(saved.begin(), n - saved.size(), 0);
    next_ = 0;
    clear_in_a_row_ = std::min(clear_in_a_row_, static_cast<std::uint32_t>(n));
  }
  last_ = std::move(saved);
  return true;
}

}  // namespace torpor::detect
