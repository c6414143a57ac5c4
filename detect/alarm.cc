#include "detect/alarm.h"

#include <algorithm>

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

bool Alarm::Load(ByteReader& in) {
  next_ = in.Read<std::uint32_t>();
  clear_in_a_row_ = in.Read<std::uint32_t>();
  const auto flag = in.Read<std::uint8_t>();
  in_episode_ = flag == 1;
  for (std::uint8_t& over : last_) over = in.Read<std::uint8_t>();
  return in.ok() && flag <= 1 && next_ < last_.size() &&
         clear_in_a_row_ <= last_.size() &&
         std::ranges::all_of(last_, [](std::uint8_t over) { return over <= 1; });
}

}  // namespace torpor::detect
